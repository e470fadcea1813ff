package signaltest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	testGroup  = "cG90bHVjay1lbXVsYXRvci10ZXN0LWdyb3VwLTAwMDE="
	otherGroup = "cG90bHVjay1lbXVsYXRvci10ZXN0LWdyb3VwLTAwMDI="
	alice      = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	bob        = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	stranger   = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
	bot        = "11111111-1111-4111-8111-111111111111"
	challenge  = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
)

// fixtureWorld is the world that the fixtures speak of: the bot, Alice, Bob and their group.
type fixtureWorld struct {
	*Server
	clock *clock
}

type clock struct {
	t *testing.T
	// now is set before a request and read while it runs, never at the same time by the test's own design:
	// a request is answered before the next begins.
	now chan time.Time
}

func (c *clock) set(ms int64) {
	<-c.now
	c.now <- time.UnixMilli(ms)
}

func (c *clock) Now() time.Time {
	now := <-c.now
	c.now <- now
	return now
}

func newFixtureWorld(t *testing.T, o Options) *fixtureWorld {
	t.Helper()
	c := &clock{t: t, now: make(chan time.Time, 1)}
	c.now <- time.UnixMilli(1790000000000)
	o.Now = c.Now
	s := New(o)
	t.Cleanup(s.Close)
	s.AddPerson(Person{ACI: alice, Number: "+15550100002", Name: "Alice"})
	s.AddPerson(Person{ACI: bob, Name: "Bob"})
	w := &fixtureWorld{s, c}
	g := s.newGroup(testGroup, "Potluck")
	g.description = "Neighbours"
	g.revision = 7
	g.members = []groupMember{{aci: bot, admin: true}, {aci: alice}, {aci: bob}}
	s.accounts[0].refresh(testGroup)
	return w
}

func (w *fixtureWorld) group() *group { return w.groups[testGroup] }

func (w *fixtureWorld) withoutBob() { w.group().drop(bob) }

// setups are the circumstances of the fixtures that need any.
func setups() map[string]func(*testing.T, *fixtureWorld) {
	withoutBob := func(_ *testing.T, w *fixtureWorld) { w.withoutBob() }
	broken := func(f Fault) func(*testing.T, *fixtureWorld) {
		return func(_ *testing.T, w *fixtureWorld) { w.Break(f) }
	}
	limited := Fault{Kind: RateLimit, Person: bob, Token: challenge, RetryAfter: 24 * time.Hour}
	return map[string]func(*testing.T, *fixtureWorld){
		"F08": withoutBob, "F18": withoutBob, "F19": withoutBob, "F20": withoutBob, "F21": withoutBob,
		"F23": withoutBob, "F24": withoutBob, "F25": withoutBob,
		"F12": func(_ *testing.T, w *fixtureWorld) {
			w.group().sendMessages = onlyAdmins
			w.group().member(bot).admin = false
		},
		"F13": func(_ *testing.T, w *fixtureWorld) { w.group().drop(bot) },
		"F15": broken(Fault{Kind: Identity, Person: bob}),
		"F16": broken(limited),
		"F17": broken(Fault{Kind: Identity, Person: bob}),
		"F26": func(_ *testing.T, w *fixtureWorld) {
			delete(w.groups, testGroup)
			w.groupIDs = []string{testGroup}
		},
		"F29": func(_ *testing.T, w *fixtureWorld) { w.group().member(bot).admin = false },
		"F31": func(_ *testing.T, w *fixtureWorld) {
			g := w.newGroup(otherGroup, "Other")
			g.linkState, g.link = "enabledWithApproval", "CjQKIFRlc3Q"
			g.members = []groupMember{{aci: alice, admin: true}}
		},
		"F32": func(_ *testing.T, w *fixtureWorld) {
			g := w.group()
			g.drop(bob)
			g.banned, g.requesting = []string{bob}, []string{stranger}
			g.addMember, g.linkState, g.link = onlyAdmins, "enabled", "CjQKIFRlc3Q"
			g.member(bot).label, g.member(bot).labelSymbol = "bridge", "🤖"
			g.revision++
		},
		"F33": func(_ *testing.T, w *fixtureWorld) { delete(w.people, alice) },
		"F35": func(t *testing.T, w *fixtureWorld) {
			path := filepath.Join(w.AttachmentsDir(), "3kVqXw8m1Z9pQ2rT.jpg")
			if err := os.WriteFile(path, []byte{0xff, 0xd8, 0xff, 0xe0, 0, 0x10}, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"F36": func(_ *testing.T, w *fixtureWorld) { delete(w.people, alice) },
		"F37": broken(limited),
		"F39": func(_ *testing.T, w *fixtureWorld) {
			uri := "sgnl://linkdevice?uuid=x&pub_key=y"
			w.links[uri] = make(chan string, 1)
			w.links[uri] <- "+15550100001"
		},
	}
}

func TestRequestFixturesAreAnsweredAsTheDaemonDoes(t *testing.T) {
	files, err := filepath.Glob("testdata/F*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("fixtures: %v, %d files", err, len(files))
	}
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, []byte("png"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := Options{}
			if name == "F41b" {
				options.Others = []Account{{Number: "+15550100003", ACI: challenge, Name: "Second"}}
			}
			w := newFixtureWorld(t, options)
			if setup := setups()[name]; setup != nil {
				setup(t, w)
			}
			c := dialTest(t, w.Server)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			replay(t, w, c, strings.ReplaceAll(string(text), "/srv/potluck/out/a.png", path))
		})
	}
}

