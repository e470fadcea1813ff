package web

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestStrangersFindNothing asks for what nobody was given: every answer is the same page.
func TestStrangersFindNothing(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	_, gate, _ := strings.Cut(r.gate("c1"), ".")
	_, name, _ := strings.Cut(at.ID, ".")
	var first string
	for _, address := range []string{
		"/", "/c/", "/talk/", "/talk/c1", "/talk/c1.", "/talk/c2." + gate, "/talk/c1." + gate[1:] + "a", "/talk/c1." + gate + "." + gate,
		"/talk/." + gate, "/c/" + newToken(), "/c/" + name, "/c/" + at.ID, path + "/", path + "/x", "/c/" + strings.ToUpper(path[3:]),
		"/c/../key", "/c/%2e%2e", "/c/..%2fkey", "/key", "/metrics", "/ready", "/page/talk.html",
	} {
		for _, method := range []string{"GET", "POST"} {
			status, _, body := r.visit(method, address, url.Values{"text": {"hello"}}, nil)
			if status == http.StatusTemporaryRedirect || status == http.StatusMovedPermanently { // a path is made clean first
				continue
			}
			if first == "" {
				first = body
			}
			if status != http.StatusNotFound || body != first {
				t.Errorf("%s %s gave %d %q", method, address, status, body)
			}
		}
	}
	if got := len(r.house.heard()); got != 1 {
		t.Errorf("strangers have said %d things", got-1)
	}
}

// TestNothingPointsToTheVisitor looks for his address and his token in all that is kept or told.
func TestNothingPointsToTheVisitor(t *testing.T) {
	r := newRig(t)
	gate, h := r.gate("c1"), from("203.0.113.77")
	_, location, _ := r.visit("POST", gate, url.Values{"text": {"hello"}}, h)
	path, _, _ := strings.Cut(location, "#")
	r.visit("POST", path, url.Values{"text": {"more"}}, h)
	r.visit("POST", path, url.Values{"text": {strings.Repeat("x", maxForm)}}, h)
	r.visit("GET", "/c/nothing", nil, h)
	r.stop()
	for _, secret := range []string{"203.0.113", strings.TrimPrefix(path, "/c/")} {
		if file := r.kept(secret); file != "" {
			t.Errorf("%s is in the file %s", secret, file)
		}
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, r.log)
		}
		for _, e := range r.house.heard() {
			raw, err := chat.EncodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s is in an event: %s", secret, raw)
			}
		}
	}
	if len(r.house.heard()) != 2 {
		t.Errorf("heard %+v", r.house.heard())
	}
	files, err := filepath.Glob(filepath.Join(r.dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the folder has %q, %v", files, err)
	}
	for _, f := range append(files, r.dir) {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s can be read by others: %s", f, mode)
		}
	}
}

// TestEveryAnswerIsGuarded looks at the headers that keep a page to itself.
func TestEveryAnswerIsGuarded(t *testing.T) {
	r := newRig(t)
	path, _ := r.begin("hello")
	for _, address := range []string{r.gate("c1"), path, path + "/news?since=x", "/nothing", "/style.css", "/talk.js", "/alive"} {
		resp := r.request("GET", address, nil, nil)
		resp.Body.Close()
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Set-Cookie": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", address, name, got, want)
			}
		}
	}
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 303, "none": 303, "": 303} {
		status, _, _ := r.visit("POST", path, url.Values{"text": {"from " + site}}, http.Header{"Sec-Fetch-Site": {site}})
		if status != want {
			t.Errorf("a form from %q gave %d, want %d", site, status, want)
		}
	}
}

// TestWordsAreTaken is what may be written and what not; nobody has to write twice what was not taken.
func TestWordsAreTaken(t *testing.T) {
	r := newRig(t)
	path, _ := r.begin("hello")
	most := strings.Repeat("🍞", maxText)
	for _, test := range []struct {
		text   string
		status int
		kept   string // in the event
		back   string // in the form
	}{
		{"", 422, "", ""},
		{" \r\n\t\x00 ", 422, "", ""},
		{"a\x00\x1bb\xff\r\nc\rd\te", 303, "ab\uFFFD\nc\nd\te", ""},
		{most, 303, most, ""},
		{strings.Repeat("é", maxText+1), 422, "", strings.Repeat("é", maxText+1)},
		{strings.Repeat("x", maxForm), 413, "", ""},
	} {
		before := len(r.house.heard())
		for _, page := range []string{r.gate("c1"), path} {
			status, _, body := r.visit("POST", page, url.Values{"text": {test.text}}, from("203.0.113."+strconv.Itoa(before)))
			if status != test.status {
				t.Errorf("%.20q gave %d, want %d", test.text, status, test.status)
			}
			if test.back != "" && !strings.Contains(body, test.back) {
				t.Errorf("%.20q is not given back", test.text)
			}
			if test.status != 303 && !strings.Contains(body, `role="alert"`) {
				t.Errorf("%.20q is refused without a word", test.text)
			}
		}
		news := r.house.heard()[before:]
		if test.kept == "" {
			if len(news) > 0 {
				t.Errorf("%.20q has become %+v", test.text, news)
			}
			continue
		}
		for _, e := range news {
			if got := e.Body.(chat.Posted).Text.Plain; got != test.kept {
				t.Errorf("%.20q has become %q", test.text, got)
			}
		}
		if len(news) != 2 {
			t.Errorf("%.20q has become %d events, want 2", test.text, len(news))
		}
	}
}

