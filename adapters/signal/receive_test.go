package signal

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// paper is a Cursor that lives as long as its test.
type paper struct {
	mu   sync.Mutex // guards text
	text string
}

func (p *paper) Load() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text, nil
}

func (p *paper) Save(s string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = s
	return nil
}

// reader is an adapter without a daemon, in the world of the fixtures: the bot and Alice are admins.
func reader(t testing.TB) *Adapter {
	t.Helper()
	a, err := New(Config{Socket: "/nowhere", Account: "+15550100001", Dir: t.TempDir()}, nil, &paper{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.setSelf(bot)
	a.groups.set(group, roster{N: 1, In: true, Members: []string{alice, bob}, Admins: []string{alice}, Title: "Potluck", Details: everyMember})
	a.names.learn(alice, "Alice")
	return a
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("signaltest", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.TrimSpace(string(b)))
}

func TestNotificationsBecomeEvents(t *testing.T) {
	here := chatOf(group)
	ref := func(who string, ts int) chat.Ref { return name{who, 1790000000000 + int64(ts)}.ref(here) }
	media := func(key, name, mime string, size int64, w, h int) chat.Media {
		return chat.Media{Platform: chat.Signal, Key: key, Name: name, MIME: mime, Size: size, Width: w, Height: h}
	}
	reacted := chat.Reacted{Ref: ref(alice, 1), Emoji: []string{"👍"}, Change: chat.ReactionsAre}
	want := map[string]chat.Body{
		"N01": chat.Posted{Ref: name{alice, 1790000000001}.ref(chatOf(alice)), Text: chat.Plain("hello bot")},
		"N02": chat.Posted{Ref: ref(bob, 2), Text: chat.Plain("hi all"), Vanish: 7 * 24 * time.Hour},
		"N03": chat.Posted{
			Ref: ref(bob, 3),
			Text: chat.Text{Plain: "@Potluck yes **no**", Spans: []chat.Span{
				{Start: 0, End: 8, Style: chat.Mention, Value: "signal:" + bot}, {Start: 9, End: 12, Style: chat.Italic},
			}},
			Reply: &chat.Reply{Ref: ref(alice, 1), Name: "Alice", Quote: "hello bot"},
		},
		"N04": chat.Posted{Ref: ref(bob, 4), Parts: []chat.Part{
			{Kind: chat.Photo, Media: media("3kVqXw8m1Z9pQ2rT.jpg", "cake.jpg", "image/jpeg", 48211, 1200, 900)},
			{Kind: chat.Voice, Media: media("Zz09.aac", "", "audio/aac", 9000, 0, 0)},
		}},
		"N05": chat.Posted{
			Ref:  ref(bob, 5),
			Text: chat.Plain(strings.TrimSpace(strings.Repeat("The long table stands in the yard, and everybody brings what they have. ", 36))),
		},
		"N06": chat.Posted{Ref: ref(bob, 6), Parts: []chat.Part{{Kind: chat.Sticker, Media: chat.Media{
			Platform: chat.Signal, Key: "sticker/00abac3bc18d7f599bff2325dc306d43/2", Name: "sticker.webp", MIME: "image/webp",
		}}}},
		"N07": reacted,
		"N08": chat.Reacted{Ref: ref(alice, 1), Change: chat.ReactionsAre},
		"N09": chat.Deleted{Ref: ref(bob, 2)},
		"N10": chat.Edited{Ref: ref(bob, 2), Revision: ref(bob, 10), Text: chat.Plain("hi everyone")},
		"N12": chat.Posted{Ref: ref(bob, 12), Parts: []chat.Part{{Kind: chat.ViewOnce, Line: "photo"}}},
		"N11": chat.Posted{Ref: name{bob, 1790000000011}.ref(chatOf(bob)), Parts: []chat.Part{
			{Kind: chat.Timer, Line: "messages vanish 1 hour after they were read"},
		}},
		"N13": chat.Posted{Ref: ref(bob, 13), Parts: []chat.Part{{
			Kind: chat.Poll, Line: "When? · 1) Fri · 2) Sat", Poll: &chat.Question{Text: "When?", Options: []string{"Fri", "Sat"}},
		}}},
		"N14":  chat.Voted{Ref: ref(alice, 13), Options: []int{1}},
		"N15":  chat.PollEnded{Ref: ref(bob, 13)},
		"N16":  chat.Pinned{Ref: ref(alice, 1), On: true},
		"N16b": chat.Pinned{Ref: ref(alice, 1)},
		"N17":  chat.Deleted{Ref: ref(alice, 1)},
		"N27":  chat.Posted{Ref: name{bob, 1790000000027}.ref(chatOf(bob)), Parts: []chat.Part{{Kind: chat.Call, Line: "nobody can take it here"}}},
		"N29":  chat.Posted{Ref: ref(bob, 29), Text: chat.Plain("https://example.org")},
	}
	files, err := filepath.Glob("signaltest/testdata/N*.json")
	if err != nil || len(files) < 31 {
		t.Fatalf("fixtures: %v, %d files", err, len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		events := reader(t).receive(t.Context(), nil, fixture(t, name))
		body, told := want[name]
		if !told {
			if len(events) > 0 {
				t.Errorf("%s: %+v, want silence", name, events)
			}
			continue
		}
		if len(events) != 1 {
			t.Errorf("%s: %d events, want one", name, len(events))
			continue
		}
		e := events[0]
		if diff := cmp.Diff(body, e.Body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		who := bob
		if name == "N01" {
			who = alice
		}
		private := name == "N01" || name == "N11" || name == "N27"
		if e.By.Identity != identity(who) || e.By.Name == "" || e.ID == "" || e.Private != private {
			t.Errorf("%s: event %+v", name, e)
		}
		if e.At.IsZero() || e.At.Sub(time.UnixMilli(1790000000100)) > time.Second {
			t.Errorf("%s: at %v", name, e.At)
		}
	}
}

// data is a notification of Bob's with this dataMessage content, in the group.
func data(content string) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf(`{"jsonrpc":"2.0","method":"receive","params":{"subscription":0,"result":{"envelope":`+
		`{"source":%q,"sourceNumber":null,"sourceUuid":%q,"sourceName":"Bob","sourceDevice":1,"timestamp":1790000000050,`+
		`"serverReceivedTimestamp":1790000000150,"serverDeliveredTimestamp":1790000000160,"dataMessage":{"timestamp":1790000000050,`+
		`"expiresInSeconds":0,"isExpirationUpdate":false,"viewOnce":false,%s,"groupInfo":{"groupId":"GROUP","groupName":"Potluck",`+
		`"revision":7,"type":"DELIVER"}}},"account":"+15550100001"}}}`, bob, bob, content), "GROUP", group))
}

func TestWhatNobodyKnowsIsOneReadableLine(t *testing.T) {
	a := reader(t)
	events := a.receive(t.Context(), nil, data(`"message":null,"hologram":{"depth":3}`))
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	p := events[0].Body.(chat.Posted)
	if len(p.Parts) != 1 || p.Parts[0].Kind != chat.Other || p.Parts[0].Line == "" {
		t.Errorf("it is told as %+v", p)
	}
	for name, content := range map[string]string{
		"unknown and nothing":         `"message":null,"isMagic":false,"magic":null,"list":[]`,
		"group call without its name": `"message":null,"groupCallUpdate":{}`,
	} {
		if events := a.receive(t.Context(), nil, data(content)); len(events) > 0 {
			t.Errorf("%s is told: %+v", name, events[0])
		}
	}
	// New fields beside what is known do not disturb it.
	events = a.receive(t.Context(), nil, data(`"message":"hi","hologram":{"depth":3},"attachments":{"odd":1}`))
	if len(events) != 1 || events[0].Body.(chat.Posted).Text.Plain != "hi" {
		t.Errorf("a known message beside an unknown field: %+v", events)
	}
}

func TestCommandsHaveTheLevelOfTheGroup(t *testing.T) {
	a := reader(t)
	line := data(`"message":"/help"`)
	if e := a.receive(t.Context(), nil, line)[0]; e.By.Level != chat.Member || e.By.Unsure {
		t.Errorf("a member: %+v", e.By)
	}
	a.groups.set(group, roster{In: true, Members: []string{alice, bob}, Admins: []string{bob}})
	if e := a.receive(t.Context(), nil, line)[0]; e.By.Level != chat.Organiser || e.By.Unsure {
		t.Errorf("an admin: %+v", e.By)
	}
	a.groups.spoil(group)
	if e := a.receive(t.Context(), nil, line)[0]; !e.By.Unsure {
		t.Errorf("with a stale roster: %+v", e.By)
	}
}

// TestPinsOfWhoMayNotPinAreIgnored has the daemon tell of them all the same; no phone shows them.
func TestPinsOfWhoMayNotPinAreIgnored(t *testing.T) {
	purpose := name{alice, 1790000000001}.ref(chatOf(group))
	for details, want := range map[string]bool{everyMember: true, "ONLY_ADMINS": false} {
		a := reader(t)
		a.groups.set(group, roster{In: true, Members: []string{alice, bob}, Admins: []string{alice}, Details: details})
		a.receive(t.Context(), nil, fixture(t, "N16"))
		if got := a.memory.isPinned(purpose); got != want {
			t.Errorf("%s: pinned %v, want %v", details, got, want)
		}
		a.remember(mark{Kind: markPinned, Of: purpose})
		a.receive(t.Context(), nil, fixture(t, "N16b"))
		if got := a.memory.isPinned(purpose); got == want {
			t.Errorf("%s: still pinned %v, want %v", details, got, !want)
		}
	}
}

// TestOperatorsPhonePins has the bot's own other device take a pin down.
func TestOperatorsPhonePins(t *testing.T) {
	a := reader(t)
	a.groups.set(group, roster{In: true, Admin: true, Members: []string{alice, bob}})
	purpose := name{alice, 1790000000001}.ref(chatOf(group))
	line := func(what string) []byte {
		return []byte(fmt.Sprintf(`{"params":{"subscription":0,"result":{"envelope":{"sourceUuid":%q,"timestamp":1790000000060,`+
			`"syncMessage":{"sentMessage":{"timestamp":1790000000060,"message":null,"groupInfo":{"groupId":%q,"type":"DELIVER"},%s}}}}}}`, bot, group, what))
	}
	to := fmt.Sprintf(`"targetAuthorUuid":%q,"targetSentTimestamp":1790000000001`, alice)
	for _, step := range []struct {
		what string
		want bool
	}{{`"pinMessage":{` + to + `,"pinDurationSeconds":-1}`, true}, {`"unpinMessage":{` + to + `}`, false}} {
		if events := a.receive(t.Context(), nil, line(step.what)); len(events) > 0 || a.memory.isPinned(purpose) != step.want {
			t.Errorf("after %s it is pinned: %v, and is told as %+v", step.what, !step.want, events)
		}
	}
}

func TestEditsOfStrangersAreNotHeard(t *testing.T) {
	a := reader(t)
	a.groups.set(group, roster{In: true, Members: []string{alice}})
	if events := a.receive(t.Context(), nil, fixture(t, "N10")); len(events) > 0 {
		t.Errorf("an edit by somebody outside the group is told: %+v", events)
	}
}

func TestOtherAccountsOfTheDaemonAreNotOurs(t *testing.T) {
	a := reader(t)
	line := strings.ReplaceAll(string(fixture(t, "N02")), `"account":"+15550100001"`, `"account":"+15550100009"`)
	if events := a.receive(t.Context(), nil, []byte(line)); len(events) > 0 {
		t.Errorf("another account's message is told: %+v", events)
	}
}

func FuzzReceive(f *testing.F) {
	files, err := filepath.Glob("signaltest/testdata/N*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(fixture(f, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	a := reader(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, e := range a.receive(t.Context(), nil, line) {
			if e.ID == "" || e.Chat.IsZero() || e.Body == nil {
				t.Errorf("event %+v", e)
			}
			b, err := chat.EncodeEvent(e)
			if err != nil {
				t.Fatalf("encode: %v", err)
			}
			if _, err := chat.DecodeEvent(b); err != nil {
				t.Errorf("decode %s: %v", b, err)
			}
			if p, ok := e.Body.(chat.Posted); ok && p.Text.Plain == "" && len(p.Parts) == 0 {
				t.Errorf("a message of nothing: %+v", e)
			}
		}
	})
}
