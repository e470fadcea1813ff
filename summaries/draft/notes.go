package draft

import (
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/summaries/extract"
)

// marks are the words by which a note-taker says what a line is, in some languages.
func marks() map[string][]string {
	return map[string][]string{
		"decided": {"decision", "decided", "d", "entscheidung", "beschluss", "beschlossen", "decisión", "decision:", "acuerdo", "décision", "décidé", "decisão", "decidido", "فیصلہ"},
		"action":  {"action", "todo", "to do", "task", "a", "aufgabe", "tarea", "acción", "tâche", "à faire", "tarefa", "ação", "کام"},
		"open":    {"question", "open", "q", "frage", "offen", "pregunta", "pergunta", "سوال"},
		"link":    {"link", "url", "enlace", "lien", "لنک"},
	}
}

// noted makes the list of a call: what its note-takers have marked, then what weighs most of the rest.
func noted(language string, lines []chat.Line, limit int) []chat.Bullet {
	var out []chat.Bullet
	var rest []chat.Line
	for _, l := range lines {
		section, text := marked(l.Text)
		if section == "" {
			rest = append(rest, l)
			continue
		}
		out = append(out, chat.Bullet{Section: section, Text: text, Cites: []chat.MessageID{l.Message}, Name: l.Name})
	}
	order := []string{"decided", "action", "open", "link"}
	slices.SortStableFunc(out, func(a, b chat.Bullet) int { return slices.Index(order, a.Section) - slices.Index(order, b.Section) })
	out = out[:min(limit, len(out))]
	for i, b := range out {
		if b.Section == "action" && owner(b.Text) == "" {
			out[i].Text = cut(b.Text, maxText-40) + " " + say.Text(language, "recap.owner.none").Plain
		}
	}
	if left := limit - len(out); left > 0 && len(rest) > 0 {
		out = append(out, quoted(language, rest, extract.Recap(conversation(rest, extract.Call, left)))...)
	}
	return out
}

// marked returns what a line says it is, and the words behind; empty = it does not say.
func marked(text string) (section, rest string) {
	text = strings.TrimSpace(strings.TrimLeft(text, "-*•· "))
	if box, ok := strings.CutPrefix(text, "[ ]"); ok {
		return "action", strings.TrimSpace(box)
	}
	word, rest, ok := strings.Cut(text, ":")
	rest = strings.TrimSpace(rest)
	if !ok || rest == "" || len(word) > 20 {
		return "", text
	}
	word = strings.ToLower(strings.TrimSpace(word))
	for section, words := range marks() {
		if slices.Contains(words, word) && !strings.HasPrefix(rest, "//") {
			return section, rest
		}
	}
	return "", text
}

// owner returns who is to do something: "@ana …", "Ana: …", "Ana books the hall", "… (Ana)". Empty = nobody is named.
func owner(text string) string {
	for _, w := range strings.Fields(text) {
		if strings.HasPrefix(w, "@") && len(w) > 1 {
			return strings.TrimRight(w[1:], ".,:;)")
		}
	}
	if i := strings.LastIndexByte(text, '('); i >= 0 && strings.HasSuffix(strings.TrimRight(text, "."), ")") {
		if name := strings.Trim(text[i:], "()."); isName(name) {
			return name
		}
	}
	first, rest, _ := strings.Cut(text, " ")
	name := strings.TrimRight(first, ":,")
	if !isName(name) || rest == "" {
		return ""
	}
	next, _, _ := strings.Cut(rest, " ")
	if first != name || strings.HasSuffix(next, "s") || slices.Contains([]string{
		"to", "will", "and", "can", "must", "should", "und", "macht", "soll", "va", "y", "hace",
	}, strings.ToLower(next)) {
		return name
	}
	return ""
}

// isName tells whether a word can be somebody's name: it begins with a capital, or its script has none.
func isName(s string) bool {
	r := []rune(s)
	return len(r) >= 2 && len(r) <= 40 && !unicode.IsLower(r[0])
}