// TestNothingIsSaidTwice sends the same form twice, as an impatient finger does.
func TestNothingIsSaidTwice(t *testing.T) {
	r := newRig(t)
	gate, once := r.gate("c1"), newToken()
	form := url.Values{"text": {"hello"}, "once": {once}}
	_, first, _ := r.visit("POST", gate, form, nil)
	_, second, _ := r.visit("POST", gate, form, nil)
	if first != second || !strings.HasPrefix(first, "/c/") {
		t.Errorf("one form has led to %q and %q", first, second)
	}
	path, _, _ := strings.Cut(first, "#")
	more := url.Values{"text": {"more"}, "once": {newToken()}}
	r.visit("POST", path, more, nil)
	r.restart()
	r.visit("POST", path, more, nil)
	more.Set("text", "and more") // the same form, written anew
	r.visit("POST", path, more, nil)
	if diff := cmp.Diff([]string{"You hello", "You more", "You and more"}, slices.DeleteFunc(lines(t, r.page(path)), isState)); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	_, other, _ := r.visit("POST", gate, url.Values{"text": {"not yours"}, "once": {once}}, nil)
	if other == first {
		t.Error("who knows a form's name gets into the conversation")
	}
}

func isState(line string) bool {
	return strings.HasPrefix(line, "Sent. No answer") || strings.HasPrefix(line, "Nothing has answered")
}

// TestPressesMeanWhatIsShown presses buttons that are there no more, or that mean something else now.
func TestPressesMeanWhatIsShown(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	r.do("e#1", chat.Send{To: at, Text: chat.Plain("?"), Choices: []chat.Choice{{Label: "a"}, {Label: "b"}}})
	r.do("e#2", chat.Edit{To: at, Target: chat.Target{Refs: []chat.Ref{{Chat: at, ID: "2"}}}, Text: chat.Plain("!"), Choices: []chat.Choice{{Label: "c"}}})
	for _, test := range []struct {
		about, revision, choice string
		status                  int
	}{
		{"2", "0", "0", 409},
		{"2", "0", "1", 409},
		{"2", "1", "1", 409},
		{"2", "1", "-1", 409},
		{"2", "1", "x", 409},
		{"2", "1", "", 409},
		{"1", "0", "0", 409},
		{"9", "0", "0", 409},
		{"", "", "", 409},
		{"2", "1", "0", 303},
		{"2", "1", "0", 303},
	} {
		status, _, _ := r.visit("POST", path+"/press", url.Values{"about": {test.about}, "revision": {test.revision}, "choice": {test.choice}}, nil)
		if status != test.status {
			t.Errorf("%+v gave %d", test, status)
		}
	}
	heard := r.house.heard()[1:]
	if len(heard) != 1 {
		t.Errorf("heard %+v, want one press", heard)
	}
	r.pass(againAfter)
	r.visit("POST", path+"/press", url.Values{"about": {"2"}, "revision": {"1"}, "choice": {"0"}}, nil)
	if heard := r.house.heard()[1:]; len(heard) != 2 {
		t.Errorf("a press a minute later is heard as %+v", heard)
	}
}

// TestAnswerIsOnThePage writes where the house answers at once: the page after sending has the answer.
func TestAnswerIsOnThePage(t *testing.T) {
	r := newRig(t)
	r.talk.patience = time.Minute
	r.house.answer = func(e chat.Event) {
		r.do(e.ID.Effect(1), chat.Send{To: e.Chat, Text: chat.Plain("I have heard you.")})
	}
	path, _ := r.begin("hello")
	if diff := cmp.Diff([]string{"You hello", "Potluck I have heard you."}, lines(t, r.page(path))); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

// TestSilenceIsTold waits for an answer that does not come.
func TestSilenceIsTold(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	if got := lines(t, r.page(path)); len(got) != 2 || !strings.HasPrefix(got[1], "Sent. No answer yet") {
		t.Errorf("page %q", got)
	}
	r.pass(3 * time.Minute)
	if got := lines(t, r.page(path)); len(got) != 2 || !strings.HasPrefix(got[1], "Nothing has answered yet") {
		t.Errorf("page %q", got)
	}
	r.do("e#1", chat.Send{To: at, Text: chat.Plain("Here I am.")})
	if got := lines(t, r.page(path)); len(got) != 2 || got[1] != "Potluck Here I am." {
		t.Errorf("page %q", got)
	}
}

// TestNews waits for something new, as the page's script does.
func TestNews(t *testing.T) {
	r := newRig(t)
	path, at := r.begin("hello")
	_, _, version := r.visit("GET", path+"/news?since=x", nil, nil)
	if !strings.Contains(r.page(path), `data-version="`+version+`"`) {
		t.Errorf("the page is not of version %q", version)
	}
	got := make(chan string, 1)
	go func() {
		resp := r.request("GET", path+"/news?since="+version, nil, nil)
		defer resp.Body.Close()
		var b bytes.Buffer
		_, _ = b.ReadFrom(resp.Body)
		got <- b.String()
	}()
	r.do("e#1", chat.Send{To: at, Text: chat.Plain("news")})
	if v := <-got; v == version || v == "" {
		t.Errorf("the news are %q", v)
	}
	// One who waits does not hold up the end; Run's time is looked at by the rig.
	waiting := make(chan struct{})
	_, _, version = r.visit("GET", path+"/news?since=x", nil, nil)
	client, address := r.client, r.url+path+"/news?since="+version
	go func() {
		defer close(waiting)
		resp, err := client.Get(address)
		if err != nil {
			t.Errorf("one who waits for news is cut off: %v", err)
			return
		}
		resp.Body.Close()
	}()
	for len(r.talk.waits) == 0 {
		select {
		case <-waiting:
			t.Fatal("nobody waits for news")
		default:
		}
	}
	r.restart()
	<-waiting
	for range maxWaits {
		r.talk.waits <- struct{}{}
	}
	if status, _, _ := r.visit("GET", path+"/news?since=x", nil, nil); status != http.StatusServiceUnavailable {
		t.Errorf("one too many who wait gave %d", status)
	}
}
