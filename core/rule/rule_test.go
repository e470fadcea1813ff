package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestCodes(t *testing.T) {
	seen := make(map[string]bool)
	for i := range 256 {
		code := Code([16]byte{byte(i), 0xFF, byte(3 * i), 1, 2})
		if !IsCode(code) || seen[code] || CleanCode(code) != code {
			t.Errorf("code %q", code)
		}
		seen[code] = true
		shown := ShowCode(code)
		for _, typed := range []string{shown, strings.ToLower(shown), " " + shown + ".", "<" + shown + ">", strings.ReplaceAll(shown, "-", "–"), "`" + code + "`"} {
			if got := CleanCode(typed); got != code {
				t.Errorf("%q is read as %q, want %q", typed, got, code)
			}
		}
		if got := CleanCode(code[:4], code[4:], "please"); got != code {
			t.Errorf("in two words it is read as %q, want %q", got, code)
		}
	}
	for typed, want := range map[string]bool{"": false, "-": false, "please": false, "ABCD-EFG": false, "ABCD-EFGHJ": false, "abcdefgh": true, "ABCD-EFG0": false} {
		if got := IsCode(CleanCode(typed)); got != want {
			t.Errorf("%q can be a code: %v", typed, got)
		}
	}
	if got := ShowCode("ABC"); got != "ABC" {
		t.Errorf("ShowCode of what is none: %q", got)
	}
}

func FuzzCleanCode(f *testing.F) {
	f.Add("K7QM-2XPA")
	f.Fuzz(func(t *testing.T, typed string) {
		got := CleanCode(typed)
		if len(got) > 16 || strings.Trim(got, codeAlphabet) != "" || IsCode(got) && CleanCode(ShowCode(got)) != got {
			t.Errorf("%q is read as %q", typed, got)
		}
	})
}

type state struct {
	N    int      `json:"n,omitempty"`
	List []string `json:"list,omitempty"`
}

func TestStatesAreKept(t *testing.T) {
	next := state{}
	var got state
	r := Of[state]{Title: "r", Fold: func(_ chat.Community, s state, _ chat.Event) (state, []chat.Effect) {
		got = s
		return next, []chat.Effect{chat.Drop{}}
	}}
	var raw []byte
	for _, want := range []state{{N: 1}, {N: 2, List: []string{"a"}}, {}, {N: 3}} {
		before := next
		next = want
		out, effects, err := r.Decide(chat.Community{}, raw, chat.Event{})
		if err != nil || len(effects) != 1 {
			t.Fatalf("decide: %v, %v", effects, err)
		}
		if diff := cmp.Diff(before, got); diff != "" {
			t.Errorf("the rule sees (-what it said +got):\n%s", diff)
		}
		if zero := cmp.Equal(want, state{}); zero != (out == nil) {
			t.Errorf("of %+v is kept %s", want, out)
		}
		raw = out
	}
	if _, _, err := r.Decide(chat.Community{}, []byte("{"), chat.Event{}); err == nil || !strings.Contains(err.Error(), "decode state of r") {
		t.Errorf("a state that cannot be read: %v", err)
	}
	bad := Of[chan int]{Title: "bad", Fold: func(chat.Community, chan int, chat.Event) (chan int, []chat.Effect) { return make(chan int), nil }}
	if _, _, err := bad.Decide(chat.Community{}, nil, chat.Event{}); err == nil {
		t.Error("a state that cannot be written is no error")
	}
}

func TestWhatIsSomebodysOwn(t *testing.T) {
	r := Of[state]{Title: "r", Mine: func(s state, who chat.MemberID) any {
		if who == "m9" {
			return nil
		}
		return struct {
			List []string `json:"list,omitempty"`
		}{s.List}
	}}
	for name, tt := range map[string]struct {
		state string
		who   chat.MemberID
		want  string
	}{
		"something":  {state: `{"list":["a & b"]}`, who: "m1", want: `{"list":["a & b"]}`},
		"nothing":    {state: `{"n":1}`, who: "m1"},
		"no state":   {who: "m1"},
		"a stranger": {state: `{"list":["a"]}`, who: "m9"},
	} {
		got, tells, err := r.About([]byte(tt.state), tt.who)
		if err != nil || !tells || string(got) != tt.want || (got == nil) != (tt.want == "") {
			t.Errorf("%s: %s, %v, %v", name, got, tells, err)
		}
	}
	if _, tells, err := r.About([]byte("{"), "m1"); !tells || err == nil {
		t.Errorf("a state that cannot be read: %v, %v", tells, err)
	}
	if got, tells, err := (Of[state]{}).About([]byte("{"), "m1"); got != nil || tells || err != nil {
		t.Errorf("a rule that tells nothing: %s, %v, %v", got, tells, err)
	}
}

func TestReply(t *testing.T) {
	in := chat.Chat{Platform: chat.Signal, ID: "g"}
	ref := chat.Ref{Chat: in, ID: "1"}
	e := chat.Event{Chat: in, By: chat.Person{Name: "Ana"}, Body: chat.Asked{Ref: ref}}
	want := chat.Send{To: in, Text: chat.Plain("x"), Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{ref}}, Name: "Ana"}}
	if diff := cmp.Diff(chat.Effect(want), Reply(e, chat.Plain("x"))); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	e.Body = chat.Asked{}
	if got := Reply(e, chat.Plain("x")).(chat.Send); got.Answer != nil || got.To != in {
		t.Errorf("a reply to what has no ref: %+v", got)
	}
}
