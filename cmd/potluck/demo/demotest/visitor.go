package demotest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Browse walks through the page as a visitor: types on one phone, answers, edits, reacts and sends a picture
// on the others, reports a message and takes the case, and looks at what the others show. The table must be laid. It
// needs a Chromium and is skipped, saying so, where there is none.
func Browse(t *testing.T, url string) {
	b := open(t)
	b.size(1280, 800)
	b.do("open the page", chromedp.Navigate(url))
	for _, p := range []string{"telegram", "signal", "matrix"} {
		b.await(p+" has its chats", `document.querySelectorAll("#phone-" + $1 + " .chats button").length === 4`, p)
	}
	b.shot("laptop-start")
	b.talk()
	b.sendFiles()
	b.shot("laptop")
	b.wide(1280)
	b.team()
	b.named()
	b.readable()
	b.keys()
	b.faithful()
	b.private()
	b.small()
	b.quiet()
}

// talk says, answers, edits, reacts and hides.
func (b *browser) talk() {
	b.t.Helper()
	b.become("telegram", "Ben")
	b.write("telegram", "I bring *lentils* tomorow")
	b.sees("signal", "I bring lentils tomorow")
	b.sees("matrix", "I bring lentils tomorow")
	b.await("signal shows it in bold", `[...document.querySelectorAll("#phone-signal .message.bot strong")].some((e) => e.textContent === "lentils")`)

	b.become("signal", "Elif")
	b.press("signal", "I bring lentils", ".reply")
	b.write("signal", "Lovely, ||I was about to||")
	b.await("telegram shows the answer with what it answers", answers, "telegram", "Lovely,", "I bring lentils tomorow")
	b.await("matrix shows the answer with what it answers", answers, "matrix", "Lovely,", "I bring lentils tomorow")

	b.press("telegram", "I bring lentils", ".edit")
	b.await("the composer holds the text with its signs", `document.querySelector("#phone-telegram textarea").value === "I bring *lentils* tomorow"`)
	eval[bool](b, "mark all of it", `(document.querySelector("#phone-telegram textarea").select(), true)`)
	b.write("telegram", "I bring *lentils* tomorrow")
	b.sees("signal", "I bring lentils tomorrow")
	b.sees("matrix", "I bring lentils tomorrow")

	b.become("matrix", "Hugo")
	b.press("matrix", "I bring lentils", `.emoji[aria-label$="👍"]`)
	b.await("telegram shows the reaction", reacted, "telegram", "I bring lentils", "👍")
	b.await("signal shows the reaction", reacted, "signal", "I bring lentils", "👍")

	evil := `<img src=x onerror="document.title='broken'"> & <b>not bold</b>`
	b.write("matrix", evil)
	b.sees("telegram", evil)
	b.sees("signal", evil)
	if title := eval[string](b, "read the title", `document.title`); title == "broken" {
		b.t.Error("the page runs what a person has written")
	}
	b.await("two suggestions are ticked", `document.querySelectorAll(".tips .done").length === 2`)
}

// sendFiles sends the samples.
func (b *browser) sendFiles() {
	b.t.Helper()
	b.attach("matrix", ".picture")
	for _, p := range []string{"matrix", "telegram", "signal"} {
		b.await(p+" shows the picture", `[...document.querySelectorAll("#phone-" + $1 + " img.picture")].some((e) => e.complete && e.naturalWidth > 100)`, p)
	}
	b.attach("signal", ".voice")
	for _, p := range []string{"signal", "telegram", "matrix"} {
		b.await(p+" can play the voice", `[...document.querySelectorAll("#phone-" + $1 + " audio")].some((e) => e.readyState > 0 && e.duration > 1)`, p)
	}
}

