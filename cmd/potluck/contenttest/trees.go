package contenttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// rounds is how many random texts take each way.
const rounds = 25

// Texts proves that texts survive the way to another messenger and back, that long ones are cut where nothing breaks, that
// edits touch the right pieces, and that no text is refused or lost.
func Texts(t *testing.T, start Start) {
	b := lay(t, start)
	r := b.open(t, "Kitchen", nil)
	for i, way := range [][2]chat.Platform{
		{chat.Telegram, chat.Matrix}, {chat.Signal, chat.Matrix}, {chat.Telegram, chat.Signal}, {chat.Matrix, chat.Telegram},
	} {
		t.Run(fmt.Sprintf("%s to %s and back", way[0], way[1]), func(t *testing.T) {
			r.thereAndBack(t, way[0], way[1], rand.New(rand.NewPCG(uint64(i), 19)))
		})
	}
	t.Run("long texts", r.longTexts)
	t.Run("hostile texts", r.hostileTexts)
}

// inline are the styles within a line that both messengers show as they are.
func (r *room) inline(p, q chat.Platform) []chat.Style {
	all := []chat.Style{chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Hyperlink}
	return slices.DeleteFunc(all, func(s chat.Style) bool { return !r.both(s, p, q) })
}

func (r *room) both(s chat.Style, p, q chat.Platform) bool {
	return r.Features[p].Shows[chat.Kind(s)].How == chat.Native && r.Features[q].Shows[chat.Kind(s)].How == chat.Native
}

// thereAndBack says random texts in one messenger, says again in the other what it shows there, and compares what comes
// back.
func (r *room) thereAndBack(t *testing.T, from, to chat.Platform, chance *rand.Rand) {
	texts := make(map[string]chat.Text)
	var order []string
	for range rounds {
		word := r.word()
		order, texts[word] = append(order, word), r.tree(chance, word, from, to)
		if _, err := r.say(from, 1, world.Say{Text: texts[word]}); err != nil {
			t.Fatalf("say %+v: %v", texts[word], err)
		}
	}
	for _, word := range order {
		there := r.spoken(t, to, word, r.name(from, 1))
		if diff := cmp.Diff(texts[word], there); diff != "" {
			t.Errorf("on %s (-said +shown):\n%s", to, diff)
		}
		again := "again " + word
		if _, err := r.say(to, 1, world.Say{Text: chat.Plain("again ").Append(there)}); err != nil {
			t.Fatalf("say %+v: %v", there, err)
		}
		back := r.spoken(t, from, again, r.name(to, 1))
		if diff := cmp.Diff(chat.Plain("again ").Append(texts[word]).Normal(), back); diff != "" {
			t.Errorf("back on %s (-said +shown):\n%s", from, diff)
		}
	}
}

// spoken waits for a copy and returns its text without the author's name in front of it.
func (r *room) spoken(t *testing.T, p chat.Platform, word, name string) chat.Text {
	t.Helper()
	return unnamed(r.copyOf(t, p, word).Text, name)
}

func unnamed(m chat.Text, name string) chat.Text {
	if !strings.HasPrefix(m.Plain, name+":") {
		return m.Normal()
	}
	return m.Slice(chat.Units(name)+2, m.Len()).Normal()
}

// tree makes a random canonical text that begins with a word. Blocks stand on lines of their own, and spans neither begin
// nor end with white space, as people's clients make them.
func (r *room) tree(chance *rand.Rand, word string, p, q chat.Platform) chat.Text {
	styles := r.inline(p, q)
	text := chat.Plain(word + " ").Append(line(chance, styles))
	for range chance.IntN(4) {
		block := line(chance, styles)
		switch chance.IntN(3) {
		case 0:
			if r.both(chat.Quote, p, q) {
				block.Spans = append(block.Spans, chat.Span{End: block.Len(), Style: chat.Quote})
			}
		case 1:
			if r.both(chat.Pre, p, q) {
				block = chat.Styled(chat.Pre, block.Plain, []string{"", "go", "c++"}[chance.IntN(3)])
			}
		}
		text = text.Append(chat.Plain("\n"), block, chat.Plain("\n"), line(chance, styles))
	}
	return text.Normal()
}

