package chat

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bodies and outgoings are one of each kind; the tests below fail when one is missing.
func bodies() []Body {
	return []Body{
		Posted{},
		Edited{},
		Deleted{},
		Reacted{},
		Joined{},
		Left{},
		Arrived{},
		Parted{},
		Migrated{},
		Sent{},
		Failed{},
		Asked{},
		Due{},
		Linked{},
		LinkRefused{},
		Unlinked{},
		Claimed{},
		Knocked{},
		Pressed{},
		Appointed{},
		Forgotten{},
		Forgot{},
		Found{},
		Summarised{},
		Missed{},
		PollEnded{},
		Voted{},
		Pinned{},
	}
}

func outgoings() []Outgoing {
	return []Outgoing{
		Send{},
		Edit{},
		Delete{},
		React{},
		Whisper{},
		Pin{},
		Unpin{},
		Restrict{},
		Release{},
		Remove{},
		Ban{},
		Unban{},
		Admit{},
		Decline{},
		Invite{},
		Summarise{},
		Shut{},
		Open{},
		EndPoll{},
		Vote{},
	}
}

// receivers returns the types of this package that have a method, from its source.
func receivers(t *testing.T, method string) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == method {
				if name, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
					out = append(out, name.Name)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func names[T any](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, reflect.TypeOf(v).Name())
	}
	slices.Sort(out)
	return out
}

func TestTheSumsAreWhole(t *testing.T) {
	if diff := cmp.Diff(receivers(t, "isBody"), names(bodies())); diff != "" {
		t.Errorf("a kind of event is not tested here (-source +test):\n%s", diff)
	}
	if diff := cmp.Diff(receivers(t, "Where"), names(outgoings())); diff != "" {
		t.Errorf("a kind of effect is not tested here (-source +test):\n%s", diff)
	}
}

// filled gives every field within v a value of its own, so that a field that gets lost is seen.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 3, 2, 12, 0, 0, *n*1_000_000, time.UTC)))
		return
	case reflect.TypeFor[Chat]():
		v.Set(reflect.ValueOf(Chat{Telegram, "chat" + string(rune('a'+*n%26))}))
		return
	case reflect.TypeFor[Identity]():
		v.Set(reflect.ValueOf(Identity{Signal, "someone" + string(rune('a'+*n%26))}))
		return
	case reflect.TypeFor[Ref]():
		v.Set(reflect.ValueOf(Ref{Chat{Matrix, "room"}, string(rune('a' + *n%26))}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + string(rune('a'+*n%26)) + "\n<é🍞\">")
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.25)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filled(v.Index(0), n)
		filled(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
		if t, ok := v.Addr().Interface().(*Target); ok {
			t.Tag = "" // a target's tag is between a rule and the engine
		}
		if edit, ok := v.Addr().Interface().(*Edit); ok {
			edit.Again = false // and so is whether it says the same again
		}
		switch receipt := v.Addr().Interface().(type) { // what it was about is the engine's to say
		case *Sent:
			receipt.Of = ""
		case *Failed:
			receipt.Of = ""
		}
	default:
		panic("no filling for " + v.Type().String())
	}
}

func full[T any](v T) T {
	p := reflect.New(reflect.TypeOf(v))
	n := 0
	filled(p.Elem(), &n)
	return p.Elem().Interface().(T)
}

func TestEventsRoundTrip(t *testing.T) {
	kinds := make(map[string]bool)
	for _, b := range bodies() {
		kind := kindOfBody(b)
		if kind == "" || kinds[kind] {
			t.Errorf("kind of %T is %q", b, kind)
		}
		kinds[kind] = true
		for _, body := range []Body{b, full(b)} {
			e := Event{
				ID: "e/1", At: time.Date(2026, 3, 2, 12, 0, 0, 5, time.UTC), Chat: Chat{Telegram, "1"}, Title: "T", Private: true,
				By: full(Person{}), Body: body,
			}
			raw, err := EncodeEvent(e)
			if err != nil {
				t.Fatalf("encode %T: %v", body, err)
			}
			got, err := DecodeEvent(raw)
			if err != nil {
				t.Fatalf("decode %s: %v", raw, err)
			}
			if diff := cmp.Diff(e, got); diff != "" {
				t.Errorf("%T (-before +after):\n%s", body, diff)
			}
		}
	}
}

