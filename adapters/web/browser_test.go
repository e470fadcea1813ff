package web

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/potluck-chat/potluck/core/chat"
)

// browserPatience is how long one step may take until the page shows it.
const browserPatience = 30 * time.Second

// browser is a tab of a headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context // the tab: chromedp keeps it there

	mu       sync.Mutex // guards what follows
	problems []string
}

// openBrowser starts a Chromium with a fresh profile; without one on this machine the test is skipped.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	path := os.Getenv("CHROME")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no chromium, chromium-browser or google-chrome on the path, and $CHROME is not set: the page is not tested in a browser")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true), chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewContext(ctx)
	b := &browser{t: t, ctx: ctx}
	messages := chromedp.Console(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		for m, err := range messages {
			if err != nil {
				return // the browser has ended
			}
			if m.Type == chromedp.ConsoleError || m.IsException() {
				b.mu.Lock()
				b.problems = append(b.problems, fmt.Sprintf("%s (%s)", m, m.URL))
				b.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // that it had ended already is no failure
		end()
		listening.Wait()
	})
	return b
}

// do runs browser actions, within the patience.
func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.shot("failed")
		b.t.Fatalf("%s: %v", what, err)
	}
}

// await waits until an expression of JavaScript is true; its args stand in it as $1, $2 …
func (b *browser) await(what, expression string, args ...any) {
	b.t.Helper()
	var names, values []string
	for i, a := range args {
		v, err := json.Marshal(a)
		if err != nil {
			b.t.Fatal(err)
		}
		names, values = append(names, fmt.Sprintf("$%d", i+1)), append(values, string(v))
	}
	call := fmt.Sprintf("((%s) => %s)(%s)", strings.Join(names, ","), expression, strings.Join(values, ","))
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](call, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(browserPatience)))
		if err == nil {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond): // a new page may have come while the old one was asked
		case <-ctx.Done():
			b.shot("failed")
			b.t.Fatalf("wait until %s: %v", what, err)
		}
	}
}

// shot puts a picture of the page into the folder that $POTLUCK_SHOTS names, if it names one.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("POTLUCK_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("take a picture of the page: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.t.Error(err)
	}
}

// TestTalkInABrowser writes, gets an answer while writing more, and presses a button, on a phone and on a desk.
func TestTalkInABrowser(t *testing.T) {
	b := openBrowser(t)
	field := chromedp.CSS("#text")
	for _, width := range []int64{390, 1280} {
		r := newRig(t)
		b.do("set the window", chromedp.EmulateViewport(width, 900))
		b.do("open the community's link", chromedp.Navigate(r.url+r.gate("c1")))
		b.shot(fmt.Sprintf("talk-gate-%d", width))
		narrow(b)
		b.do("write", chromedp.Focus(field), chromedp.SendKeys(field, "Somebody writes to me again and again, although I have asked them to stop."))
		b.do("send it", chromedp.Click(chromedp.CSS("#write button")))
		b.await("the conversation is there", `location.pathname.startsWith("/c/") && document.querySelectorAll("#log .mine").length === 1 && document.getElementById("look").hidden`)
		at := r.house.heard()[0].Chat
		b.do("begin to write more", chromedp.Focus(field), chromedp.SendKeys(field, "not sent yet"))
		text := chat.Plain("Thank you for telling me. ").Append(chat.Styled(chat.Bold, "Shall the moderators know who you are?", ""),
			chat.Plain(" The rules: "), chat.Styled(chat.Hyperlink, "read them", "https://example.org/rules"))
		r.do("e#1", chat.Send{To: at, Text: text, Choices: []chat.Choice{{Label: "Yes, they may", Ask: "a"}, {Label: "No, tell nobody who I am", Ask: "b"}}})
		b.await("the answer has come by itself and what is being written stays",
			`document.querySelectorAll("#log .house button").length === 2 && document.getElementById("text").value === "not sent yet"`)
		b.shot(fmt.Sprintf("talk-answer-%d", width))
		narrow(b)
		b.do("press a button", chromedp.Click(chromedp.CSS("#log .house button:nth-of-type(2)")))
		b.await("the choice is there", `document.querySelector("#log .chosen")?.textContent === "You chose: No, tell nobody who I am"`)
		b.await("what is being written stays", `document.getElementById("text").value === "not sent yet"`)
		if p, ok := r.house.heard()[1].Body.(chat.Pressed); !ok || p.N != 1 {
			t.Errorf("the house has heard %+v", r.house.heard()[1])
		}
		b.do("leave", chromedp.Navigate("about:blank"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		t.Errorf("the page's console says: %s", p)
	}
}

// narrow fails the test if the page scrolls sideways.
func narrow(b *browser) {
	b.t.Helper()
	b.await("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
}