// line makes one line of some words with random spans over them, which may cross.
func line(chance *rand.Rand, styles []chat.Style) chat.Text {
	words := []string{
		"soup", "bread & butter", "<b>", "a*b*c", "_so_", "`x`", "🍲", "👩‍👩‍👧", "🇪🇺", "naïve", "e\u0301te", "日本", "שלום", "\\n", "||no||", "1️⃣", "~1~", "[x](y)",
	}
	var text string
	var starts, ends []int
	for i := range 2 + chance.IntN(7) {
		if i > 0 {
			text += " "
		}
		starts = append(starts, chat.Units(text))
		text += words[chance.IntN(len(words))]
		ends = append(ends, chat.Units(text))
	}
	out := chat.Plain(text)
	for range chance.IntN(5) {
		i := chance.IntN(len(starts))
		s := chat.Span{Start: starts[i], End: ends[i+chance.IntN(len(ends)-i)], Style: styles[chance.IntN(len(styles))]}
		s.Value = valueOf(s.Style)
		if s.Style == chat.Hyperlink {
			s.Value += "?a=1&b=2"
		}
		out.Spans = append(out.Spans, s)
	}
	return out.Normal()
}

// hostileTexts are posted elsewhere, so that no fake's client mends them; everybody sees every one.
func (r *room) hostileTexts(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 19))
	var said []string
	texts := make(map[string]chat.Text)
	for range 200 {
		word := r.word()
		texts[word] = hostile(chance, word)
		if _, err := r.say(elsewhere, 1, world.Say{Text: texts[word]}); err != nil {
			t.Fatal(err)
		}
		said = append(said, word)
	}
	for _, p := range platforms() {
		err := r.until(func() error {
			shown := strings.Builder{}
			for _, m := range r.worlds[p].Messages(r.groups[p]) {
				if m.FromBot {
					shown.WriteString(m.Text.Plain)
				}
			}
			all := shown.String()
			lost := slices.DeleteFunc(slices.Clone(said), func(w string) bool { return strings.Count(all, w) == 1 })
			if len(lost) > 0 {
				return fmt.Errorf("%d are not shown once, the first is shown %d times: %.300q with %d spans", len(lost), strings.Count(all, lost[0]),
					texts[lost[0]].Plain, len(texts[lost[0]].Spans))
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if v := r.hall.Telegram.Violations(); len(v) > 0 {
		t.Error(errors.New(strings.Join(v, "\n")))
	}
}

// hostile makes a text as nobody's client makes it. Its word stands where nothing is cut off.
func hostile(chance *rand.Rand, word string) chat.Text {
	pieces := []string{
		"👩‍👩‍👧‍👦", "🇪🇺🇪", "1️⃣", "e\u0301\u0300\u0302", "\u200d", "\ufe0f", "\u202eevil", "\u2028", "\u2029", "\r\n", "\t", "\x00", "\x1b[31m", "\ufffc", "\ufeff",
		"<script>", "</b>", "&#xD800;", "&amp;lt;", "\"><img src=x>", "javascript:alert(1)", "```", "***", "__", "[[", "](", "\xff\xfe", "\xed\xa0\x80", "\U0010ffff",
		strings.Repeat("a\u0323", 50), strings.Repeat("<", 30), strings.Repeat("\n", 20), "\u2066\u2067", "\U000e0067", "http://", "https://[::1]:99999/", "@", "#", "٣", "𒐫",
	}
	var text strings.Builder
	for range chance.IntN(12) {
		text.WriteString(pieces[chance.IntN(len(pieces))])
	}
	text.WriteString(" " + word + " ")
	for range chance.IntN(12) {
		text.WriteString(pieces[chance.IntN(len(pieces))])
	}
	out := chat.Text{Plain: strings.TrimLeft(text.String(), "/!")}
	before, _, _ := strings.Cut(out.Plain, word)
	from := chat.Units(strings.ToValidUTF8(before, "\uFFFD"))
	to := from + chat.Units(word)
	styles := []chat.Style{
		chat.Quote, chat.Hyperlink, chat.Mention, chat.Cite, chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Pre, "blink",
	}
	values := []string{"", "https://a.example/\"><script>", "javascript:alert(1)", "telegram:1", "matrix:@a:b", "signal:x", "\x00", strings.Repeat("u", 5000), "go\"><b>", "tg://user?id=1"}
	count := []int{0, 1, 5, 101, 1200}[chance.IntN(5)]
	if count > 5 {
		values = slices.DeleteFunc(values, func(v string) bool { return len(v) > 1000 }) // no platform takes half a megabyte in
	}
	for range count {
		at := chance.IntN(200) - 20
		s := chat.Span{Start: at, End: at + chance.IntN(80) - 5, Style: styles[chance.IntN(len(styles))], Value: values[chance.IntN(len(values))]}
		if s.Start > from && s.Start < to { // an address that follows a link is not to stand inside of the word
			s.Start = from
		}
		if s.End > from && s.End < to {
			s.End = to
		}
		out.Spans = append(out.Spans, s)
	}
	return out
}
