package health

import (
	"encoding/json"
	"testing"
)

// BenchmarkPosted counts a message where five hundred people have written.
func BenchmarkPosted(b *testing.B) {
	p := &player{t: new(testing.T), c: table(500), now: noon()}
	for i := range 500 {
		p.says(i, "hello", "")
	}
	for i := 0; b.Loop(); i++ {
		p.says(i%500, "hello", "")
	}
}

func FuzzPeople(f *testing.F) {
	f.Add(`"m1 1772452800 0 b,m2 1 2"`)
	f.Fuzz(func(t *testing.T, raw string) {
		var p people
		if json.Unmarshal([]byte(raw), &p) != nil {
			return
		}
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again people
		if err := json.Unmarshal(line, &again); err != nil {
			t.Errorf("%q is written as %s: %v", raw, line, err)
		}
	})
}
