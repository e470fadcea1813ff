package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const gardenTalk = `{"id":"garden","kind":"chat","lang":"en","unknown":{"x":[1]},"budget":{"bullets":10,"words":0,"words_per_bullet":25},
"messages":[
 {"id":"a1","author":"Ann","time":"2026-06-01T09:00:00Z","text":"who has the key to the garden shed, I need the ladder?","reactions":2},
 {"id":7,"author":"Bo","time":1780304460,"text":"under the blue flower pot next to the door","reply_to":"a1","reactions":{"👍":["Ann","Cem"],"❤":["Ann"]}},
 {"id":"a3","author":"","time":null,"text":"Dee joined","system":true},
 {"id":"a4","author":"Ann","time":"10:07","text":"found it, thank you","reply_to":7,"reactions":["Bo"]}
]}`

func TestRecapPrintsBulletsWithTheIDsAsTheyCame(t *testing.T) {
	var out bytes.Buffer
	if err := recap(strings.NewReader(gardenTalk), &out, true, false); err != nil {
		t.Fatal(err)
	}
	want := `{"bullets":[{"text":"Ann: who has the key to the garden shed, I need the ladder? → Bo: under the blue flower pot next to the door",` +
		`"message_ids":["a1",7],"section":"talk"}]}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	out.Reset()
	if err := recap(strings.NewReader(gardenTalk), &out, false, false); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "talk      1. Ann: who has the key") {
		t.Errorf("for people it is %q", out.String())
	}
	out.Reset()
	if err := recap(strings.NewReader(gardenTalk), &out, true, true); err != nil {
		t.Fatal(err)
	}
	links := `{"links":[{"id":"a1","answers":"a1"},{"id":7,"answers":"a1"},{"id":"a4","answers":7}]}` + "\n"
	if diff := cmp.Diff(links, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecapOfNothingHasNoBullets(t *testing.T) {
	for _, in := range []string{`{}`, `{"messages":null}`, `{"messages":[]}`, `{"messages":[{}]}`, `{"messages":[null]}`, `{"budget":null,"lang":null}`} {
		var out bytes.Buffer
		if err := recap(strings.NewReader(in), &out, true, false); err != nil || out.String() != `{"bullets":[]}`+"\n" {
			t.Errorf("%s: %q, %v", in, out.String(), err)
		}
	}
}

func TestRecapNamesThePlaceOfAnError(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"messages":[{"text":"a"},{"text":["b"]}]}`, `messages[1].text: want a text, found ["b"]`},
		{`{"messages":[{"id":{}}]}`, `messages[0].id: want a text, found {}`},
		{`{"messages":[5]}`, `messages[0]: want a message, an object`},
		{`{"messages":{}}`, `messages: want a list of messages`},
		{`{"kind":"letter"}`, `kind: want "chat" or "call", found "letter"`},
		{`{"budget":{"words":"many"}}`, `budget: want {"bullets", "words", "words_per_bullet"}, each a number`},
		{`{"budget":{"words":-3}}`, `budget.words: want a number from 0 on, found -3`},
		{"{\n\"messages\": [,]}", `line 2, column 14`},
		{`[]`, `want an object {"kind", "lang", "budget", "messages"}`},
		{``, `line 1, column 0`},
	} {
		err := recap(strings.NewReader(tt.in), &bytes.Buffer{}, true, false)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", tt.in, err, tt.want)
		}
	}
}

// endless is an input that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestRecapReadsNotWithoutEnd(t *testing.T) {
	if err := recap(endless{}, &bytes.Buffer{}, true, false); err == nil || !strings.Contains(err.Error(), "MB") {
		t.Errorf("an endless input: %v", err)
	}
}

func TestTimesAndReactionsAreReadInManyWays(t *testing.T) {
	want := time.Date(2026, 6, 1, 9, 1, 0, 0, time.UTC)
	for _, in := range []string{
		`"2026-06-01T09:01:00Z"`, `"2026-06-01T11:01:00+02:00"`, `"2026-06-01 09:01:00"`, `"2026-06-01 09:01"`, `1780304460`, `"1780304460"`,
		`1780304460.4`, `1780304460400`,
	} {
		if got := timeOf(json.RawMessage(in)); !got.Equal(want) {
			t.Errorf("%s is %v", in, got)
		}
	}
	for _, in := range []string{`"soon"`, `null`, ``, `""`, `{}`, `-5`, `1e300`, `"NaN"`} {
		if got := timeOf(json.RawMessage(in)); !got.IsZero() {
			t.Errorf("%s is %v", in, got)
		}
	}
	if a, b := timeOf(json.RawMessage(`"10:07"`)), timeOf(json.RawMessage(`"10:09:00"`)); b.Sub(a) != 2*time.Minute {
		t.Errorf("from %v to %v", a, b)
	}
	for in, want := range map[string]int{`3`: 3, `["a","b"]`: 2, `{"x":2,"y":1}`: 3, `{"x":["a","b"],"y":["b"]}`: 2, `null`: 0, `-4`: 0, `"many"`: 0, `true`: 0} {
		if got := reactionsOf(json.RawMessage(in)); got != want {
			t.Errorf("reactions %s are %d, want %d", in, got, want)
		}
	}
}

func FuzzInput(f *testing.F) {
	f.Add([]byte(gardenTalk))
	f.Add([]byte(`{"kind":"call","messages":[{"text":"um, so we decided"},{"text":"why?","author":3}]}`))
	f.Add([]byte(`{"budget":{"words":1e9},"messages":[{"id":null,"time":{},"reactions":[[]]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if err := recap(bytes.NewReader(in), &out, true, false); err != nil {
			return
		}
		var got struct {
			Bullets []struct {
				Text       string
				MessageIDs []json.RawMessage `json:"message_ids"`
			}
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", out.String(), err)
		}
		for _, b := range got.Bullets {
			if b.Text == "" || len(b.MessageIDs) == 0 {
				t.Errorf("a bullet without text or citation: %+v", b)
			}
			for _, id := range b.MessageIDs {
				if !bytes.Contains(in, id) && len(id) > 2 && id[0] == '"' {
					t.Errorf("%s is cited and is not in the input", id)
				}
			}
		}
	})
}

// A room of ten thousand messages is read, recapped and written well within the time that a person waits.
func BenchmarkRecapInput10k(b *testing.B) {
	var in strings.Builder
	in.WriteString(`{"messages":[`)
	for i := range 10_000 {
		if i > 0 {
			in.WriteByte(',')
		}
		fmt.Fprintf(&in, `{"id":"m%d","author":"p%d","time":%d,"text":"the word%d of the word%d is not in the word%d any more, is it?"}`,
			i, i%37, 1780304460+30*i, i%997, i%331, i%1213)
	}
	in.WriteString(`]}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := recap(strings.NewReader(in.String()), &bytes.Buffer{}, true, false); err != nil {
			b.Fatal(err)
		}
	}
}
