package extract

import (
	"strings"
)

// leastAsked is how many words a question must have to be shown as open: "really?" is none.
const leastAsked = 5

// isAsked tells whether a text has the sign of a question.
func isAsked(s string) bool { return strings.ContainsAny(s, "?？؟") }

// isDecision tells whether words say that something is settled, and do not ask.
func (r *recap) isDecision(text string, tokens []token) bool {
	return r.lex.decided.in(tokens) > 0 && !isAsked(text) && !r.isDenied(tokens)
}

// assenting is how many words a line may have in which somebody says that something suits him.
const assenting = 12

// assents tells whether a short line says that something suits its author.
func (r *recap) assents(l *line) bool {
	return len(l.tokens) <= assenting && !l.asks && r.lex.assent.in(l.tokens) > 0 && !r.isDenied(l.tokens)
}

// isDone tells whether words say that something works or is finished, and do not deny or ask.
func (r *recap) isDone(text string, tokens []token) bool {
	return r.lex.done.in(tokens) > 0 && !isAsked(text) && !r.isDenied(tokens)
}

// isDenied tells whether words say no, or wish, so that "fixed" would not mean that it is.
func (r *recap) isDenied(tokens []token) bool {
	for _, t := range tokens {
		switch t.word {
		case "not", "isn't", "isnt", "doesn't", "doesnt", "didn't", "didnt", "never", "hasn't", "haven't", "won't", "can't", "cant", "wasn't",
			"aren't", "if", "until", "unless", "once", "needs", "should", "must", "wish", "hope", "yet", "when", "before", "will", "could",
			"nicht", "kein", "keine", "nie", "wenn", "falls", "nunca", "si", "nao", "se", "ne", "pas", "jamais", "نہیں", "اگر":
			return r.lex.lang != "" && (t.word != "se" || r.lex.lang != "es") && (t.word != "si" || r.lex.lang != "fr" || len(tokens) >= 4)
		case "no":
			if r.lex.lang == "es" || r.lex.lang == "pt" {
				return true
			}
		}
	}
	return false
}

// isComing tells whether words speak of something at a time that is still to come.
func (r *recap) isComing(text string, tokens []token) bool {
	if isAsked(text) || r.lex.lang == "" {
		return false
	}
	for _, t := range tokens {
		switch t.word {
		case "yesterday", "was", "were", "had", "last", "ago", "did", "ayer", "fue", "pasado", "gestern", "war", "letzte", "letzten", "ontem",
			"passado", "hier", "dernier", "derniere", "etait", "han", "ha", "he", "hemos", "hat", "haben", "habe", "wurde", "wurden", "foi", "foram",
			"ai", "ont", "گزشتہ", "تھا", "تھی", "تھے":
			return false
		}
	}
	if r.lex.plan.in(tokens) > 0 {
		return len(tokens) >= leastWords
	}
	for i, t := range tokens {
		if !has(r.lex.days, t.word) || t.word == "may" || t.word == "am" && (i == 0 || !hasDigit(tokens[i-1].word)) {
			continue
		}
		if i > 0 && hasDigit(tokens[i-1].word) || i+1 < len(tokens) && hasDigit(tokens[i+1].word) {
			return true // 14 June, Friday 18:00, 5 pm
		}
	}
	return false
}

// isSettled tells whether a unit says what is settled, not only that it is.
func (d *document) isSettled(u *unit) bool {
	return len(u.terms) >= 3 && d.isDecision(u.text, u.tokens)
}

// unitSection returns the section of a unit of a long talk.
func (d *document) unitSection(u *unit, answered bool) Section {
	switch {
	case d.isSettled(u):
		return Decided
	case isAsked(u.text) && len(u.tokens) >= leastAsked && !answered && d.lex.lang != "":
		return Open
	case d.isDone(u.text, u.tokens) && len(u.tokens) >= leastWords:
		return Done
	case hasLink(u.text) && !isAsked(u.text):
		return Linked
	case d.isComing(u.text, u.tokens):
		return Coming
	}
	return Talk
}

// rank returns the place of a section in a recap.
func rank(s Section) int {
	for i, other := range Sections() {
		if s == other {
			return i
		}
	}
	return len(Sections())
}
