package draft

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/summaries/extract"
)

// What a model is shown: of how many conversations, how many lines each, how many words in all.
const (
	maxTalks    = 30
	maxOfTalk   = 10
	maxEvidence = 2500 // words
	maxLine     = 400  // characters
)

// evidence is a line as a model is shown it.
type evidence struct {
	id    chat.MessageID
	alias string // of the message: "a17"
	who   string // of its author: "P3"
	clock string
	to    string // alias of the message that it answers
	text  string
	at    int
}

// gather picks what a model is shown: the openers, outcomes and weightiest lines of the largest conversations. What speaks to
// models instead of people is left out.
func gather(lines []chat.Line, r *redactor, g guard, words int) []evidence {
	talk := conversation(lines, extract.Chat, maxTalks)
	place := make(map[string]int, len(lines))
	for i, l := range lines {
		place[string(l.Message)] = i
	}
	chosen := make(map[int]bool)
	var order []int
	choose := func(i int) {
		if !chosen[i] && !g.isOrder(lines[i].Text) {
			chosen[i] = true
			order = append(order, i)
		}
	}
	for _, b := range extract.Recap(talk) {
		for _, id := range b.MessageIDs {
			choose(place[id])
		}
	}
	for _, members := range largest(talk, place) {
		weight := func(i int) int { return 20*lines[i].Reactions + min(len(lines[i].Text), 200) }
		choose(members[0])
		rest := slices.Clone(members)
		slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(weight(b), weight(a)) })
		for _, i := range rest[:min(maxOfTalk, len(rest))] {
			choose(i)
		}
	}
	var out []evidence
	for _, i := range order {
		text := r.hide(cut(visible(lines[i].Text), maxLine))
		e := evidence{id: lines[i].Message, who: r.aliases[lines[i].By], clock: lines[i].At.Format("Mon 15:04"), text: text, at: i}
		if words -= e.length(); words < 0 {
			break
		}
		out = append(out, e)
	}
	return numbered(out, lines)
}

// length is how many words a line has, with what stands before it.
func (e evidence) length() int { return len(strings.Fields(e.text)) + 2 }

func length(shown []evidence) (words int) {
	for _, e := range shown {
		words += e.length()
	}
	return words
}

// largest returns the conversations with most messages, each as the places of its messages in order.
func largest(talk extract.Conversation, place map[string]int) [][]int {
	parent := make(map[string]string)
	for _, l := range extract.Links(talk) {
		parent[l.ID] = l.Answers
	}
	root := func(id string) string {
		for range len(parent) {
			if parent[id] == id || parent[id] == "" {
				break
			}
			id = parent[id]
		}
		return id
	}
	of := make(map[string][]int)
	for _, m := range talk.Messages {
		if parent[m.ID] != "" {
			top := root(m.ID)
			of[top] = append(of[top], place[m.ID])
		}
	}
	out := make([][]int, 0, len(of))
	for _, members := range of {
		out = append(out, members)
	}
	slices.SortFunc(out, func(a, b []int) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0])) })
	return out[:min(maxTalks, len(out))]
}

// numbered brings evidence into the order of its writing and names it.
func numbered(out []evidence, lines []chat.Line) []evidence {
	slices.SortFunc(out, func(a, b evidence) int { return cmp.Compare(a.at, b.at) })
	alias := make(map[chat.MessageID]string, len(out))
	for i := range out {
		out[i].alias = "a" + strconv.Itoa(i+1)
		alias[out[i].id] = out[i].alias
		out[i].to = alias[lines[out[i].at].ReplyTo]
	}
	return out
}

// visible leaves out signs that nobody sees: in them orders can be hidden.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r), r >= 0xE0000 && r <= 0xE01EF, r >= 0xFE00 && r <= 0xFE0F:
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// guard knows what speaks to a language model.
type guard []*regexp.Regexp

