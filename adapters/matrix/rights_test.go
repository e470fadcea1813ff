package matrix

import (
	"encoding/json"
	"testing"
)

// FuzzPowersOf checks that whatever stands in a room's power levels, there is a level below all that it asks for.
func FuzzPowersOf(f *testing.F) {
	for _, s := range []string{
		`{"users":{"@a:b":"10"},"users_default":"5","events_default":-7,"events":{"m.reaction":-20,"x":null}}`,
		`{"events":7,"state_default":[],"kick":true,"ban":"1e99"}`, `{"events":{"a":-1e300,"b":1e300}}`, `[]`, `null`, ``, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := powersOf(raw)
		low := p.floor() - 1
		if low >= int(p.EventsDefault) || low >= p.StateDefault.or50() || low < -creatorPower {
			t.Errorf("%d is not below %+v", low, p)
		}
		for kind, n := range p.Events {
			if low >= int(n) || low >= p.forState(kind) {
				t.Errorf("%d is not below what %q asks for, %d", low, kind, n)
			}
		}
	})
}

// FuzzPins checks that a pin that comes or goes leaves all others as they are written.
func FuzzPins(f *testing.F) {
	f.Add([]byte(`{"pinned":["$a",7,{"b":[" "]},"$a"],"more":1}`), "$b")
	f.Add([]byte(`{"pinned":7}`), "$\"\\\u2028")
	f.Fuzz(func(t *testing.T, raw []byte, id string) {
		c := objectOf(raw)
		if c == nil {
			c = object{}
		}
		before := pinsOf(c)
		c.putPins(append(before, quoted(id)))
		after := pinsOf(objectOf(c.whole()))
		if len(after) != len(before)+1 {
			t.Fatalf("%d pins became %d: %s", len(before), len(after), c.whole())
		}
		for i, p := range before {
			var a, b any
			if json.Unmarshal(p, &a) != nil || json.Unmarshal(after[i], &b) != nil {
				t.Fatalf("pin %s became %s", p, after[i])
			}
		}
		if last := after[len(before)]; len(id) < 256 && !isOneOf([]string{stringOf(t, last)})(last) {
			t.Errorf("the new pin is %s", last)
		}
	})
}

func stringOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}
