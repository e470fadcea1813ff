package coretest

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

var update = flag.Bool("update", false, "rewrite what the house says in the scripts")

// RunScripts plays every script in a folder, each against a fresh house with these rules, and compares
// what the house says with the indented lines, once as it is and once with a restart of the house after every event. A script is what people do, one thing a line:
//
//	# a remark
//	ana@telegram/kitchen: bread at six          she writes
//	ana@telegram/kitchen a: bread at six        the same, and calls it a
//	*ana@telegram/kitchen: /link                she is an administrator of that chat
//	ben@signal/kitchen replies a: lovely
//	ana@telegram/kitchen edits a: bread at seven
//	ana@telegram/kitchen deletes a
//	ben@signal/kitchen reacts a 👍              unreacts takes it back
//	ben@telegram/kitchen gives a 👍 ❤           these are all his reactions now
//	ben@signal/kitchen sends photo cake.jpg: look
//	ben@signal/kitchen sends photo b.jpg party  a picture of the album party
//	ben@signal/kitchen forwards News: look
//	ben@signal/kitchen joins | leaves
//	bot@matrix/kitchen arrives | parts
//	ana@telegram/private: help                  the chat called private is hers with the bot
//	zoe@web/private: report                     she writes in a browser, to the first community that there is
//	signal/kitchen refuses too large            the next effect there fails for good
//	signal/kitchen is slow                      its receipts come only when it catches up
//	signal/kitchen catches up
//	zoe@telegram/kitchen knocks: I bake         she asks to be let in
//	mia@matrix/mods presses 2 [before]          she chooses under the last message that offers something there, or the one before
//	eve@telegram/kitchen as Mia: /ban @ben x    she calls herself so
//	ana@telegram/kitchen quotes: /ban @ben x    it is a quotation
//	mia@matrix/mods replies potluck: and why?   she answers the last thing that the house has said there
//	wait 16m
//	quietly *olga@telegram/kitchen: /purpose x  what the house says to it is not written down
//	the usual table                             a community is there: see usual
//
// "$code" in a line is the code that the house has shown last, "$before" the one before; $case1 and $reporter1 are numbers. Somebody called robot is another program,
// anonymous speaks for the chat, nameless has no name. A label that no message has names one that the house
// has never seen.
func RunScripts(t *testing.T, folder string, rules func() []rule.Rule) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find scripts in %s: %d files, %v", folder, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(raw), rules, false)
			if again := play(t, string(raw), rules, true); again != got {
				t.Errorf("started again after every event, the house says otherwise (-without +with):\n%s", cmp.Diff(got, again))
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(raw), got); diff != "" {
				t.Errorf("the house says otherwise (-script +house):\n%s", diff)
			}
		})
	}
}

// firstCommunity is the id of the community that the first line of a script makes.
const firstCommunity = "c1"

// play returns the script as it really goes.
func play(t *testing.T, script string, rules func() []rule.Rule, restarts bool) string {
	t.Helper()
	s := &stage{
		t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), store: NewStore(),
		labels: make(map[string]string), refs: make(map[string]chat.Ref), refused: make(map[chat.Chat]chat.Reason),
		effects: make(map[chat.EffectID]string), slow: make(map[chat.Chat][]chat.Event),
		texts: make(map[string]string), last: make(map[chat.Chat]chat.Ref), offers: make(map[chat.Chat]chat.Ref),
		older: make(map[chat.Chat]chat.Ref),
	}
	s.rules, s.restarts = rules, restarts
	s.start()
	for _, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		s.out = append(s.out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		quiet := []string{}
		if line == "the usual table" {
			quiet = usual()
		} else if rest, ok := strings.CutPrefix(line, "quietly "); ok {
			quiet = []string{rest}
		}
		kept := len(s.out)
		for _, l := range quiet {
			if err := s.do(s.fill(l)); err != nil {
				t.Fatalf("line %q: %v", l, err)
			}
			s.out = s.out[:kept]
		}
		if len(quiet) > 0 {
			continue
		}
		if err := s.do(s.fill(line)); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
	}
	for _, letter := range s.store.Dump()["dead"] {
		t.Errorf("a dead letter: %.300s", letter)
	}
	return strings.Join(s.out, "\n") + "\n"
}