// isOrder tells whether a text speaks to a language model instead of people. It errs on the side of caution: what it takes for
// an order is only not shown to the model; a recap that quotes can still have it.
func (g guard) isOrder(text string) bool {
	text = strings.ToLower(visible(text))
	for _, p := range g {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// newGuard returns one that knows what gives such texts away, in some languages.
func newGuard() guard {
	var out guard
	for _, p := range []string{
		`\b(ignor|disregard|forget|overrid|bypass|neglect)\w*\b.{0,40}\b(previous|prior|above|earlier|all|any|your|the|these)\b.{0,30}\b(instruct|prompt|rule|direct|guid|context|message|order|said|polic)`,
		`\b(ignor|vergiss|missacht)\w*\b.{0,40}\b(anweisung|anleitung|vorherig|bisherig|regeln|befehl)`,
		`\b(ignora|olvida|descarta|omite)\w*\b.{0,40}\b(instruc|anterior|previ|reglas|indicac)`,
		`\b(ignore[rz]?|oublie[rz]?)\b.{0,40}\b(instructions?|consignes?|précédent|precedent)`,
		`\b(ignora|dimentica)\b.{0,40}\b(istruzion|precedent)`,
		`(игнорируй|забудь).{0,40}(инструкц|предыдущ|правил)`, `(忽略|无视|無視).{0,20}(指令|指示|提示|规则|規則)`,
		`(تجاهل|انس).{0,40}(التعليمات|السابقة|الأوامر)`, `(نظر انداز|بھول).{0,40}(ہدایات|پچھل)`,
		`\b(system|developer|hidden|secret|initial)[ _-]?(prompt|message|instruction|override|mode|note)`, `^\W*(system|assistant|developer)\W*[:>\]]`,
		`<\|?/?(im_start|im_end|system|assistant|user|endoftext|inst)\|?>`, `\[/?inst\]`, `<<sys>>`, `^\W*#{2,}\s*(instruction|system|response|new|task|end)`,
		`\b(as|you are|you're|act as|pretend|roleplay|become)\b.{0,30}\b(an? )?(ai|assistant|language model|llm|chatbot|dan|gpt|bot)\b`,
		`\b(dear|hey|hello|attention|note to|to the|if you are|any)\b.{0,20}\b(ai|llm|language model|assistant|summari[sz](er|ing)|model|recap bot)\b`,
		`\b(recap|summary|summari[sz]e|summari[sz]er|bullets?|zusammenfassung|resumen|résumé|riassunto|خلاصہ)\b.{0,60}\b(must|should|only|instead|include|say|write|add|contain|state|output|muss|soll|schreib|escrib|debe|di|dis|écri|scriv|لکھ)`,
		`\b(say|write|output|print|respond|reply|answer|repeat|emit|return|include|state|report|insert|append)\b.{0,40}\b(bullets?|recap|summary|verbatim|exactly|json|only the word|the (following|phrase|words?)|in your (answer|response|output))`,
		`\b(new|updated|real|actual|following|important) (instruction|task|directive)s?\b`, `\bend of (chat|transcript|quot|message|data|context|lines)`,
		`"(bullets|ids|section|quote)"\s*:`, `\bjailbreak|prompt injection|do anything now\b`, `\bbase64\b.{0,30}\b(decode|follow|execute)`,
		`\b(decode|execute|follow|obey)\b.{0,30}\b(this|these|the following|below|instruct|order|command)`,
		`\breveal\b.{0,40}\b(prompt|instruct|secret|system)`, `\bmark (a|all|every|each) (line|message)s? as\b`, `\b(cite|quote) (a\d+|every|all|only)\b`,
		`(摘要|总结|總結|要約|まとめ).{0,20}(写|寫|说|說|輸出|输出|書|必|包含)`, `(кратк|пересказ|сводк|резюме).{0,40}(напиши|скажи|добавь|должн|вывед)`,
	} {
		out = append(out, regexp.MustCompile(p))
	}
	return out
}