// team reports a message on Signal and takes the case by a button on Telegram; all Back rooms show that. What was
// written with it is seen nowhere else.
func (b *browser) team() {
	b.t.Helper()
	b.become("signal", "Elif")
	b.press("signal", "I bring lentils", ".reply")
	b.write("signal", "/report lentils again, and that is a threat")
	for platform, host := range map[string]string{"telegram": "Ana", "signal": "Dilan", "matrix": "Greta"} {
		b.await(platform+" shows nothing of the report in the Kitchen", `!(`+message+`)`, platform, "that is a threat")
		b.become(platform, host)
		b.open(platform, "Back room")
		b.await(platform+" has the card", message, platform, "that is a threat")
	}
	b.press("signal", "that is a threat", "")
	b.await("signal offers the card's numbers to react with", `document.querySelector("#phone-signal .open .actions .numbers button")?.textContent === "1"`)
	b.readable()
	b.shot("team-card")
	card := eval[string](b, "find the card", selector, "telegram", "that is a threat")
	b.do("take the case", chromedp.Click(chromedp.CSS(card+" .choices button:first-child")))
	for _, p := range []string{"telegram", "signal", "matrix"} {
		b.await(p+" shows who has the case", message, p, "Ana has it")
	}
	b.await("four suggestions are ticked", `document.querySelectorAll(".tips .done").length === 4`)
	b.wide(1280)
	b.shot("team")
	b.become("signal", "Elif")
	b.await("who is not in the Back room does not see it", `![...document.querySelectorAll("#phone-signal .chats button")].some((e) => e.textContent.startsWith("Back room"))`)
	for _, p := range []string{"telegram", "signal", "matrix"} {
		b.open(p, "Kitchen")
	}
	b.write("telegram", "/purpose We cook together.")
	for _, p := range []string{"telegram", "signal", "matrix"} {
		b.await(p+" has the purpose at the top", `document.querySelector("#phone-" + $1 + " .pin:not([hidden])")?.textContent.includes("We cook together.")`, p)
	}
	b.become("telegram", "Ben")
	b.shot("team-purpose")
}

// open goes to one of the chats that a phone has.
func (b *browser) open(platform, title string) {
	b.t.Helper()
	found := eval[bool](b, "go to "+title+" on "+platform, `(() => {
		const tab = [...document.querySelectorAll("#phone-" + $1 + " .chats button")].find((e) => e.textContent.startsWith($2));
		tab?.click();
		return Boolean(tab);
	})()`, platform, title)
	if !found {
		b.t.Fatalf("%s has no chat %s", platform, title)
	}
}

// keys uses the page without a mouse.
func (b *browser) keys() {
	b.t.Helper()
	b.do("choose the newest message by keys", chromedp.Focus(chromedp.CSS("#phone-telegram .messages")), key("ArrowUp", 38), key("ArrowUp", 38))
	b.await("the message before the last is chosen", `document.activeElement.matches("#phone-telegram .more") && document.activeElement.closest("li") === [...document.querySelectorAll("#phone-telegram li.message")].at(-2)`)
	b.do("open its actions", chromedp.KeyEvent(kb.Enter))
	b.await("its actions are open", `document.querySelector("#phone-telegram li.open .actions") !== null`)
	b.do("close them", key("Escape", 27))
	b.await("its actions are closed", `document.querySelector("#phone-telegram li.open") === null`)
}

// private asks the bot something that nobody else sees.
func (b *browser) private() {
	b.t.Helper()
	b.open("signal", "Potluck")
	before := eval[int](b, "count the bot's messages", `document.querySelectorAll("#phone-signal .message.bot").length`)
	b.write("signal", "/help")
	b.await("the bot answers in private", `document.querySelectorAll("#phone-signal .message.bot").length > $1`, before)
	b.open("signal", "Kitchen")
}

