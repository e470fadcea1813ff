package chat

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table returns features that show every kind natively, except the given ones.
func table(except map[Kind]Support) Features {
	f := Features{Platform: Signal, Shows: map[Kind]Support{}, MediaLimit: 1000}
	for _, k := range Kinds() {
		f.Shows[k] = Support{How: Native}
	}
	for k, s := range except {
		f.Shows[k] = s
	}
	return f
}

func picture(kind PartKind, mime string, size int64) Part {
	return Part{Kind: kind, Media: Media{Platform: Telegram, Key: "k", MIME: mime, Size: size}}
}

func TestDegrade(t *testing.T) {
	here := Chat{Platform: Signal, ID: "g"}
	known := Target{Refs: []Ref{{Chat: here, ID: "7"}}}
	bold := Text{Plain: "so good", Spans: []Span{{Start: 3, End: 7, Style: Bold}}}
	offer := []Choice{{Label: "Claim\nit", Ask: "claim 7"}, {Label: "Close", Ask: "close 7"}}
	tests := map[string]struct {
		in     Outgoing
		except map[Kind]Support
		want   Outgoing
		notes  []string
	}{
		"all native stays as it is": {
			in: Send{
				To: here, Text: bold, Parts: []Part{picture(Photo, "image/png", 1000)},
				Answer: &Answer{Target: known, Name: "Bo", Quote: "hm"}, Forward: "News",
			},
			want: Send{
				To: here, Text: bold, Parts: []Part{picture(Photo, "image/png", 1000)},
				Answer: &Answer{Target: known, Name: "Bo", Quote: "hm"}, Forward: "News",
			},
		},
		"refused part is a line below the text": {
			in:     Send{To: here, Text: bold, Parts: []Part{{Kind: Poll, Line: "Tea?\n- yes\n- no"}}},
			except: map[Kind]Support{"poll": {Refused, "poll shown as text"}},
			want:   Send{To: here, Text: Text{Plain: "so good\n[poll · Tea? - yes - no]", Spans: bold.Spans}},
			notes:  []string{"poll shown as text"},
		},
		"degraded part without bytes is a line": {
			in:     Send{To: here, Parts: []Part{{Kind: Location, Line: "Elm Street 1"}}},
			except: map[Kind]Support{"location": {Degraded, "place as text"}},
			want:   Send{To: here, Text: Plain("[location · Elm Street 1]")},
			notes:  []string{"place as text"},
		},
		"degraded media is the nearest native kind": {
			in: Send{To: here, Parts: []Part{picture(VideoNote, "video/mp4", 5), picture(Sticker, "image/webp", 5)}},
			except: map[Kind]Support{
				"video note": {Degraded, "round video as video"}, "sticker": {Degraded, "sticker as picture"},
			},
			want:  Send{To: here, Parts: []Part{picture(Video, "video/mp4", 5), picture(Photo, "image/webp", 5)}},
			notes: []string{"round video as video", "sticker as picture"},
		},
		"sticker in a format of its own is a line": {
			in: Send{To: here, Parts: []Part{{
				Kind: Sticker, Line: "🙂", Media: Media{Platform: Telegram, Key: "k", MIME: "application/x-tgsticker", Size: 9},
			}}},
			except: map[Kind]Support{"animated sticker": {Degraded, "sticker as picture"}},
			want:   Send{To: here, Text: Plain("[sticker · 🙂 (9 B)]")},
			notes:  []string{"sticker as picture"},
		},
		"too large media is a line with its size": {
			in:    Send{To: here, Text: Plain("see"), Parts: []Part{picture(Video, "video/mp4", 52_000_000)}},
			want:  Send{To: here, Text: Plain("see\n[video (52.0 MB)]")},
			notes: []string{"video told in a line, it is over 1 kB"},
		},
		"media without a key is a line": {
			in:    Send{To: here, Parts: []Part{{Kind: Voice, Media: Media{Platform: Telegram, Seconds: 61}}}},
			want:  Send{To: here, Text: Plain("[voice (1:01)]")},
			notes: []string{"voice told in a line, it could not be fetched"},
		},
		"kind missing in the table is refused": {
			in:     Send{To: here, Parts: []Part{{Kind: "hologram", Line: "a cat"}}},
			want:   Send{To: here, Text: Plain("[hologram · a cat]")},
			notes:  []string{"hologram not shown as such"},
			except: nil,
		},
		"refused style is dropped, degraded stays": {
			in: Send{To: here, Text: Text{Plain: "ab", Spans: []Span{
				{Start: 0, End: 1, Style: Underline}, {Start: 1, End: 2, Style: Code},
			}}},
			except: map[Kind]Support{"underline": {Refused, "no underline"}, "code": {Degraded, "code in plain"}},
			want:   Send{To: here, Text: Text{Plain: "ab", Spans: []Span{{Start: 1, End: 2, Style: Code}}}},
			notes:  []string{"no underline", "code in plain"},
		},
		"refused link shows its address": {
			in: Send{To: here, Text: Text{Plain: "see 𝔸 and https://b.c", Spans: []Span{
				{Start: 0, End: 21, Style: Bold},
				{Start: 4, End: 6, Style: Hyperlink, Value: "https://a.b"},
				{Start: 11, End: 22, Style: Hyperlink, Value: "https://b.c"},
			}}},
			except: map[Kind]Support{"link": {Refused, "links as text"}},
			want: Send{To: here, Text: Text{Plain: "see 𝔸 (https://a.b) and https://b.c", Spans: []Span{
				{Start: 0, End: 6, Style: Bold}, {Start: 20, End: 35, Style: Bold},
			}}},
			notes: []string{"links as text"},
		},
		"forward is a line": {
			in:     Send{To: here, Text: bold, Forward: "The\nNews"},
			except: map[Kind]Support{"forward": {Degraded, "forward as text"}},
			want:   Send{To: here, Text: Text{Plain: "Forwarded from The News:\nso good", Spans: []Span{{Start: 28, End: 32, Style: Bold}}}},
			notes:  []string{"forward as text"},
		},
		"answer without a target is a quote": {
			in: Send{To: here, Text: bold, Answer: &Answer{Name: "Bo", Quote: "hm\nso"}},
			want: Send{To: here, Text: Text{Plain: "Bo: hm so\nso good", Spans: []Span{
				{Start: 0, End: 9, Style: Quote}, {Start: 13, End: 17, Style: Bold},
			}}},
			notes: []string{"answered message quoted in a line"},
		},
		"answer without a target and without quotes": {
			in:     Send{To: here, Text: Plain("yes"), Answer: &Answer{Name: "Bo", Quote: "hm"}},
			except: map[Kind]Support{"quote": {Refused, "no quotes"}},
			want:   Send{To: here, Text: Plain("> Bo: hm\nyes")},
			notes:  []string{"answered message quoted in a line"},
		},
		"answer whose send is on its way stays": {
			in:   Send{To: here, Text: bold, Answer: &Answer{Target: Target{Effect: "e#1"}}},
			want: Send{To: here, Text: bold, Answer: &Answer{Target: Target{Effect: "e#1"}}},
		},
		"answer where replies are refused": {
			in:     Whisper{To: here, Text: bold, Answer: &Answer{Target: known, Quote: "hm"}},
			except: map[Kind]Support{"reply": {Refused, "no replies"}, "quote": {Refused, ""}},
			want:   Whisper{To: here, Text: Text{Plain: "> hm\nso good", Spans: []Span{{Start: 8, End: 12, Style: Bold}}}},
			notes:  []string{"no replies", "answered message quoted in a line"},
		},
		"answer to nobody knows what": {
			in:    Send{To: here, Text: bold, Answer: &Answer{}},
			want:  Send{To: here, Text: bold},
			notes: []string{"answered message quoted in a line"},
		},
		"edit keeps its text": {
			in:     Edit{To: here, Target: known, Text: bold, Parts: []Part{picture(Photo, "", 5), picture(Video, "", 1001)}},
			except: map[Kind]Support{"edit of media": {Refused, "only the text is edited"}},
			want: Edit{
				To: here, Target: known, Text: Text{Plain: "so good\n[video (1 kB)]", Spans: bold.Spans},
				Parts: []Part{picture(Photo, "", 5)},
			},
			notes: []string{"video told in a line, it is over 1 kB", "only the text is edited"},
		},
		"caption and album are noted": {
			in:     Send{To: here, Text: bold, Parts: []Part{picture(Photo, "", 5), picture(Photo, "", 5)}},
			except: map[Kind]Support{"caption": {Degraded, "caption apart"}, "album": {Degraded, "one by one"}},
			want:   Send{To: here, Text: bold, Parts: []Part{picture(Photo, "", 5), picture(Photo, "", 5)}},
			notes:  []string{"caption apart", "one by one"},
		},
		"nothing at all is a word": {
			in: Send{To: here, Text: Plain(" \n")}, want: Send{To: here, Text: Plain("[message]")},
			notes: []string{"empty message told in a line"},
		},
		"delete and reaction take their notes": {
			in: React{To: here, Target: known, Emoji: "👍", On: true}, want: React{To: here, Target: known, Emoji: "👍", On: true},
			except: map[Kind]Support{"reaction": {Degraded, "one reaction for all"}},
			notes:  []string{"one reaction for all"},
		},
		"means against people take their notes": {
			in:     Restrict{To: here, Who: Identity{Signal, "u"}},
			want:   Restrict{To: here, Who: Identity{Signal, "u"}},
			except: map[Kind]Support{"restrict": {Refused, "nobody can be kept from writing"}, "ban": {Refused, "no"}},
			notes:  []string{"nobody can be kept from writing"},
		},
		"choices stay where there are buttons": {
			in:   Send{To: here, Text: bold, Choices: offer},
			want: Send{To: here, Text: bold, Choices: offer},
		},
		"degraded choices are lines and stay": {
			in:     Send{To: here, Text: bold, Choices: offer, Parts: []Part{{Kind: Poll, Line: "Tea?"}}},
			except: map[Kind]Support{"choices": {Degraded, "choices as numbered lines"}, "poll": {Degraded, "poll as text"}},
			want: Send{
				To: here, Text: Text{Plain: "so good\n[poll · Tea?]\n\n1  Claim it\n2  Close", Spans: bold.Spans}, Choices: offer,
			},
			notes: []string{"poll as text", "choices as numbered lines"},
		},
		"refused choices are lines alone": {
			in:     Whisper{To: here, Text: Plain("a report\n"), Choices: offer},
			except: map[Kind]Support{"choices": {Refused, "choices as numbered lines"}, "private": {Refused, "said to all"}},
			want:   Whisper{To: here, Text: Plain("a report\n\n1  Claim it\n2  Close")},
			notes:  []string{"choices as numbered lines", "said to all"},
		},
		"choices without a text are only lines": {
			in:     Edit{To: here, Target: known, Choices: offer},
			except: map[Kind]Support{"choices": {Degraded, "lines"}},
			want:   Edit{To: here, Target: known, Text: Plain("1  Claim it\n2  Close"), Choices: offer},
			notes:  []string{"lines"},
		},
		"choices that are lines already": {
			in:     Edit{To: here, Target: known, Text: Plain("so good\n\n1  Claim it\n2  Close"), Choices: offer},
			except: map[Kind]Support{"choices": {Degraded, "lines"}},
			want:   Edit{To: here, Target: known, Text: Plain("so good\n\n1  Claim it\n2  Close"), Choices: offer},
			notes:  []string{"lines"},
		},
		"a choice without a label is told by what it asks": {
			in:     Send{To: here, Text: bold, Choices: []Choice{{Ask: "close 7"}}},
			except: map[Kind]Support{"choices": {Refused, "lines"}},
			want:   Send{To: here, Text: Text{Plain: "so good\n\n1  close 7", Spans: bold.Spans}},
			notes:  []string{"lines"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, notes := Degrade(test.in, table(test.except))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("effect (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDegradeOfNothingKnown shows that even a platform that shows nothing is told everything in words.
func TestDegradeOfNothingKnown(t *testing.T) {
	in := Send{
		Text: Styled(Hyperlink, "here", "https://a.b"), Forward: "News", Answer: &Answer{Name: "Bo", Quote: "hm"},
		Parts: []Part{{Kind: Photo, Media: Media{Key: "k", Name: "a.png"}}, {Kind: Poll, Line: "Tea?"}},
	}
	got, notes := Degrade(in, Features{})
	want := Send{Text: Plain("> Bo: hm\nForwarded from News:\nhere (https://a.b)\n[photo · a.png]\n[poll · Tea?]")}
	if diff := cmp.Diff(Outgoing(want), got); diff != "" {
		t.Errorf("effect (-want +got):\n%s", diff)
	}
	if len(notes) != 5 {
		t.Errorf("notes = %q, want one for each of five losses", notes)
	}
}

func TestMoreChoicesThanKeycapsAreCut(t *testing.T) {
	var many []Choice
	for i := range MaxChoices + 2 {
		many = append(many, Choice{Label: string(rune('a' + i)), Ask: "x"})
	}
	for how, lines := range map[How]string{Native: "pick", Degraded: "pick\n\n1  a\n2  b\n3  c\n4  d\n5  e\n6  f\n7  g\n8  h\n9  i"} {
		got, notes := Degrade(Send{Text: Plain("pick"), Choices: many}, table(map[Kind]Support{"choices": {how, ""}}))
		if diff := cmp.Diff(Outgoing(Send{Text: Plain(lines), Choices: many[:MaxChoices]}), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", how, diff)
		}
		if len(notes) == 0 || len(many) != MaxChoices+2 {
			t.Errorf("%s: notes are %q, the given choices are now %d", how, notes, len(many))
		}
	}
}

func FuzzDegrade(f *testing.F) {
	f.Add("so good", 3, 7, "bold", "poll", "Tea?", int64(7), "News", "hm", uint8(0))
	f.Add("𝔸 see", 0, 2, "link", "photo", "", int64(5000), "", "", uint8(1))
	f.Add(" ", 0, 1, "quote", "voice", "\n", int64(0), "\n", "> x", uint8(2))
	f.Fuzz(func(t *testing.T, plain string, start, end int, style, kind, line string, size int64, forward, quote string, how uint8) {
		features := Features{Shows: map[Kind]Support{}, MediaLimit: 1000}
		for i, k := range Kinds() {
			features.Shows[k] = Support{How: []How{Native, Degraded, Refused}[(int(how)+i)%3]}
		}
		in := Send{
			Text:    Text{Plain: plain, Spans: []Span{{Start: start, End: end, Style: Style(style), Value: "https://a.b"}}}.Normal(),
			Parts:   []Part{{Kind: PartKind(kind), Line: line, Media: Media{Key: "k", Size: size}}},
			Answer:  &Answer{Quote: quote},
			Forward: forward,
			Choices: []Choice{{Label: line, Ask: "a"}, {Label: forward, Ask: quote}},
		}
		out, _ := Degrade(in, features)
		got := out.(Send)
		if got.Text.IsEmpty() && len(got.Parts) == 0 {
			t.Fatal("the message became empty")
		}
		if n := got.Text.Normal(); !reflect.DeepEqual(n, got.Text) && (len(n.Spans) > 0 || len(got.Text.Spans) > 0) {
			t.Fatalf("text is not canonical: %+v", got.Text)
		}
		if !in.Text.IsEmpty() && !strings.Contains(got.Text.Plain, strings.TrimSpace(in.Text.Slice(0, min(1, in.Text.Len())).Plain)) {
			t.Fatal("the text is lost")
		}
		again, _ := Degrade(got, features)
		if diff := cmp.Diff(Outgoing(got), again); diff != "" {
			t.Fatalf("degrading again changed (-first +again):\n%s", diff)
		}
		for _, e := range []Outgoing{
			Edit{Text: in.Text, Parts: in.Parts, Choices: in.Choices},
			Whisper{Text: in.Text, Answer: in.Answer, Choices: in.Choices},
		} {
			once, _ := Degrade(e, features)
			twice, _ := Degrade(once, features)
			if diff := cmp.Diff(once, twice); diff != "" {
				t.Fatalf("degrading %T again changed (-first +again):\n%s", e, diff)
			}
		}
	})
}