func replay(t *testing.T, w *fixtureWorld, c *testClient, text string) {
	t.Helper()
	timestampIn := regexp.MustCompile(`"timestamp":(\d{13})`)
	linkIn := regexp.MustCompile(`uuid=[^&"]*&pub_key=[^"]*`)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		request := strings.TrimPrefix(lines[i], "→ ")
		want := strings.TrimPrefix(lines[i+1], "← ")
		if m := timestampIn.FindStringSubmatch(want); m != nil {
			var ms int64
			if err := json.Unmarshal([]byte(m[1]), &ms); err != nil {
				t.Fatal(err)
			}
			w.clock.set(ms)
		}
		c.write(request)
		got := c.read()
		got = linkIn.ReplaceAllString(got, "uuid=x&pub_key=y")
		if diff := cmp.Diff(normal(t, want), normal(t, got)); diff != "" {
			t.Errorf("%s\nwant %s\ngot  %s\n%s", request, want, got, diff)
		}
		if strings.Contains(want, `"error"`) && !strings.Contains(got, `"data":`) {
			t.Errorf("error without data: %s", got)
		}
	}
}

// normal reads a line so that what may differ does not: the order of keys, of a batch's answers and the
// texts of internal errors.
func normal(t *testing.T, line string) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v: %s", err, line)
	}
	if members, ok := v.([]any); ok {
		sort.Slice(members, func(i, j int) bool {
			a, b := members[i].(map[string]any), members[j].(map[string]any)
			return a["id"].(json.Number) < b["id"].(json.Number)
		})
	}
	if m, ok := v.(map[string]any); ok {
		if e, ok := m["error"].(map[string]any); ok && e["code"] == json.Number("-32603") {
			e["message"] = ""
		}
	}
	return v
}