// small uses the page on a phone's screen.
func (b *browser) small() {
	b.t.Helper()
	b.size(390, 844)
	b.await("one phone fills the table", `document.querySelector(".phone").offsetWidth === document.querySelector("main").clientWidth`)
	b.wide(390)
	b.shot("phone")
	b.do("go to Matrix", chromedp.Click(chromedp.CSS(".seats button.matrix")))
	b.await("Matrix is on the screen", `document.querySelector(".seats button.matrix").getAttribute("aria-current") === "true" && Math.abs(document.querySelector("#phone-matrix").getBoundingClientRect().left) < 2`)
	b.write("matrix", "From a small screen")
	b.sees("telegram", "From a small screen")
	b.press("matrix", "From a small screen", "")
	b.wide(390)
	b.shot("phone-matrix")
	b.become("matrix", "Greta")
	b.open("matrix", "Back room")
	b.await("Matrix has the card", message, "matrix", "Ana has it")
	b.wide(390)
	b.shot("phone-team")
	b.open("matrix", "Kitchen")
	b.size(1280, 800)
}

// The expressions that look at a phone: $1 = platform, $2 = words of the message.
const (
	message  = `[...document.querySelectorAll("#phone-" + $1 + " li.message")].findLast((e) => e.querySelector(".text")?.textContent.includes($2))`
	answers  = `(() => { const m = ` + message + `; return m && m.querySelector(".answered")?.textContent.includes($3); })()`
	reacted  = `(() => { const m = ` + message + `; return m && [...m.querySelectorAll(".reactions button")].some((e) => e.textContent.includes($3)); })()`
	selector = `(() => { const m = ` + message + `; return m ? "#phone-" + $1 + " li[data-id=" + CSS.escape(m.dataset.id) + "]" : ""; })()`
)

// sees waits until a phone shows words as a message that is not its own.
func (b *browser) sees(platform, words string) {
	b.t.Helper()
	b.await(platform+" shows "+words, `(() => { const m = `+message+`; return m && m.classList.contains("bot"); })()`, platform, words)
}

// become picks who the visitor is.
func (b *browser) become(platform, name string) {
	b.t.Helper()
	found := eval[bool](b, "pick "+name, `(() => {
		const who = document.querySelector("#me-" + $1);
		const option = [...who.options].find((o) => o.textContent.startsWith($2));
		if (!option) return false;
		who.value = option.value;
		who.dispatchEvent(new Event("change"));
		return true;
	})()`, platform, name)
	if !found {
		b.t.Fatalf("%s has no %s to pick", platform, name)
	}
}

// write types into a phone and presses Enter.
func (b *browser) write(platform, words string) {
	b.t.Helper()
	field := chromedp.CSS("#phone-" + platform + " textarea")
	b.do("write on "+platform, chromedp.Focus(field), chromedp.SendKeys(field, words), key("Enter", 13))
	b.await("the composer is empty again", `document.querySelector($1).value === ""`, field)
}

// key presses a key as a keyboard does. The character that Enter would type does not follow: the page takes
// the key itself.
func key(name string, code int64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		kinds := []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp}
		for _, kind := range kinds {
			press := input.DispatchKeyEventParams{Type: kind, Key: name, Code: name, WindowsVirtualKeyCode: code, NativeVirtualKeyCode: code}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, press); err != nil {
				return fmt.Errorf("press %s: %w", name, err)
			}
		}
		return nil
	})
}

// press opens what can be done with a message and, if which says so, does it.
func (b *browser) press(platform, words, which string) {
	b.t.Helper()
	b.await(platform+" has the message", message, platform, words)
	item := eval[string](b, "find the message", selector, platform, words)
	b.do("open the message's actions", chromedp.ScrollIntoView(chromedp.CSS(item)), chromedp.Click(chromedp.CSS(item+" .more")))
	if which != "" {
		b.do("press "+which, chromedp.Click(chromedp.CSS(item+" .actions "+which)))
	}
}

func (b *browser) attach(platform, what string) {
	b.t.Helper()
	b.do("send a sample", chromedp.Click(chromedp.CSS("#phone-"+platform+" .plus")), chromedp.Click(chromedp.CSS("#phone-"+platform+" .attachments "+what)))
}
