package order

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// stand is a community with an organiser of its own and one person of each level on one platform.
type stand struct {
	t      *testing.T
	engine *core.Engine
	seq    uint64
	now    time.Time
}

func newStand(t *testing.T) *stand {
	t.Helper()
	e, err := core.New(core.Config{Store: coretest.NewStore(), Log: slog.New(slog.DiscardHandler), Rules: Rules(), Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	return &stand{t: t, engine: e, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
}

// says folds what somebody says and returns the texts of the answers.
func (s *stand) says(e chat.Event) (out []string) {
	s.t.Helper()
	s.seq++
	e.ID, e.At = chat.EventID(fmt.Sprint("e", s.seq)), s.now
	data, err := chat.EncodeEvent(e)
	if err != nil {
		s.t.Fatal(err)
	}
	rows, err := s.engine.Fold([]core.Entry{{Seq: s.seq, At: s.now, Data: data}})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		d, err := chat.DecodeDispatch(r.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		switch x := d.Effect.(type) {
		case chat.Send:
			out = append(out, x.Text.Plain)
		case chat.Whisper:
			out = append(out, x.Text.Plain)
		}
	}
	return out
}

func (s *stand) typed(p chat.Platform, who, text string, private bool, platformLevel chat.Level) []string {
	in := chat.Chat{Platform: p, ID: "kitchen"}
	if private {
		in.ID = who
	}
	return s.says(chat.Event{
		Chat: in, Private: private, By: chat.Person{Identity: chat.Identity{Platform: p, ID: who}, Name: who, Level: platformLevel},
		Body: chat.Posted{Ref: chat.Ref{Chat: in, ID: fmt.Sprint("r", s.seq)}, Text: chat.Plain(text)},
	})
}

// settle makes the people and their levels.
func (s *stand) settle(p chat.Platform) {
	for _, who := range []string{"organiser", "moderator", "member"} {
		s.typed(p, who, "hello", false, chat.Member)
	}
	s.typed(p, "organiser", "/role @organiser organiser", false, chat.Organiser)
	s.typed(p, "organiser", "/role @moderator moderator", false, chat.Member)
}

// refused tells whether an answer is the desk's refusal for want of a level.
func refused(answers []string, need chat.Level) bool {
	return slices.Contains(answers, say.Text("en", "refuse.level", "level", say.Level("en", need)).Plain) ||
		need > chat.Guest && slices.Contains(answers, say.Text("en", "refuse.nobody").Plain)
}

// Every command, by everybody, on every platform, typed in a room and in private: who may not is refused in so many words, who
// may is not.
func TestEveryCommandChecksItsLevel(t *testing.T) {
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		for _, command := range newStand(t).engine.Commands() {
			if command.Help == "" {
				continue // it cannot be typed: see TestWhatIsOnlyChosenCannotBeTyped
			}
			for _, who := range []string{"stranger", "member", "moderator", "organiser"} {
				level := map[string]chat.Level{"member": chat.Member, "moderator": chat.Moderator, "organiser": chat.Organiser}[who]
				for _, private := range []bool{false, true} {
					if !fits(command.Place, private) || !private && who == "stranger" {
						continue // who is in the room is no stranger
					}
					s := newStand(t)
					s.settle(p)
					// An admin of the platform has no more to say, once the community has organisers of its own.
					platformLevel := chat.Member
					if !private && !command.ChatAdmin {
						platformLevel = chat.Organiser
					}
					if private && who == "stranger" {
						platformLevel = chat.Guest
					}
					got := s.typed(p, who, "/"+command.Name+" x", private, platformLevel)
					if want := level < command.Level; refused(got, command.Level) != want {
						t.Errorf("/%s by %s on %s, private %v: refused %v, says %q", command.Name, who, p, private, !want, got)
					}
				}
			}
		}
	}
}

// What is only chosen, or asked by the house itself, is a message like any other when somebody types it.
func TestWhatIsOnlyChosenCannotBeTyped(t *testing.T) {
	n := 0
	for _, command := range newStand(t).engine.Commands() {
		if command.Help != "" {
			continue
		}
		n++
		for _, private := range []bool{false, true} {
			s := newStand(t)
			s.settle(chat.Telegram)
			usual := s.typed(chat.Telegram, "organiser", "/nosuchcommand x", private, chat.Member)
			s = newStand(t)
			s.settle(chat.Telegram)
			got := s.typed(chat.Telegram, "organiser", "/"+command.Name+" x", private, chat.Member)
			if diff := cmp.Diff(usual, got); diff != "" {
				t.Errorf("/%s, private %v (-a message +this):\n%s", command.Name, private, diff)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d commands are only chosen", n)
	}
}

func fits(place rule.Place, private bool) bool {
	switch place {
	case rule.AtHome:
		return false
	case rule.InRoom:
		return !private
	case rule.InPrivate:
		return private
	}
	return true
}

// The list of all commands and who may ask them is kept as a file, so that a change is seen by who reads it.
func TestTheListOfCommands(t *testing.T) {
	var out strings.Builder
	places := map[rule.Place]string{rule.Anywhere: "anywhere", rule.InRoom: "in a room", rule.InPrivate: "in private", rule.AtHome: "at home"}
	for _, c := range newStand(t).engine.Commands() {
		who := c.Level.String()
		if c.ChatAdmin {
			who += " or the chat's admin"
		}
		hidden := ""
		if c.Help == "" {
			hidden = " (only chosen)"
		}
		fmt.Fprintf(&out, "%s: %s, %s%s %s\n", strings.TrimSpace(c.Name+" "+c.Args), who, places[c.Place], hidden, strings.Join(c.Aliases, " "))
	}
	got := strings.ReplaceAll(out.String(), " \n", "\n")
	path := filepath.Join("testdata", "commands.txt")
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("commands have changed (-file +code); rewrite it with -update:\n%s", diff)
	}
}

// What a sentence tells people to type must be a command that can be typed.
func TestSentencesNameCommandsThatCanBeTyped(t *testing.T) {
	typed := make(map[string]bool)
	for _, c := range newStand(t).engine.Commands() {
		if c.Help == "" {
			continue
		}
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			typed[name] = true
		}
	}
	named := regexp.MustCompile(`\{prefix\}([a-z]+)`)
	counts := make(map[string]int)
	for _, language := range say.Languages() {
		for _, key := range say.Keys(language) {
			for _, m := range named.FindAllStringSubmatch(say.Text(language, key, "prefix", "{prefix}").Plain, -1) {
				counts[language]++
				if !typed[m[1]] {
					t.Errorf("%s %s tells people to type %q, which is no command", language, key, m[1])
				}
			}
		}
		if counts[language] != counts["en"] && counts["en"] > 0 {
			t.Errorf("%s names %d commands, en %d", language, counts[language], counts["en"])
		}
	}
	if counts["en"] < 50 {
		t.Errorf("only %d commands are named", counts["en"])
	}
}
