package extract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/summaries/extract"
)

// keepsPromises checks what holds for every recap of every conversation.
func keepsPromises(t testing.TB, c extract.Conversation) {
	t.Helper()
	bullets := extract.Recap(c)
	if again := extract.Recap(c); !cmp.Equal(bullets, again) {
		t.Fatalf("two recaps of one conversation differ: %s", cmp.Diff(bullets, again))
	}
	exists := map[string]bool{}
	for i, m := range c.Messages {
		exists[m.ID] = true
		if m.ID == "" {
			exists[fmt.Sprint(i+1)] = true
		}
	}
	words, rank := 0, -1
	for _, b := range bullets {
		if len(b.MessageIDs) == 0 || strings.TrimSpace(b.Text) == "" {
			t.Errorf("a bullet without text or citation: %+v", b)
		}
		for _, id := range b.MessageIDs {
			if !exists[id] {
				t.Errorf("%q is cited and does not exist", id)
			}
		}
		at := slices.Index(extract.Sections(), b.Section)
		if at < rank {
			t.Errorf("section %q comes after %q", b.Section, extract.Sections()[rank])
		}
		rank = at
		n := extract.Count(b.Text)
		words += n
		limit := c.Budget.WordsPerBullet
		if limit == 0 && c.Budget.Words == 0 {
			limit = 25
		}
		if limit > 0 && n > limit {
			t.Errorf("a bullet of %d words, the limit is %d: %q", n, limit, b.Text)
		}
		if strings.Contains(b.Text, "](") || strings.ContainsFunc(b.Text, isHidden) {
			t.Errorf("not clean: %q", b.Text)
		}
	}
	if c.Budget.Words > 0 && words > c.Budget.Words {
		t.Errorf("%d words, the limit is %d", words, c.Budget.Words)
	}
	most := c.Budget.Bullets
	if most == 0 && c.Budget.Words == 0 {
		most = 10
	}
	if most > 0 && len(bullets) > most {
		t.Errorf("%d bullets, the limit is %d", len(bullets), most)
	}
}

func isHidden(r rune) bool {
	return unicode.Is(unicode.Cc, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0x200e || r == 0x200f
}

func TestRecapsKeepTheirPromises(t *testing.T) {
	conversations := []extract.Conversation{hold(t, 400, 1).Conversation, mails(t), {}, {Messages: []extract.Message{{}}}}
	for seed := range uint64(4) {
		conversations = append(conversations, mix(stories(t, "channel.txt"), irc(), seed).Conversation,
			mix(stories(t, "channel.txt"), messenger(), seed).Conversation)
	}
	for _, lang := range []string{"es", "de", "ur", "zh"} {
		conversations = append(conversations, plain(t, lang+".txt", lang).Conversation)
	}
	budgets := []extract.Budget{
		{},
		{Bullets: 3},
		{Words: 20},
		{Words: 66},
		{Words: 110},
		{Words: 290},
		{Bullets: 10, WordsPerBullet: 25},
		{Bullets: 10, Words: 110, WordsPerBullet: 25},
		{WordsPerBullet: 8},
		{Words: 5},
		{Words: 1},
		{WordsPerBullet: 1},
		{Bullets: 1, WordsPerBullet: 3},
	}
	for i, c := range conversations {
		for _, b := range budgets {
			c.Budget = b
			t.Run(fmt.Sprintf("%d %v", i, b), func(t *testing.T) { keepsPromises(t, c) })
		}
	}
}

// A budget of words is there to be used.
func TestWordsAreUsed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		c     extract.Conversation
		words int
		least float64
	}{
		{"a meeting", hold(t, 400, 2).Conversation, 110, 0.93},
		{"a long meeting", hold(t, 600, 2).Conversation, 290, 0.93},
		{"mails", mails(t), 66, 0.9},
		{"a room", mix(stories(t, "channel.txt"), irc(), 2).Conversation, 110, 0.9},
	} {
		tt.c.Budget = extract.Budget{Words: tt.words}
		used := 0
		for _, b := range extract.Recap(tt.c) {
			used += extract.Count(b.Text)
		}
		if float64(used) < tt.least*float64(tt.words) {
			t.Errorf("%s: of %d words %d are used", tt.name, tt.words, used)
		}
	}
}

