package extract

import "strings"

// paragraphs returns what a message itself says, as paragraphs: without lines quoted from others, headers and
// signatures of mails, and blocks of code. Lines that a mail program has broken are joined. If nothing of its own
// is left, all of it is returned.
func paragraphs(text string) []string {
	if !strings.Contains(text, "\n") {
		if body, ok := unquoted(text); ok {
			return []string{body}
		}
		return []string{text}
	}
	lines := own(strings.Split(text, "\n"))
	var out []string
	var b strings.Builder
	broken := false // the line before was broken by a program, this one goes on
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || isItem(l) || !broken {
			flush()
		}
		if l == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l)
		broken = len(l) >= brokenLine && !strings.HasSuffix(l, ":")
	}
	flush()
	if len(out) == 0 {
		return []string{text}
	}
	return out
}

// brokenLine is the length in bytes from which the end of a line is taken for a program's, not for a person's.
const brokenLine = 50

// own returns the lines of a message that its author wrote.
func own(lines []string) []string {
	var out []string
	code := false
	for i := 0; i < len(lines); i++ {
		l := strings.TrimSpace(lines[i])
		switch {
		case strings.HasPrefix(l, "```"):
			code = !code
			continue
		case code:
			continue
		case l == "--" || isOriginal(l) || i > 0 && isClosing(l) && len(lines)-i <= 12:
			return out
		case strings.HasPrefix(l, ">") || strings.HasPrefix(l, "|>") || isHeader(l):
			continue
		case isAttribution(l):
			continue
		case beginsAttribution(l) && i+1 < len(lines) && isAttribution(strings.TrimSpace(lines[i+1])):
			i++
			continue
		}
		if len(out) == 0 && isSalutation(l) && len(lines) > 1 {
			continue
		}
		out = append(out, lines[i])
	}
	return out
}

// unquoted takes the mark of a quotation from a line that has nothing else.
func unquoted(l string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(l), ">")
	rest = strings.TrimSpace(rest)
	return rest, ok && len(rest) > 1 && rest[0] != '_' && rest[0] != '<'
}

// isItem tells whether a line begins an item of a list.
func isItem(l string) bool {
	if len(l) > 2 && strings.ContainsRune("-*+", rune(l[0])) && l[1] == ' ' || strings.HasPrefix(l, "• ") {
		return true
	}
	i := 0
	for i < len(l) && i < 3 && l[i] >= '0' && l[i] <= '9' {
		i++
	}
	return i > 0 && i+1 < len(l) && (l[i] == '.' || l[i] == ')') && l[i+1] == ' '
}

// isOriginal tells whether a line begins the mail that is answered.
func isOriginal(l string) bool {
	return strings.HasPrefix(l, "-----") && (strings.Contains(l, "Original") || strings.Contains(l, "Forwarded") ||
		strings.Contains(l, "Ursprüngliche") || strings.Contains(l, "original"))
}

// isHeader tells whether a line is a header of a mail.
func isHeader(l string) bool {
	name, value, ok := strings.Cut(l, ":")
	if !ok || len(name) > 12 || !strings.HasPrefix(value, " ") {
		return false
	}
	switch name {
	case "From", "Sent", "To", "Cc", "CC", "Bcc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To",
		"Von", "An", "Betreff", "Gesendet", "De", "Para", "Asunto", "Enviado", "Assunto", "Objet", "Envoyé":
		return true
	}
	return false
}

// isAttribution tells whether a line says who wrote what is quoted below: "On Monday Ann wrote:".
func isAttribution(l string) bool {
	if !strings.HasSuffix(l, ":") || len(l) > 300 {
		return false
	}
	for _, verb := range []string{"wrote:", "writes:", "schrieb:", "escribió:", "escreveu:", "a écrit :", "a écrit:", "said:"} {
		if strings.HasSuffix(l, verb) {
			return true
		}
	}
	return false
}

// beginsAttribution tells whether a line can be the first half of one: "On Monday, 4 May, Ann".
func beginsAttribution(l string) bool {
	for _, on := range []string{"On ", "Am ", "El ", "Em ", "Le "} {
		if strings.HasPrefix(l, on) {
			return len(l) < 100
		}
	}
	return false
}

// isClosing tells whether a line ends a mail, so that only names follow.
func isClosing(l string) bool {
	l = strings.ToLower(strings.TrimRight(l, ",.! "))
	if len(l) > 30 {
		return false
	}
	switch l {
	case "regards", "best regards", "kind regards", "best", "cheers", "best wishes", "sincerely", "yours",
		"yours sincerely", "thanks and regards", "warm regards", "many thanks", "mit freundlichen grüßen",
		"viele grüße", "liebe grüße", "gruß", "grüße", "saludos", "un saludo", "atentamente", "abraços",
		"atenciosamente", "cordialement", "bien à vous", "bises":
		return true
	}
	return false
}

// isSalutation tells whether a line only greets: "Hi Bob," or "Dear all,".
func isSalutation(l string) bool {
	fields := strings.Fields(l)
	if len(fields) == 0 || len(fields) > 4 || !strings.ContainsRune(",!:", rune(l[len(l)-1])) {
		return len(fields) == 1 && isGreeting(fields[0])
	}
	return isGreeting(fields[0])
}

func isGreeting(w string) bool {
	switch strings.ToLower(strings.Trim(w, ",!.:")) {
	case "hi", "hello", "hey", "dear", "hallo", "liebe", "lieber", "hola", "estimado", "estimada", "querido", "olá",
		"oi", "caro", "cara", "bonjour", "salut", "cher", "chère", "greetings", "all", "folks", "salam", "سلام":
		return true
	}
	return false
}