// actions are the doings of people that make the daemon write a notification fixture.
func actions() map[string]func(*fixtureWorld) error {
	said := func(w *fixtureWorld) string {
		w.group().talk.add(&message{author: alice, sent: 1790000000001})
		w.group().talk.add(&message{author: bob, sent: 1790000000002})
		return messageName(alice, 1790000000001)
	}
	return map[string]func(*fixtureWorld) error{
		"N01": func(w *fixtureWorld) error { return w.says(alice, alice, "hello bot") },
		"N02": func(w *fixtureWorld) error {
			w.group().expiration = 604800
			return w.says(bob, testGroup, "hi all")
		},
		"N07": func(w *fixtureWorld) error { return w.React(bob, testGroup, said(w), "👍", true) },
		"N08": func(w *fixtureWorld) error { return w.React(bob, testGroup, said(w), "👍", false) },
		"N09": func(w *fixtureWorld) error {
			said(w)
			return w.Delete(bob, testGroup, messageName(bob, 1790000000002))
		},
		"N10": func(w *fixtureWorld) error {
			said(w)
			return w.Edit(bob, testGroup, messageName(bob, 1790000000002), textOf("hi everyone"))
		},
		"N13": func(w *fixtureWorld) error {
			_, err := w.Ask(bob, testGroup, "When?", false, "Fri", "Sat")
			return err
		},
		"N14": func(w *fixtureWorld) error {
			w.group().talk.add(&message{author: alice, sent: 1790000000013, poll: &poll{
				options: []string{"Fri", "Sat"}, votes: map[string]vote{bob: {options: []int{0}, count: 1}},
			}})
			return w.Vote(bob, testGroup, messageName(alice, 1790000000013), 1)
		},
		"N15": func(w *fixtureWorld) error {
			w.group().talk.add(&message{author: bob, sent: 1790000000013, poll: &poll{options: []string{"Fri", "Sat"}}})
			return w.EndPoll(bob, testGroup, messageName(bob, 1790000000013))
		},
		"N16":  func(w *fixtureWorld) error { return w.Pin(bob, testGroup, said(w), -1, true) },
		"N16b": func(w *fixtureWorld) error { return w.Pin(bob, testGroup, said(w), 0, false) },
		"N17": func(w *fixtureWorld) error {
			w.group().member(bob).admin = true
			return w.Delete(bob, testGroup, said(w))
		},
		"N18": func(w *fixtureWorld) error {
			w.Retitle(bob, testGroup, "Potluck 2")
			return nil
		},
		"N20": func(w *fixtureWorld) error { return w.Type(bob, testGroup) },
		"N22": func(w *fixtureWorld) error {
			_, err := w.SayFromPhone(testGroup, "from my phone")
			return err
		},
		"N30": func(w *fixtureWorld) error {
			w.Reinstall(bob)
			return w.says(bob, testGroup, "who am I")
		},
	}
}

func TestNotificationFixturesAreWrittenAsTheDaemonDoes(t *testing.T) {
	files, err := filepath.Glob("testdata/N*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("fixtures: %v, %d files", err, len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(string(b))
			options := Options{}
			if name == "N01" {
				options.Mode = OnStart
			}
			w := newFixtureWorld(t, options)
			c := dialTest(t, w.Server)
			if options.Mode == Manual {
				c.call("subscribeReceive", nil)
			} else {
				c.call("version", nil) // the connection is known, and with it its subscription
			}
			var ms int64
			if m := regexp.MustCompile(`"timestamp":(\d{13})`).FindStringSubmatch(want); m != nil {
				if err := json.Unmarshal([]byte(m[1]), &ms); err != nil {
					t.Fatal(err)
				}
				w.clock.set(ms)
			}
			act := actions()[name]
			if act == nil {
				w.Inject(want)
				if got := c.read(); got != want {
					t.Errorf("injected line\nwant %s\ngot  %s", want, got)
				}
				return
			}
			if err := act(w); err != nil {
				t.Fatal(err)
			}
			got := c.read()
			if diff := cmp.Diff(withoutTimes(normal(t, want)), withoutTimes(normal(t, got))); diff != "" {
				t.Errorf("want %s\ngot  %s\n%s", want, got, diff)
			}
		})
	}
}

// withoutTimes takes out what the world decides: when servers saw an envelope, and from which device.
func withoutTimes(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for k, inner := range m {
		switch k {
		case "serverReceivedTimestamp", "serverDeliveredTimestamp", "sourceDevice":
			delete(m, k)
		default:
			withoutTimes(inner)
		}
	}
	return m
}