// start makes a new engine over the same state.
func (s *stage) start() {
	e, err := core.New(core.Config{Store: s.store, Rules: s.rules(), Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}})
	if err != nil {
		s.t.Fatalf("start engine: %v", err)
	}
	s.engine = e
}

// stage is where a script is played.
type stage struct {
	t        *testing.T
	rules    func() []rule.Rule
	restarts bool // after every event

	engine  *core.Engine
	store   *Store
	now     time.Time
	seq     uint64
	count   int
	out     []string
	numbers numbers
	code    string                     // shown last
	before  string                     // shown before that
	labels  map[string]string          // ref → what the script calls the message
	refs    map[string]chat.Ref        // label → the original
	effects map[chat.EffectID]string   // Send → label, for targets that have no ref yet
	refused map[chat.Chat]chat.Reason  // the next effect there fails
	slow    map[chat.Chat][]chat.Event // receipts that are held back there
	texts   map[string]string          // ref → the words of a message without a label
	last    map[chat.Chat]chat.Ref     // what the house has said last there
	offers  map[chat.Chat]chat.Ref     // the last of it that offers choices
	older   map[chat.Chat]chat.Ref     // and the one before that
}

var (
	action  = regexp.MustCompile(`^(\*?)(\w+)@(\w+)/([\w-]+)(?: ([^:]*?))?(?:: (.*))?$`)
	refusal = regexp.MustCompile(`^(\w+)/([\w-]+) refuses (.+)$`)
	pace    = regexp.MustCompile(`^(\w+)/([\w-]+) (is slow|catches up)$`)
	offered = regexp.MustCompile(`within 15 minutes.*\n\W*(?:link|claim) ([2-9A-HJ-NP-Z-]{9})`)
	holes   = regexp.MustCompile(`\{\w+\}`)
	codes   = regexp.MustCompile(`\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b`)
)

func (s *stage) do(line string) error {
	if d, ok := strings.CutPrefix(line, "wait "); ok {
		wait, err := time.ParseDuration(d)
		if err != nil {
			return err
		}
		return s.wait(wait)
	}
	if m := refusal.FindStringSubmatch(line); m != nil {
		s.refused[chat.Chat{Platform: chat.Platform(m[1]), ID: m[2]}] = chat.Reason(m[3])
		return nil
	}
	if m := pace.FindStringSubmatch(line); m != nil {
		return s.hold(chat.Chat{Platform: chat.Platform(m[1]), ID: m[2]}, m[3] == "is slow")
	}
	m := action.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a line of a script")
	}
	e := chat.Event{
		At: s.now, Chat: chat.Chat{Platform: chat.Platform(m[3]), ID: m[4]}, Title: strings.ToUpper(m[4][:1]) + m[4][1:],
		By: chat.Person{
			Identity: chat.Identity{Platform: chat.Platform(m[3]), ID: m[2]},
			Name:     strings.ToUpper(m[2][:1]) + m[2][1:], Level: chat.Member,
		},
	}
	if m[1] == "*" {
		e.By.Level = chat.Organiser
	}
	if m[4] == "private" {
		e.Chat.ID, e.Private, e.Title = m[2], true, ""
		if e.Chat.Platform == chat.Web {
			e.Chat.ID = firstCommunity + "." + m[2]
		}
	}
	switch m[2] {
	case "anonymous":
		e.By.Anonymous, e.By.Level = true, chat.Organiser
	case "robot":
		e.By.Bot = true
	case "nameless":
		e.By.Name = ""
	}
	e.Body = s.body(&e, strings.Fields(m[5]), strings.ReplaceAll(m[6], " / ", "\n"))
	if e.Body == nil {
		return fmt.Errorf("nobody can %q", m[5])
	}
	if p, ok := e.Body.(chat.Posted); ok {
		s.texts[p.Ref.String()] = p.Text.Plain
	}
	return s.happen(e)
}

