package extract

import (
	"strconv"
	"strings"
)

// line is one message as the recap sees it. Other lines and authors are named by their index.
type line struct {
	id     string
	author int
	at     int64    // Unix seconds, 0 if not known
	text   string   // clean, in one line, without what was quoted
	parts  []string // its paragraphs, clean
	tokens []token
	terms  []int32
	to     []int // authors whom it addresses

	strange   bool // addresses somebody who writes nothing here
	asks      bool
	hasLink   bool
	reactions int
	replyTo   int     // the line it answers with the reply button, or -1
	answers   int     // the line it answers as far as can be told, or -1
	sure      float64 // by how much that is likelier than an answer to another conversation, at most 5
	talk      int     // the conversation that it belongs to
	weight    float64
}

// recap is the work on one conversation.
type recap struct {
	kind    Kind
	budget  Budget
	lex     *lexicon
	vocab   *vocabulary
	lines   []line
	authors []string
	talks   []talk
	unit    int64   // seconds that pass between two messages of this room, as a measure of haste
	called  float64 // the share of lines that address somebody
	// linesPerBullet is how many messages a talk must have for each bullet after its first.
	linesPerBullet int
	names          map[string]int // see callNames
	inTalks        map[int32]int  // see termTalks
}

// read takes a conversation in. What cannot be quoted is left out.
func read(c Conversation) *recap {
	messages := c.Messages[max(0, len(c.Messages)-MaxMessages):]
	common := c.Common
	lang := languageOf(c.Lang, func(yield func(string) bool) {
		for _, m := range messages {
			if !m.System && !yield(m.Text[:min(len(m.Text), 1000)]) {
				return
			}
		}
	})
	if lang == "" && common == nil {
		common = learnHere(messages)
	}
	r := &recap{kind: c.Kind, budget: c.Budget.normal(), lex: newLexicon(lang, common), linesPerBullet: linesPerBullet}
	if lang := r.lex.lang; (lang == "zh" || lang == "ja") && r.budget.Words > 0 {
		r.budget.Words = max(1, r.budget.Words/signsPerWord)
	}
	r.vocab = newVocabulary(r.lex)
	r.forgetNames(messages)
	authors := map[string]int{}
	byID := make(map[string]int, len(messages))
	r.lines = make([]line, 0, len(messages))
	for i, m := range messages {
		if m.System {
			continue
		}
		l, ok := r.line(m)
		if !ok {
			continue
		}
		if l.id == "" {
			l.id = strconv.Itoa(len(c.Messages) - len(messages) + i + 1)
		}
		name := cleanName(m.Author)
		a, known := authors[name]
		if !known {
			a = len(r.authors)
			authors[name] = a
			r.authors = append(r.authors, name)
		}
		l.author = a
		if m.ReplyTo != "" {
			if to, ok := byID[m.ReplyTo]; ok {
				l.replyTo = to
			}
		}
		byID[l.id] = len(r.lines)
		r.lines = append(r.lines, l)
	}
	r.address()
	return r
}

// forgetNames makes the names by which people in a chat call each other words without a topic. In calls names often
// are jobs, and those are spoken about.
func (r *recap) forgetNames(messages []Message) {
	if r.kind == Call {
		return
	}
	seen := map[string]bool{}
	for _, m := range messages {
		if seen[m.Author] {
			continue
		}
		seen[m.Author] = true
		first, _, _ := strings.Cut(cleanName(m.Author), " ")
		if n := nick(first); len(n) >= 3 {
			r.lex.stop[fold(n)] = struct{}{}
		}
	}
}

// longMessage is how many words of a message are compared with those of others.
const longMessage = 300

// line reads one message; false if there is nothing in it to quote.
func (r *recap) line(m Message) (line, bool) {
	text := clean(m.Text)
	if strings.TrimSpace(text) == "" || isNotice(m.Author, text) {
		return line{}, false
	}
	l := line{id: m.ID, reactions: max(0, m.Reactions), replyTo: -1, answers: -1, talk: -1}
	if !m.At.IsZero() {
		l.at = m.At.Unix()
	}
	for _, p := range paragraphs(text) {
		if p = oneLine(p); r.kind == Call {
			p = tidy(p)
		}
		if p != "" {
			l.parts = append(l.parts, p)
		}
	}
	if len(l.parts) == 0 {
		return line{}, false
	}
	l.text = strings.Join(l.parts, " ")
	l.tokens = r.vocab.tokens(l.text)
	l.terms = terms(l.tokens[:min(len(l.tokens), longMessage)])
	l.hasLink = hasLink(l.text)
	l.asks = r.isQuestion(l.text, l.tokens)
	return l, len(l.tokens) > 0 || l.hasLink
}

// isNotice tells whether a message without the mark of a system message is one all the same, or only a command to
// a bot.
func isNotice(author, text string) bool {
	if author == "" && (strings.HasPrefix(text, "===") || strings.HasPrefix(text, "***") || strings.HasPrefix(text, "-!-")) {
		return true
	}
	return len(text) > 1 && (text[0] == '/' || text[0] == '!') && text[1] >= 'a' && text[1] <= 'z' && !strings.Contains(text[1:], "/") &&
		strings.Count(text, " ") <= 4
}

// isQuestion tells whether a text asks: by its sign, or by its first words where people leave the sign out.
func (r *recap) isQuestion(text string, tokens []token) bool {
	if strings.ContainsAny(text, "?？؟¿") {
		return true
	}
	if r.lex.lang == "zh" && (strings.HasSuffix(text, "吗") || strings.HasSuffix(text, "呢")) || r.lex.lang == "ja" && strings.HasSuffix(text, "か") {
		return true
	}
	if r.kind == Call || r.lex.lang != "en" || len(tokens) < 5 || len(tokens) > 40 {
		return false
	}
	switch tokens[0].word {
	case "how", "what", "where", "when", "why", "who", "which", "does", "anyone", "anybody", "is", "can", "could":
		return !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "!")
	case "has", "do", "did", "are":
		return len(tokens) > 1 && (tokens[1].word == "anyone" || tokens[1].word == "anybody" || tokens[1].word == "you")
	}
	return false
}

// name returns the name of an author as it is printed, empty if he has none.
func (r *recap) name(author int) string { return r.authors[author] }

// withName puts an author's name before a text.
func (r *recap) withName(author int, text string) string {
	if name := r.name(author); name != "" {
		return name + ": " + text
	}
	return text
}
