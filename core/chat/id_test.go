package chat

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestIDsRoundTrip(t *testing.T) {
	for _, r := range []Ref{
		{},
		{Chat: Chat{Telegram, "-1001234567890"}, ID: "42"},
		{Chat: Chat{Telegram, "-100123/7"}, ID: "42"},
		{Chat: Chat{Matrix, "!a:b.example:8448"}, ID: "$x:y"},
		{Chat: Chat{Signal, "Zm9v+/=="}, ID: "1700000000000 aci with spaces"},
		{Chat: Chat{Local, "operator@telegram:-1"}, ID: "é🍞"},
	} {
		type all struct {
			R Ref
			C Chat
			I Identity
			M map[Chat]int
		}
		in := all{R: r, C: r.Chat, I: Identity{r.Chat.Platform, r.Chat.ID}, M: map[Chat]int{r.Chat: 1}}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatalf("encode %v: %v", r, err)
		}
		var out all
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("decode %s: %v", raw, err)
		}
		if out.R != in.R || out.C != in.C || out.I != in.I || out.M[r.Chat] != 1 {
			t.Errorf("round trip of %+v: %+v", in, out)
		}
		if r.IsZero() != (r == Ref{}) || r.Chat.IsZero() != r.IsZero() || in.I.IsZero() != r.IsZero() {
			t.Errorf("IsZero of %v", r)
		}
	}
}

func TestIDsRefuseWhatIsNone(t *testing.T) {
	for _, s := range []string{"", ":", "telegram", "telegram:", ":7", "tele gram:7", "telegram:a\x00b", "telegram:a\nb", "\x01telegram:7", "telegram:a\x7f"} {
		if c, err := ParseChat(s); !errors.Is(err, ErrID) {
			t.Errorf("ParseChat(%q) = %v, %v", s, c, err)
		}
		if i, err := ParseIdentity(s); !errors.Is(err, ErrID) {
			t.Errorf("ParseIdentity(%q) = %v, %v", s, i, err)
		}
		if r, err := ParseRef(s + " 7"); !errors.Is(err, ErrID) {
			t.Errorf("ParseRef(%q) = %v, %v", s+" 7", r, err)
		}
	}
	for _, s := range []string{"telegram:7", "telegram:7 ", " 7", "telegram:7 a\x00b"} {
		if r, err := ParseRef(s); !errors.Is(err, ErrID) {
			t.Errorf("ParseRef(%q) = %v, %v", s, r, err)
		}
	}
	if c, err := ParseChat("matrix:a b"); !errors.Is(err, ErrID) {
		t.Errorf("a chat id with a space, which no ref could hold: %v, %v", c, err)
	}
}

func TestEffectIDs(t *testing.T) {
	if got := EventID("telegram/9").Effect(3); got != "telegram/9#3" {
		t.Errorf("effect id is %q", got)
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("telegram:-1/7 42")
	f.Add("a: b")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRef(s)
		if err != nil {
			if !errors.Is(err, ErrID) || r != (Ref{}) {
				t.Fatalf("ParseRef(%q) = %v, %v", s, r, err)
			}
			return
		}
		if r.String() != s {
			t.Fatalf("%q is read as %+v and written as %q", s, r, r)
		}
	})
}