// name makes a ref for a new message.
func (s *stage) name(c chat.Chat, label string) chat.Ref {
	s.count++
	r := chat.Ref{Chat: c, ID: strconv.Itoa(s.count)}
	if label != "" {
		s.labels[r.String()], s.refs[label+"@"+c.String()] = label, r
	}
	return r
}

// refIn returns the ref that a message has in a chat.
func (s *stage) refIn(c chat.Chat, label string) chat.Ref {
	if label == "potluck" {
		return s.last[c]
	}
	if r, ok := s.refs[label+"@"+c.String()]; ok {
		return r
	}
	return chat.Ref{Chat: c, ID: "unknown-" + label}
}

// hold keeps the receipts of a chat back, or tells those that were kept.
func (s *stage) hold(c chat.Chat, back bool) error {
	late := s.slow[c]
	delete(s.slow, c)
	if back {
		s.slow[c] = []chat.Event{}
	}
	for _, receipt := range late {
		if err := s.happen(receipt); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) wait(d time.Duration) error {
	end := s.now.Add(d)
	for {
		next := s.engine.NextDue()
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(s.now) {
			s.now = next
		}
		if err := s.happen(chat.Event{At: s.now, Body: chat.Due{}}); err != nil {
			return err
		}
	}
	s.now = end
	return nil
}

// happen folds an event, shows the effects and tells their receipts, until it is quiet.
func (s *stage) happen(e chat.Event) error {
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		s.seq++
		if e.ID == "" {
			e.ID = chat.EventID("e" + strconv.FormatUint(s.seq, 10))
		}
		label := ""
		if p, ok := e.Body.(chat.Posted); ok {
			label = s.labels[p.Ref.String()]
		}
		data, err := chat.EncodeEvent(e)
		if err != nil {
			return err
		}
		if s.restarts {
			s.start()
		}
		rows, err := s.engine.Fold([]core.Entry{{Seq: s.seq, At: s.now, Data: data}})
		if err != nil {
			return err
		}
		for _, row := range rows {
			d, err := chat.DecodeDispatch(row.Data)
			if err != nil {
				return err
			}
			receipt := s.show(d, label)
			if late, slow := s.slow[d.Effect.Where()]; slow {
				s.slow[d.Effect.Where()] = append(late, receipt)
				continue
			}
			queue = append(queue, receipt)
		}
	}
	return nil
}

// show writes an effect down and returns its receipt.
func (s *stage) show(d chat.Dispatch, label string) chat.Event {
	to := d.Effect.Where()
	receipt := chat.Event{ID: chat.EventID(d.ID + "!"), At: s.now, Chat: to}
	where := "  " + string(to.Platform) + "/" + to.ID + ": "
	if why, refused := s.refused[to]; refused {
		delete(s.refused, to)
		s.out = append(s.out, where+"(refused, "+string(why)+")")
		receipt.Body = chat.Failed{Effect: d.ID, Why: why}
		return receipt
	}
	sent := chat.Sent{Effect: d.ID}
	switch x := d.Effect.(type) {
	case chat.Send:
		if x.As == nil {
			label = ""
		}
		s.effects[d.ID] = label
		sent.Refs = []chat.Ref{s.name(to, label)}
		s.saidBy(x.As == nil, sent.Refs[0], x.Tag, x.Choices)
	case chat.Whisper:
		in := chat.Chat(x.Who)
		sent.Refs = []chat.Ref{s.name(in, "")}
		receipt.Chat = in
		s.saidBy(true, sent.Refs[0], x.Tag, x.Choices)
	case chat.Edit:
		if len(x.Choices) > 0 && len(x.Target.Refs) > 0 {
			s.offers[to] = x.Target.Refs[0]
		}
	case chat.Invite:
		sent.Link = map[chat.Platform]string{chat.Web: "https://table.example.org/talk", chat.Telegram: "https://t.me/+" + x.Who.ID}[to.Platform]
	}
	words := s.words(d.Effect)
	if hole := holes.FindString(words); hole != "" && !isRelayed(d.Effect) {
		s.t.Errorf("there is a hole in %s%s", where, words)
	}
	s.out = append(s.out, where+s.numbers.hide(words))
	receipt.Body = sent
	return receipt
}
