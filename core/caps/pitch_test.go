package caps

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestPitches(t *testing.T) {
	for text, want := range map[string]pitch{
		"my cakes #promo":                                      tagged,
		"#PROMO: cakes":                                        tagged,
		"the #promotion of my cat":                             noPitch,
		"a#promo":                                              noPitch,
		"Order now! Only a few spots left.":                    wordy,
		"20% off, use code CAKE":                               wordy,
		"20 % off - use my code: CAKE":                         wordy,
		"Don’t miss out – early bird price":                    wordy,
		"Jetzt bestellen: 10% Rabatt":                          wordy,
		"buy now":                                              noPitch, // once is not enough
		"buy now, buy now, buy now":                            noPitch,
		"Where do you buy flour?":                              noPitch,
		"is there a discount for members?":                     noPitch,
		"I have my course tonight":                             noPitch,
		"we should book a room now":                            noPitch,
		"https://shop.example/x?ref=ana":                       referral,
		"see www.shop.example/x?aff_id=7 ok":                   referral,
		"https://www.amazon.de/dp/1?tag=ana-21":                referral,
		"https://amzn.to/3xyz":                                 referral,
		"https://www.amazon.de/dp/1/ref=sr_1_1?ref=nb_sb_noss": noPitch,
		"https://github.com/a/b/blob/x?ref=main":               noPitch,
		"https://news.example/a?utm_source=x&utm_medium=y":     noPitch,
		"https://shop.example/x?ref=":                          noPitch,
		"":                                                     noPitch,
	} {
		if got := pitchIn(chat.Plain(text)); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	under := chat.Text{Plain: "look here", Spans: []chat.Span{{Start: 5, End: 9, Style: chat.Hyperlink, Value: "https://x.example?ref=ana"}}}
	if got := pitchIn(under); got != referral {
		t.Errorf("a link under words is %d", got)
	}
}

// No phrase hides in another: one sentence would count twice.
func TestPhrasesStandAlone(t *testing.T) {
	all := phrases()
	for i, a := range all {
		if a != strings.ToLower(a) || strings.Join(strings.Fields(a), " ") != a || strings.ContainsAny(a, "'’.,!-") {
			t.Errorf("%q can never be found", a)
		}
		for j, b := range all {
			if i != j && strings.Contains(" "+b+" ", " "+a+" ") {
				t.Errorf("%q is in %q", a, b)
			}
		}
		if phrasesIn(a) != 1 {
			t.Errorf("%q counts %d times", a, phrasesIn(a))
		}
	}
}

func TestOwners(t *testing.T) {
	for url, want := range map[string]string{
		"https://www.ana-bakes.example/a/b?c#d":             "ana-bakes.example",
		"http://user:pass@Ana.Example:8080/x":               "ana.example",
		"https://en.wikipedia.org/wiki/Bread":               "",
		"https://youtu.be/abc":                              "",
		"https://www.youtube.com/watch?v=1":                 "",
		"https://m.youtube.com/@ana":                        "youtube.com/@ana",
		"https://youtube.com/channel/UC1":                   "youtube.com/channel/uc1",
		"https://medium.com/@ana/my-story-1":                "medium.com/@ana",
		"https://www.etsy.com/shop/AnaBakes?x=1":            "etsy.com/shop/anabakes",
		"https://github.com/ana/bread/issues":               "github.com/ana",
		"https://ana.substack.com/p/x":                      "ana.substack.com",
		"https://docs.google.com/document/d/1":              "",
		"https://evilgoogle.com/":                           "evilgoogle.com",
		"ftp://x.example":                                   "",
		"https://localhost/x":                               "",
		"https://":                                          "",
		"https://a..b/":                                     "",
		"https://x.example" + strings.Repeat("/a", maxLink): "",
	} {
		if got := linkOf(url).owner(); got != want {
			t.Errorf("%.60q is %q's, want %q", url, got, want)
		}
	}
}

func TestSitesSetting(t *testing.T) {
	for value, want := range map[string]string{
		"example.org": "example.org", "https://www.Example.org/x, b.example": "example.org b.example", "none": "none", "NONE": "none",
	} {
		if got, ok := validSites(value); !ok || got != want {
			t.Errorf("%q is kept as %q, %v", value, got, ok)
		}
	}
	for _, value := range []string{"", " , ", "nowhere", "a.b nowhere", strings.Repeat("a.example ", 60)} {
		if got, ok := validSites(value); ok {
			t.Errorf("%q is kept as %q", value, got)
		}
	}
}

func TestTheSameSiteThreeTimes(t *testing.T) {
	p := play(t)
	p.c.Settings[exempt], p.c.Settings[posts] = "nobody", "100"
	p.c.Settings[sites] = "ours.example"
	got := []bool{}
	for _, text := range []string{"https://x.example/1", "https://x.example/2 https://x.example/3", "https://ours.example", "https://x.example/4"} {
		passes, _ := p.posts(text)
		got = append(got, passes)
		p.now = p.now.AddDate(0, 0, 20)
	}
	if diff := cmp.Diff([]bool{true, true, true, false}, got); diff != "" {
		t.Errorf("what passes (-want +got):\n%s", diff)
	}
	p.now = p.now.AddDate(0, 0, 61)
	if passes, _ := p.posts("https://x.example/5"); !passes {
		t.Error("after 60 days it is still counted")
	}
}

// A moderator's room is nobody's shop window, but nobody is moved out of it either.
func TestNoPromosAreSoughtWhereTheyAreDiscussed(t *testing.T) {
	p := play(t)
	p.c.Rooms[0].Settings["moderators"] = "on"
	if passes, out := p.posts("buy now, last chance #promo"); !passes || len(out) != 0 {
		t.Errorf("moved: %+v", out)
	}
}

func FuzzPitch(f *testing.F) {
	f.Add("see https://a.example/?ref=x, www.b.example", "https://c.example")
	f.Add("WWW.İ.example %", "://")
	f.Fuzz(func(t *testing.T, plain, under string) {
		if len(plain) > 5000 {
			t.Skip()
		}
		text := chat.Plain(plain)
		if n := text.Len(); n > 0 {
			text.Spans = []chat.Span{{Start: 0, End: n, Style: chat.Hyperlink, Value: under}}
		}
		pitchIn(text)
		links := linksIn(text)
		if len(links) > maxLinks {
			t.Errorf("%d links", len(links))
		}
		for _, l := range links {
			if l.host == "" || strings.ContainsAny(l.host, " /?#") || l.host != strings.ToLower(l.host) {
				t.Errorf("host %q", l.host)
			}
			l.owner()
		}
	})
}

func TestLowAnswers(t *testing.T) {
	for text, want := range map[string]bool{
		"+1": true, "This.": true, "same!!!": true, "Me too :)": true, "👍": true, "🎉🎉": true, "I agree": true, "Yes, this!": true, "ich auch": true,
		"yes": false, "no": false, "I do": false, "six": false, "?": false, "": false, "this is why we should talk": false, "+1 for the second": false,
		"same time tomorrow": false, "...": false, "ok": false,
	} {
		if got := isLow(text); got != want {
			t.Errorf("isLow(%q) = %v", text, got)
		}
	}
}