// chat makes a conversation of lines "author: text".
func chat(lang string, lines ...string) extract.Conversation {
	c := extract.Conversation{Lang: lang}
	for i, l := range lines {
		author, text, _ := strings.Cut(l, ": ")
		c.Messages = append(c.Messages, extract.Message{ID: fmt.Sprint("m", i), Author: author, Text: text})
	}
	return c
}

func TestSections(t *testing.T) {
	for _, tt := range []struct {
		want extract.Section
		c    extract.Conversation
	}{
		{extract.Decided, chat("en", "Ann: should we meet on Friday or on Saturday?", "Bo: Saturday is better for me", "Cem: +1 Saturday",
			"Ann: ok, let's do Saturday at ten", "Bo: great", "Cem: yes, see you")},
		{extract.Decided, chat("es", "Ana: ¿quedamos el viernes o el sábado para pintar?", "Bea: mejor el sábado", "Ciro: sí, el sábado",
			"Ana: entonces quedamos el sábado a las diez", "Bea: vale", "Ciro: perfecto")},
		{extract.Decided, chat("de", "Anke: wollen wir am Freitag oder am Samstag streichen?", "Bert: Samstag passt besser", "Cem: ja, Samstag",
			"Anke: abgemacht, Samstag um zehn", "Bert: super", "Cem: genau")},
		{extract.Decided, chat("fr", "Anne: on peint vendredi ou samedi ?", "Bruno: samedi c'est mieux pour moi", "Chloé: oui samedi",
			"Anne: alors c'est décidé, samedi à dix heures", "Bruno: super", "Chloé: parfait")},
		{extract.Decided, chat("pt", "Ana: pintamos na sexta ou no sábado?", "Beto: sábado é melhor para mim", "Caio: sim, sábado",
			"Ana: fechado então, sábado às dez", "Beto: beleza", "Caio: isso")},
		{extract.Open, chat("en", "Ann: who has the key to the garden shed?")},
		{extract.Open, chat("ur", "عائشہ: محلے میں بچوں کا اچھا ڈاکٹر کون سا ہے؟")},
		{extract.Done, chat("en", "Ann: the water tank in the garden leaks again", "Bo: I put a new seal in", "Ann: it works now, thank you Bo")},
		{extract.Done, chat("de", "Anke: das WLAN im Hof geht seit gestern nicht", "Bert: ich habe den Router getauscht", "Anke: läuft jetzt wieder, danke")},
		{extract.Linked, chat("en", "Dee: a good guide to compost for small gardens: https://example.org/compost")},
		{extract.Coming, chat("en", "Ann: the call about the budget is on Sunday at 18:00, everybody can join")},
		{extract.Talk, chat("en", "Ann: my tomatoes are covered with white flies", "Bo: spray them with soapy water in the evening")},
		{extract.Talk, chat("sw", "Ann: habari za asubuhi rafiki yangu mpendwa", "Bo: nzuri sana asante habari yako wewe")},
	} {
		got := extract.Recap(tt.c)
		if len(got) == 0 || got[0].Section != tt.want {
			t.Errorf("%q: want %s, got %+v", tt.c.Messages[0].Text, tt.want, got)
		}
	}
}

// Nobody agrees with a decision that only one person calls so.
func TestADecisionNeedsOthers(t *testing.T) {
	got := extract.Recap(chat("en", "Ann: should we paint the fence?", "Bo: I decided to paint it green, it is settled", "Ann: hm, who says that?"))
	for _, b := range got {
		if b.Section == extract.Decided {
			t.Errorf("one person decided: %+v", b)
		}
	}
}

