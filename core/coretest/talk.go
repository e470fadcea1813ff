package coretest

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
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
//	ben@signal/kitchen sends photo b.jpg party  a picture of the album party: it is whole after a second or with the next thing there
//	ben@signal/kitchen sends hidden-photo b.jpg a covered one; sends location Harbour, contact Zoe, venue … have no file
//	ben@signal/kitchen sends photo b.jpg =b     any line can call its message something so
//	ana@telegram/kitchen sends-poll p: Cake? / Yes / No     also: sends-poll p multiple secret quiz closed: …
//	ben@signal/kitchen votes p 2                all his choices, counted from 1; none = he takes it back
//	ana@telegram/kitchen ends-poll p
//	ana@telegram/kitchen pins a                 unpins takes it from there
//	ana@telegram/kitchen vanishes 1h [a]: gone soon
//	ben@signal/kitchen: hi @[ana@telegram]      a mention of her; so it is told, too, in what is posted for members
//	ben@signal/kitchen quotes-part a bread at: really?      he answers these words of it
//	ben@signal/kitchen threads a: and then      he writes in the thread that begins with it
//	bot@telegram/kitchen misses 25h             what was written there in the last 25 hours never comes
//	ben@signal/kitchen forwards News: look
//	ben@signal/kitchen joins | leaves
//	bot@matrix/kitchen arrives | parts
//	ana@telegram/private: help                  the chat called private is hers with the bot
//	zoe@web/private: report                     she writes in a browser, to the first community that there is
//	signal/kitchen refuses too large            the next effect there fails for good
//	signal/kitchen refuses a delete with too old            the next one of that kind there does; kinds: send edit delete
//	                                            react whisper pin unpin vote endpoll restrict …
//	signal/kitchen refuses deletes with too old             all of them do, until: signal/kitchen takes deletes
//	signal/kitchen notes a photo became a link  the next receipt of something shown there has that note
//	signal/kitchen is slow                      its receipts come only when it catches up
//	signal/kitchen catches up
//	zoe@telegram/kitchen knocks: I bake         she asks to be let in
//	mia@matrix/mods presses 2 [before]          she chooses under the last message that offers something there, or the one before
//	eve@telegram/kitchen as Mia: /ban @ben x    she calls herself so
//	ana@telegram/kitchen quotes: /ban @ben x    it is a quotation
//	mia@matrix/mods replies potluck: and why?   she answers the last thing that the house has said there
//	wait 16m
//	stand still 3h                              the house does not run for so long: what was due meanwhile comes late
//	quietly *olga@telegram/kitchen: /purpose x  what the house says to it is not written down
//	the usual table                             a community is there: see usual
//
// "$code" in a line is the code that the house has shown last, "$before" the one before; $case1 and $reporter1 are numbers. Somebody called robot is another program,
// anonymous speaks for the chat, nameless has no name. A label that no message has names one that the house
// has not seen yet: the message that is called so later is that one. What the house posts in a chat where a message is called
// a already is called a+ there.
//
// Draft answers what the Drafter is asked, from the material of its time; without one it says nothing.
func RunScripts(t *testing.T, folder string, rules func() []rule.Rule, draft ...Draft) {
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
			got := play(t, string(raw), rules, false, draft...)
			if again := play(t, string(raw), rules, true, draft...); again != got {
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
func play(t *testing.T, script string, rules func() []rule.Rule, restarts bool, draft ...Draft) string {
	t.Helper()
	s := &stage{
		t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), store: NewStore(),
		labels: make(map[string]string), refs: make(map[string]chat.Ref), refused: make(map[chat.Chat]chat.Reason),
		effects: make(map[chat.EffectID]string), slow: make(map[chat.Chat][]chat.Event),
		texts: make(map[string]string), last: make(map[chat.Chat]chat.Ref), offers: make(map[chat.Chat]chat.Ref),
		older: make(map[chat.Chat]chat.Ref), parts: make(map[string][]chat.Part), written: make(map[chat.EventID]string), unseen: make(map[string]chat.Ref),
		counts: make(map[chat.Platform]*core.LedgerLine),
		always: make(map[refusedKind]chat.Reason), once: make(map[refusedKind]chat.Reason), notes: make(map[chat.Chat][]string),
	}
	s.rules, s.restarts, s.drafts = rules, restarts, draft
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
		if !strings.Contains(string(letter), `"error":"given up`) { // a script may say that a messenger breaks
			t.Errorf("a dead letter: %.300s", letter)
		}
	}
	s.balance()
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