func TestDispatchesRoundTrip(t *testing.T) {
	kinds := make(map[string]bool)
	for _, o := range outgoings() {
		kind := kindOfEffect(o)
		if kind == "" || kinds[kind] {
			t.Errorf("kind of %T is %q", o, kind)
		}
		kinds[kind] = true
		for _, effect := range []Outgoing{o, full(o)} {
			d := Dispatch{ID: "e/1#1", At: time.Date(2026, 3, 2, 12, 0, 0, 5, time.UTC), Effect: effect}
			raw, err := EncodeDispatch(d)
			if err != nil {
				t.Fatalf("encode %T: %v", effect, err)
			}
			got, err := DecodeDispatch(raw)
			if err != nil {
				t.Fatalf("decode %s: %v", raw, err)
			}
			if diff := cmp.Diff(d, got); diff != "" {
				t.Errorf("%T (-before +after):\n%s", effect, diff)
			}
		}
		if full(o).Where().IsZero() {
			t.Errorf("%T is for no chat", o)
		}
	}
}

func TestWhatTheEngineAddsDoesNotTravel(t *testing.T) {
	e := Event{
		ID: "e", At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Chat: Chat{Telegram, "1"}, Title: "T", By: full(Person{}), Body: Arrived{},
		Now: time.Now(), Community: "c", Room: "r", Member: "m", Level: Organiser, Message: &Message{}, ReplyTo: &Message{}, Seed: [16]byte{1},
	}
	raw, err := EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeEvent(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := Event{ID: e.ID, At: e.At, Chat: e.Chat, Title: e.Title, Private: e.Private, By: e.By, Body: Arrived{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestUnknownKinds(t *testing.T) {
	for _, raw := range []string{`{"kind":"beamed","id":"e","body":{}}`, `{}`, `{"kind":"Posted"}`} {
		if _, err := DecodeEvent([]byte(raw)); !errors.Is(err, ErrKind) {
			t.Errorf("DecodeEvent(%s): %v, want ErrKind", raw, err)
		}
		if _, err := DecodeDispatch([]byte(raw)); !errors.Is(err, ErrKind) {
			t.Errorf("DecodeDispatch(%s): %v, want ErrKind", raw, err)
		}
	}
}

func TestBrokenEvents(t *testing.T) {
	for _, raw := range []string{
		"", "null x", "[]", "{", `{"kind":"posted"}`, `{"kind":"posted","body":[]}`, `{"kind":"posted","body":{"ref":"nonsense"}}`,
		`{"kind":"posted","chat":"telegram:","body":{}}`, `{"kind":"arrived","at":"yesterday","body":{}}`, `{"kind":"due","body":{"rule":7}}`,
	} {
		if e, err := DecodeEvent([]byte(raw)); err == nil {
			t.Errorf("DecodeEvent(%s) = %+v", raw, e)
		}
	}
}

// A newer version may add fields; an older one reads the rest.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	e, err := DecodeEvent([]byte(`{"kind":"due","id":"e","at":"2026-03-02T12:00:00Z","body":{"rule":"r","key":"k","new":[1]},"newer":{}}`))
	if err != nil || e.Body != (Due{Rule: "r", Key: "k"}) {
		t.Errorf("got %+v, %v", e, err)
	}
}

// Signal and Matrix let the sender say when he wrote, and one hostile number must not stop a platform.
func TestTimesThatCannotBeWritten(t *testing.T) {
	for _, at := range []time.Time{time.UnixMilli(1<<63 - 1), time.UnixMilli(-1 << 62), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), {}} {
		raw, err := EncodeEvent(Event{ID: "e", At: at, Body: Arrived{}})
		if err != nil {
			t.Fatalf("encode an event of %d: %v", at.UnixMilli(), err)
		}
		got, err := DecodeEvent(raw)
		if err != nil || got.At.Year() < 1 || got.At.Year() > 9999 {
			t.Errorf("decode %s: %v, %v", raw, got.At, err)
		}
		if _, err := EncodeDispatch(Dispatch{ID: "e#1", At: at, Effect: Delete{}}); err != nil {
			t.Errorf("encode a dispatch of %d: %v", at.UnixMilli(), err)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, b := range bodies() {
		raw, err := EncodeEvent(Event{ID: "e", Body: full(b), By: full(Person{})})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := DecodeEvent(raw)
		if err != nil {
			return
		}
		again, err := EncodeEvent(e)
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %+v: %v", e, err)
		}
		if _, err := DecodeEvent(again); err != nil {
			t.Fatalf("what was encoded cannot be decoded: %s: %v", again, err)
		}
	})
}

func FuzzDecodeDispatch(f *testing.F) {
	for _, o := range outgoings() {
		raw, err := EncodeDispatch(Dispatch{ID: "e#1", Effect: full(o)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := DecodeDispatch(raw)
		if err != nil {
			return
		}
		if _, err := EncodeDispatch(d); err != nil {
			t.Fatalf("what was decoded cannot be encoded: %+v: %v", d, err)
		}
	})
}
