// Package demotest opens the demo's page in a headless Chromium and uses it as a visitor does. It knows the
// page by its address alone, so that the same walk proves the page over halls in memory and over the whole
// program.
package demotest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long one step of a visitor may take until the page shows it.
const patience = 30 * time.Second

// browser is one tab of a headless Chromium.
type browser struct {
	t     testing.TB
	ctx   context.Context // the tab: chromedp keeps it there
	close func()
	shots string // where pictures of the page go; empty = none

	mu       sync.Mutex // guards problems
	problems []string
}

// find returns the Chromium of this machine: $CHROME, or one on the path. Without one the test is skipped.
func find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("CHROME"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium, chromium-browser or google-chrome on the path, and $CHROME is not set: the page is not tested in a browser")
	return ""
}

// open starts a Chromium with a fresh profile; it ends with the test. If $POTLUCK_SHOTS names a folder,
// pictures of the page are put there.
func open(t testing.TB) *browser {
	t.Helper()
	path := find(t)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true), chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewContext(ctx)
	b := &browser{t: t, ctx: ctx, shots: os.Getenv("POTLUCK_SHOTS")}
	b.close = func() {
		// The process ends before its profile is removed; that it had ended already is no failure.
		_ = chromedp.Cancel(ctx)
		end()
	}
	b.listen()
	return b
}

// listen notes what the page's console complains about, until the browser ends.
func (b *browser) listen() {
	b.t.Helper()
	messages := chromedp.Console(b.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for m, err := range messages {
			if err != nil {
				return // the browser has ended
			}
			b.note(m)
		}
	})
	b.t.Cleanup(func() {
		b.close()
		running.Wait()
	})
}

func (b *browser) note(m chromedp.ConsoleMessage) {
	if m.Type != chromedp.ConsoleError && !m.IsException() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf("%s (%s line %d)", m, m.URL, m.Line+1))
}

// quiet fails the test if the console has complained so far.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Errorf("the page's console says: %s", p)
	}
	b.problems = nil
}

// do runs browser actions, within the patience.
func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeoutCause(b.ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.quiet()
		b.shot("failed")
		b.t.Fatalf("%s: %v (%v)", what, err, context.Cause(ctx))
	}
}

// size makes the window so large.
func (b *browser) size(width, height int64) {
	b.t.Helper()
	var opts []chromedp.EmulateViewportOption
	if width < 900 {
		opts = append(opts, chromedp.EmulateTouch)
	}
	b.do(fmt.Sprintf("set the window to %d×%d", width, height), chromedp.EmulateViewport(width, height, opts...))
}

// await waits until an expression of JavaScript is true. The args stand in it as $1, $2 …
func (b *browser) await(what, expression string, args ...any) {
	b.t.Helper()
	b.do("wait until "+what, chromedp.Poll[chromedp.Void](fill(expression, args), chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// eval returns the value of an expression of JavaScript.
func eval[T any](b *browser, what, expression string, args ...any) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](fill(expression, args)))
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// fill wraps an expression into a function whose parameters $1, $2 … are the args.
func fill(expression string, args []any) string {
	names, values := "", ""
	for i, a := range args {
		v, err := json.Marshal(a)
		if err != nil {
			panic(err) // only strings and numbers are given
		}
		if i > 0 {
			names, values = names+",", values+","
		}
		names, values = names+fmt.Sprintf("$%d", i+1), values+string(v)
	}
	return fmt.Sprintf("((%s) => %s)(%s)", names, expression, values)
}

// shot puts a picture of the page into the folder for pictures, if there is one.
func (b *browser) shot(name string) {
	b.t.Helper()
	if b.shots == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("take a picture of the page: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), png, 0o600); err != nil {
		b.t.Errorf("keep a picture of the page: %v", err)
	}
}
