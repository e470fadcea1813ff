package sanctions

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

// two is a community of a moderator, a member and an organiser.
type two struct{ noMembers }

func cards() []chat.Card {
	return []chat.Card{
		{ID: "m1", Name: "Mia", Handle: "mia~1", Level: chat.Moderator},
		{ID: "m2", Name: "Ben", Handle: "ben~2", Level: chat.Member},
		{ID: "m3", Name: "Olga", Handle: "olga~3", Level: chat.Organiser},
	}
}

func (two) All() []chat.Card { return cards() }

func (two) ByID(id chat.MemberID) (chat.Card, bool) {
	for _, card := range cards() {
		if card.ID == id {
			return card, true
		}
	}
	return chat.Card{}, false
}

func (two) Named(word string) []chat.Card {
	for _, card := range cards() {
		if strings.EqualFold(strings.TrimPrefix(word, "@"), card.Name) {
			return []chat.Card{card}
		}
	}
	return nil
}

func request1(alias, command, line string) (request, chat.Event) {
	c := chat.Community{ID: "c1", Members: two{}}
	asked := chat.Asked{Command: command, Alias: alias, Args: strings.Fields(line), Text: chat.Plain(line)}
	e := chat.Event{Now: noon, Member: "m1", Level: chat.Moderator, Community: "c1", Body: asked}
	return newRequest(c, e, asked), e
}

func TestRequests(t *testing.T) {
	const day = 24 * time.Hour
	for line, want := range map[string]struct {
		key    string
		long   time.Duration
		reason string
	}{
		"timeout @ben 2h insults":            {"", 2 * time.Hour, "insults"},
		"timeout @ben 1h 30m insults":        {"", 90 * time.Minute, "insults"},
		"timeout @ben insults":               {"", time.Hour, "insults"},
		"timeout @ben 2h 3 times now":        {"", 2 * time.Hour, "3 times now"},
		"timeout @ben 10s x":                 {"", time.Minute, "x"},
		"timeout @ben 365d x":                {"", 28 * day, "x"},
		"timeout @ben 30 insults":            {"duration.bare", 0, ""},
		"timeout @ben 999d insults":          {"sanction.duration", 0, ""},
		"timeout @ben 2h 5x insults":         {"", 2 * time.Hour, "5x insults"},
		"timeout @ben 2h 5hours x":           {"sanction.duration", 0, ""},
		"timeout @ben 2h":                    {"reason.none", 0, ""},
		"timeout @ben 0m x":                  {"sanction.duration", 0, ""},
		"timeout me 3d":                      {"", 3 * day, ""},
		"timeout me":                         {"", day, ""},
		"timeout ME 3d to read books":        {"", 3 * day, "to read books"},
		"timeout @mia 3d x":                  {"sanction.self.break", 0, ""},
		"timeout @olga 3d x":                 {"sanction.above", 0, ""},
		"timeout @eve 3d x":                  {"target.unknown", 0, ""},
		"timeout":                            {"target.none", 0, ""},
		"tmute @ben x":                       {"sanction.timed", 0, ""},
		"tban @ben x":                        {"sanction.timed", 0, ""},
		"tban @ben 300d x":                   {"", 300 * day, "x"},
		"ban @ben x":                         {"", 0, "x"},
		"ban @ben":                           {"reason.none", 0, ""},
		"ban @ben 7 x":                       {"duration.bare", 0, ""},
		"warn @ben 3 adverts in a row":       {"", 0, "3 adverts in a row"},
		"warn @ben 60d adverts":              {"", 60 * day, "adverts"},
		"warn @ben public adverts":           {"", 0, "adverts"},
		"warn @mia x":                        {"sanction.self", 0, ""},
		"remove @ben":                        {"", 0, ""},
		"remove @ben 2h of noise":            {"", 0, "2h of noise"},
		"unwarn @olga":                       {"sanction.above", 0, ""},
		"untimeout @ben":                     {"", 0, ""},
		"untimeout me":                       {"", 0, ""},
		"warn @ben a\u202Eb":                 {"", 0, "ab"},
		"warn @ben " + longWord(maxReason+1): {"sanction.reason.long", 0, ""},
		"warn @ben " + longWord(maxReason):   {"", 0, longWord(maxReason)},
	} {
		alias, rest, _ := strings.Cut(line, " ")
		command := map[string]string{"tmute": "timeout", "tban": "ban"}[alias]
		if command == "" {
			command = alias
		}
		r, _ := request1(alias, command, rest)
		key, _ := r.refusal(Record{})
		if key != want.key {
			t.Errorf("%.40q is refused with %q, want %q", line, key, want.key)
			continue
		}
		if key == "" && (r.duration != want.long || r.reason != want.reason) {
			t.Errorf("%.40q is %s for %.40q, want %s for %.40q", line, r.duration, r.reason, want.long, want.reason)
		}
	}
}

func longWord(n int) string { return strings.Repeat("é", n) }

func FuzzRequests(f *testing.F) {
	f.Add("timeout", "@ben 2h insults")
	f.Add("dban", "@ben 30d \u202E x")
	f.Add("warn", "@ben public 1mo x")
	f.Fuzz(func(t *testing.T, alias, line string) {
		for _, command := range []string{"warn", "timeout", "remove", "ban", "unban"} {
			r, _ := request1(alias, command, line)
			key, _ := r.refusal(Record{})
			if key != "" {
				continue
			}
			if r.target.ID == "m3" || r.target.ID == "m1" && !r.me || r.target.ID == "" {
				t.Errorf("%s %q acts on %q", command, line, r.target.Name)
			}
			if !r.undo && command == "timeout" && (r.duration < shortest || r.duration > longestTimeout) {
				t.Errorf("%s %q lasts %s", command, line, r.duration)
			}
			if strings.ContainsFunc(r.reason, func(c rune) bool { return unicode.IsControl(c) || c >= 0x202A && c <= 0x202E }) {
				t.Errorf("%s %q has the reason %q", command, line, r.reason)
			}
			if s, _ := impose(Record{}, r); !r.undo && command == "ban" && s.Ban.Reason != r.reason {
				t.Errorf("%s %q is kept as %+v", command, line, s.Ban)
			}
		}
	})
}
