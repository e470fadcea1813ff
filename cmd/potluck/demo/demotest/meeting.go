package demotest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Meet lets people of Signal and Matrix meet in a small room that the bot makes for them, over the whole program: its
// chats come up on their phones, and what is said in one appears in the other. The table must be laid. It is skipped
// where there is no Chromium, as Browse is.
func Meet(t *testing.T, url string) {
	b := open(t)
	b.size(1360, 900)
	b.do("open the page", chromedp.Navigate(url))
	b.await("all have their chats", `document.querySelectorAll(".chats button").length === 12`)
	b.become("telegram", "Ana")
	b.write("telegram", "/breakout 3..6 in 10m Bread")
	for _, who := range []struct{ platform, name string }{
		{"signal", "Dilan"}, {"signal", "Elif"}, {"matrix", "Greta"}, {"matrix", "Hugo"},
	} {
		b.become(who.platform, who.name)
		b.press(who.platform, "Who is in?", ".reply")
		b.write(who.platform, "in")
		b.sees("telegram", who.name+": in")
	}
	b.open("telegram", "Potluck")
	b.await("Ana can make the groups", message, "telegram", "who is in")
	card := eval[string](b, "find the card", selector, "telegram", "who is in")
	b.do("make the groups", chromedp.Click(chromedp.CSS(card+" .choices button:first-child")))
	for _, p := range []string{"signal", "matrix"} {
		b.await(p+" has the new room, with a badge", `[...document.querySelectorAll("#phone-" + $1 + " .chats button")].some((e) => e.textContent.startsWith("Bread") && e.querySelector(".badge"))`, p)
		b.open(p, "Bread")
	}
	b.write("signal", "Mine is rye")
	b.sees("matrix", "Mine is rye")
	b.write("matrix", "Mine is wheat")
	b.sees("signal", "Mine is wheat")
	b.readable()
	b.shot("room")
	b.size(390, 844)
	if got := eval[int](b, "measure the page", `Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)`); got > 390 {
		b.t.Errorf("with many chats the page is %d pixels wide in a window of 390", got)
	}
	b.do("go to Signal", chromedp.Click(chromedp.CSS(".seats button.signal")))
	b.shot("phone-room")
	b.size(1360, 900)
	b.become("signal", "Farid")
	b.await("who is not in the room does not see it", `![...document.querySelectorAll("#phone-signal .chats button")].some((e) => e.textContent.startsWith("Bread"))`)
	b.quiet()
}