// A bullet quotes the opener and what it came to, cites both, and leaves out whom the answer is addressed to.
func TestOpenerAndOutcome(t *testing.T) {
	got := extract.Recap(chat("en", "Ann: how do I get the wax out of the blue table cloth?", "Bo: Ann: put paper on it and iron it, the wax goes into the paper"))
	want := []extract.Bullet{{
		Text:       "Ann: how do I get the wax out of the blue table cloth? → Bo: put paper on it and iron it…",
		MessageIDs: []string{"m0", "m1"}, Section: extract.Talk, Author: "Ann", Messages: 2, People: 2,
	}}
	ignoreLabel := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Label" }, cmp.Ignore())
	if diff := cmp.Diff(want, got, ignoreLabel); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In mails what others wrote, greetings and signatures are not quoted, and the decision is.
func TestMails(t *testing.T) {
	all := ""
	for _, b := range extract.Recap(mails(t)) {
		all += b.Text + "\n"
	}
	for _, never := range []string{"wrote:", ">", "Best regards", "do not call", "Hi all", "Dear all", "Cheers"} {
		if strings.Contains(all, never) {
			t.Errorf("%q is quoted:\n%s", never, all)
		}
	}
	for _, wanted := range []string{"it is decided: we take the hosted list", "mailing list server"} {
		if !strings.Contains(all, wanted) {
			t.Errorf("%q is not quoted:\n%s", wanted, all)
		}
	}
}

// One voice does not fill a recap, and what is said again and again is said once.
func TestNobodyFillsARecap(t *testing.T) {
	goods := strings.Fields("umbrella piano ladder bicycle jacket kettle lamp trumpet carpet mirror basket blanket bucket camera candle clock")
	for _, tt := range []struct {
		name string
		text func(i int) string
		most int
	}{
		{"the same again", func(i int) string {
			return fmt.Sprintf("Great golden umbrellas for everybody, visit the shop, hurry, hurry, number %d", i)
		}, 1},
		{"something else each time", func(i int) string {
			return fmt.Sprintf("Does anyone want my %s %d with the %s for a good price?", goods[i%16], i, goods[(i*7+3)%16])
		}, 3},
	} {
		c := mix(stories(t, "channel.txt"), messenger(), 4).Conversation
		for i := range 40 {
			m := c.Messages[i*3]
			m.ID, m.Author, m.Text, m.ReplyTo, m.Reactions = fmt.Sprint("offer", i), "Max", tt.text(i), "", 9
			c.Messages = slices.Insert(c.Messages, i*3, m)
		}
		n := 0
		for _, b := range extract.Recap(c) {
			if b.Author == "Max" {
				n++
			}
		}
		if n > tt.most {
			t.Errorf("%s: %d bullets are Max's, want at most %d", tt.name, n, tt.most)
		}
	}
}

// Words learned from history say nothing about a topic.
func TestLearn(t *testing.T) {
	var past [][]string
	for i := range 10 {
		past = append(past, []string{"mzee jambo habari ya leo", fmt.Sprintf("jambo topic%d", i)})
	}
	r := chat("", "A: jambo habari mti mkubwa umeanguka barabarani leo", "B: jambo habari", "C: jambo jambo habari ya leo")
	r.Common = extract.Learn(past)
	got := extract.Recap(r)
	if len(got) == 0 || !strings.Contains(got[0].Text, "umeanguka") || strings.Contains(got[0].Label, "jambo") {
		t.Errorf("got %+v", got)
	}
	if few := extract.Learn(past[:3]); !cmp.Equal(few, &extract.Common{}, cmp.Comparer(func(a, b *extract.Common) bool {
		return extract.Knows(a, "jambo") == extract.Knows(b, "jambo")
	})) {
		t.Error("three conversations are enough to learn from")
	}
}

func TestMessagesWithoutIDsGoByTheirNumber(t *testing.T) {
	c := chat("en", "Ann: the well in the garden is dry, who knows a plumber?", "Bo: ask Mister Quill in Mill Street")
	c.Messages[1].ID = ""
	got := extract.Recap(c)
	if len(got) != 1 || !cmp.Equal(got[0].MessageIDs, []string{"m0", "2"}) {
		t.Errorf("got %+v", got)
	}
}

// Where nobody knows the language, words that come in every message do not choose what is quoted.
func TestAnUnknownLanguageIsLearnedFromTheTalk(t *testing.T) {
	c := extract.Conversation{Kind: extract.Call}
	for i := range 80 {
		text := fmt.Sprintf("na kwa ya wa la za na kwa ya %s", []string{"hapo", "kule", "pale"}[i%3])
		if i%20 == 10 {
			text = fmt.Sprintf("mkutano wa shule unaanza jumamosi darasa%d mwalimu", i)
		}
		c.Messages = append(c.Messages, extract.Message{ID: fmt.Sprint(i), Author: fmt.Sprint("A", i%4), Text: text})
	}
	c.Budget.Bullets = 4
	for _, b := range extract.Recap(c) {
		if !strings.Contains(b.Text, "kutano") {
			t.Errorf("chosen for its common words: %+v", b)
		}
	}
}

// A call of a few turns is told from its beginning.
func TestAShortCall(t *testing.T) {
	c := chat("en", "Clerk: Good morning, can I help you?", "Guest: Yes, um, I lost my suitcase on the flight from Oslo.", "Clerk: Could you describe it?",
		"Guest: It is green and has a yellow ribbon.", "Clerk: Please fill in this form, we call you when it is found.", "Guest: Thank you.")
	c.Kind, c.Budget = extract.Call, extract.Budget{Words: 24}
	got := extract.Recap(c)
	all := ""
	for _, b := range got {
		all += b.Text + " "
	}
	if !strings.Contains(all, "I lost my suitcase") {
		t.Errorf("what it is about is missing: %q", all)
	}
}

// Of a room where little was said, each thing that was spoken of has a bullet: what was settled, what nobody has
// answered, links and dates; a greeting opens nothing, and what came long after is no answer.
func TestASmallRoom(t *testing.T) {
	for _, tt := range []struct {
		lang  string
		lines []string
		want  []string
	}{
		{"en", []string{
			"09:00 Ana: morning all", "09:01 Ben: Does anybody know a good place to buy rye flour in bulk?",
			"09:03 Cleo: The mill on Harbour Street sells big bags, they are open until 5", "09:04 Ben: perfect, thanks!",
			"09:10 Dee: I finally got the oven to hold 250 degrees, here is how: https://example.org/oven", "09:11 Ana: wow, congrats Dee!",
			"10:00 Eli: Should we move the Thursday baking evening to Friday? I can't make Thursday", "10:02 Cleo: Friday works for me",
			"10:03 Ana: me too. ok, decided: Friday at 18:30, same place", "11:00 Fay: Can someone lend me a banneton for the weekend?",
			"12:30 Ben: lol my starter has just climbed out of the jar",
		}, []string{"decided m6 m8", "open m9", "links m4", "talk m1 m2"}},
		{"de", []string{
			"09:00 Anke: Guten Morgen zusammen", "09:02 Bert: Weiß jemand, wo man günstig Lehm für den Ofen bekommt?",
			"09:04 Cem: Im Baustoffhof am Hafen, 10 Euro der Sack", "09:05 Bert: super, danke dir",
			"10:00 Cem: Wollen wir das Treffen am Mittwoch auf 20 Uhr verschieben?", "10:02 Dora: passt mir",
			"10:05 Anke: bei mir auch, also abgemacht: Mittwoch 20 Uhr im Hof",
		}, []string{"decided m4 m6", "talk m1 m2"}},
		{"es", []string{
			"09:00 Ana: ¿alguien sabe arreglar una bici?", "09:01 Bea: yo, tráela el martes al taller", "09:02 Ana: genial, gracias",
			"09:30 Ciro: propongo mover la cena al jueves", "09:31 Bea: me va bien",
			"09:33 Dani: a mí también, quedamos el jueves a las nueve entonces", "10:00 Eva: ¿quién se queda con las llaves este mes?",
		}, []string{"decided m3 m5", "open m6", "talk m0 m1"}},
	} {
		var plain []string
		for _, l := range tt.lines {
			plain = append(plain, l[6:])
		}
		c := chat(tt.lang, plain...)
		for i, l := range tt.lines {
			at, err := time.Parse("15:04", l[:5])
			if err != nil {
				t.Fatal(err)
			}
			c.Messages[i].At = at.AddDate(2026, 1, 1)
		}
		var got []string
		for _, b := range extract.Recap(c) {
			got = append(got, fmt.Sprint(b.Section, " ", strings.Join(b.MessageIDs, " ")))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.lang, diff)
		}
	}
}
