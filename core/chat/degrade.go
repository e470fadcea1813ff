package chat

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Degrade returns the effect as a platform with these features can show it, and a short note for each thing
// that is shown as less than it was. It is the one place where things are left out by the table:
//
//   - a part that the platform does not show, whose bytes nobody has, or that is over MediaLimit becomes
//     its Describe line below the text; a degraded kind of media becomes the nearest kind that is native
//     (a round video a video, a venue a place) and a line where none is; a covered picture is a file where
//     nothing can be covered;
//   - refused styles are dropped, a refused link shows its address; degraded styles are left to the
//     adapter's renderer;
//   - a forward that is not native becomes a line above the text;
//   - an answer to a message that the chat does not have becomes a quoted line above the text;
//   - choices that are not native become numbered lines at the end of the text. Degraded ones stay beside
//     them, for an adapter that offers keycaps to tap on; refused ones go. More than MaxChoices are cut.
//
// A kind that is missing in the table counts as refused. A Send, an Edit or a Whisper never becomes empty.
// What needs more than one message (a long text, a caption apart) and whole effects that the platform
// refuses (a Delete, a Pin, a Restrict) are the adapter's; here they only take their note. Targets must be
// resolved before: one without Refs and Effect is unknown. Degrading what is degraded already changes
// nothing. e is not changed.
func Degrade(e Outgoing, f Features) (Outgoing, []string) {
	d := degrader{features: f}
	switch e := e.(type) {
	case Send:
		text, parts := d.content(e.Text, e.Parts)
		text = d.forward(&e.Forward, text)
		text = d.answer(&e.Answer, text)
		text = d.choices(&e.Choices, text)
		e.Text, e.Parts = d.neverEmpty(text, parts), parts
		d.together(e.Text, parts)
		return e, d.notes
	case Edit:
		text, parts := d.content(e.Text, e.Parts)
		text = d.forward(&e.Forward, text)
		text = d.answer(&e.Answer, text)
		text = below(text, d.styles(e.Tail))
		e.Tail = Text{}
		text = d.choices(&e.Choices, text)
		e.Text, e.Parts = d.neverEmpty(text, parts), parts
		d.kind("edit")
		if len(media(parts)) > 0 {
			d.kind("edit of media")
		}
		return e, d.notes
	case Whisper:
		text, _ := d.content(e.Text, nil)
		text = d.choices(&e.Choices, d.answer(&e.Answer, text))
		e.Text = d.neverEmpty(text, nil)
		if d.features.Shows["private"].How == Refused {
			d.kind("private") // where it is possible with some, only the adapter knows with whom
		}
		return e, d.notes
	}
	if k, ok := kindOfDeed(e); ok {
		d.kind(k)
	}
	return e, d.notes
}

// kindOfDeed returns the kind that answers in the table for an effect that shows no words.
func kindOfDeed(e Outgoing) (Kind, bool) {
	switch e.(type) {
	case Delete:
		return "delete", true // whose message it is only the adapter can tell
	case React:
		return "reaction", true
	case Pin, Unpin:
		return "pin", true
	case Vote:
		return "vote", true
	case EndPoll:
		return "poll", true
	case Restrict, Release:
		return "restrict", true
	case Remove:
		return "remove", true
	case Ban, Unban:
		return "ban", true
	case Admit, Decline:
		return "knock", true
	case Invite:
		return "invite", true
	case Open:
		return "new room", true
	case Shut:
		return "archive", true
	}
	return "", false
}

// degrader collects the notes of one effect.
type degrader struct {
	features Features
	notes    []string
}

// kind takes the table's note for a kind that is not native and returns how it is shown.
func (d *degrader) kind(k Kind) How {
	s, ok := d.features.Shows[k]
	if !ok || s.How == "" {
		s = Support{How: Refused}
	}
	if s.How != Native {
		d.note(k, s.Note)
	}
	return s.How
}

// note adds a note once; the default says no more than that the kind was not shown as it was.
func (d *degrader) note(k Kind, note string) {
	if note == "" {
		note = string(k) + " not shown as such"
	}
	if !slices.Contains(d.notes, note) {
		d.notes = append(d.notes, note)
	}
}

// content degrades the styles and the parts.
func (d *degrader) content(text Text, parts []Part) (Text, []Part) {
	text = d.styles(text)
	var kept []Part
	for _, p := range parts {
		shown, ok := d.part(p)
		if ok {
			kept = append(kept, shown)
			continue
		}
		text = below(text, Plain(p.Describe()))
	}
	return text, kept
}

// styles drops the spans of styles that are refused.
func (d *degrader) styles(t Text) Text {
	var dropped []Span
	spans := make([]Span, 0, len(t.Spans))
	for _, s := range t.Spans {
		if d.kind(Kind(s.Style)) == Refused {
			dropped = append(dropped, s)
			continue
		}
		spans = append(spans, s)
	}
	if len(dropped) == 0 {
		return t
	}
	out := Text{Plain: t.Plain, Spans: spans}
	slices.SortFunc(dropped, func(a, b Span) int { return b.End - a.End })
	for _, s := range dropped {
		if s.Style != Hyperlink || out.Slice(s.Start, s.End).Plain == s.Value {
			continue
		}
		out = out.Slice(0, s.End).Append(Plain(" ("+s.Value+")"), out.Slice(s.End, out.Len()))
	}
	return out.Normal()
}

// part returns the part as the platform shows it; false if only a line can tell it.
func (d *degrader) part(p Part) (Part, bool) {
	how := d.kind(KindOfPart(p))
	if !carriesMedia(p.Kind) {
		return d.thing(p, how)
	}
	if how == Degraded {
		p.Kind, how = d.nearest(p)
	}
	if how != Native {
		return Part{}, false
	}
	if p.Media.Key == "" {
		d.note(Kind(p.Kind), string(p.Kind)+" told in a line, it could not be fetched")
		return Part{}, false
	}
	if limit := d.features.MediaLimit; limit > 0 && p.Media.Size > limit {
		d.note(Kind(p.Kind), string(p.Kind)+" told in a line, it is over "+SizeText(limit))
		return Part{}, false
	}
	if p.Hidden && (p.Kind == Photo || p.Kind == Video || p.Kind == Animation) && d.kind("hidden media") != Native {
		p.Kind, p.Hidden = File, false // what its author has covered nobody should see before he wants to
		return p, d.features.Shows["file"].How == Native
	}
	return p, true
}

// thing returns a part without bytes as the platform shows it: places as a plain one where it has no better.
func (d *degrader) thing(p Part, how How) (Part, bool) {
	isPlace := (p.Kind == LiveLocation || p.Kind == Venue || p.Kind == Location) && p.Place != nil
	switch {
	case how == Native && (p.Kind == Location || p.Kind == LiveLocation || p.Kind == Venue):
		return p, p.Place != nil
	case how == Native && p.Kind == Contact:
		return p, p.Contact != nil
	case how == Native && p.Kind == Poll:
		return p, p.Poll != nil
	case how == Native:
		return p, true
	case how == Degraded && isPlace && d.features.Shows["location"].How == Native:
		p.Kind = Location
		return p, true
	}
	return Part{}, false
}

// nearest returns the native kind that shows most of a degraded kind of media.
func (d *degrader) nearest(p Part) (PartKind, How) {
	var kinds []PartKind
	switch p.Kind {
	case VideoNote, Animation:
		kinds = []PartKind{Video, File}
	case Voice:
		kinds = []PartKind{Audio, File}
	case Sticker:
		// An animated sticker in Telegram's own format is nothing that others can show.
		if strings.HasPrefix(p.Media.MIME, "image/") {
			kinds = []PartKind{Photo}
		}
		if strings.HasPrefix(p.Media.MIME, "video/") {
			kinds = []PartKind{Animation, Video}
		}
	case Photo, Video, Audio:
		kinds = []PartKind{File}
	}
	for _, k := range kinds {
		if d.features.Shows[Kind(k)].How == Native {
			return k, Native
		}
	}
	return p.Kind, Refused
}

// forward puts a forward's name above the text where the platform has no forwards from elsewhere.
func (d *degrader) forward(from *string, text Text) Text {
	if *from == "" || d.kind("forward") == Native {
		return text
	}
	line := "Forwarded from " + oneLine(*from, 80) + ":"
	*from = ""
	return below(Plain(line), text)
}

// answer puts what is answered above the text where the platform cannot point to it.
func (d *degrader) answer(a **Answer, text Text) Text {
	if *a == nil {
		return text
	}
	target := (*a).Target
	if known := len(target.Refs) > 0 || target.Effect != ""; known && d.kind("reply") != Refused {
		return d.excerpt(a, text)
	}
	line := quoteLine((*a).Name, (*a).Quote)
	*a = nil
	d.note("reply", "answered message quoted in a line")
	if line == "" {
		return text
	}
	if d.features.Shows["quote"].How == Native {
		return below(Styled(Quote, line, ""), text)
	}
	return below(Plain("> "+line), text)
}

// excerpt takes notes of how an answer stands to its message, and puts the part that is answered above the text where the
// platform can only point to the whole.
func (d *degrader) excerpt(a **Answer, text Text) Text {
	answer := **a
	if answer.Thread {
		d.kind("thread")
	}
	if !answer.Partial || answer.Quote == "" || d.kind("partial quote") == Native {
		return text
	}
	answer.Partial = false
	*a = &answer
	line := oneLine(answer.Quote, 300)
	if d.features.Shows["quote"].How == Native {
		return below(Styled(Quote, line, ""), text)
	}
	return below(Plain("> "+line), text)
}

// quoteLine tells in one line who said what.
func quoteLine(name, quote string) string {
	name, quote = oneLine(name, 80), oneLine(quote, 300)
	if name == "" || quote == "" {
		return name + quote
	}
	return name + ": " + quote
}

// choices puts numbered lines below the text where the platform has no buttons. A text that ends in these
// very lines has been here before.
func (d *degrader) choices(cs *[]Choice, text Text) Text {
	if len(*cs) == 0 {
		return text
	}
	if len(*cs) > MaxChoices {
		*cs = slices.Clone((*cs)[:MaxChoices])
		d.note("choices", "more choices than can be offered, the rest left out")
	}
	how := d.kind("choices")
	if how == Native {
		return text
	}
	lines := choiceLines(*cs)
	if how == Refused {
		*cs = nil
	}
	if text.IsEmpty() {
		return Plain(lines)
	}
	if text.Plain == lines || strings.HasSuffix(text.Plain, "\n\n"+lines) {
		return text
	}
	body := strings.TrimRightFunc(text.Plain, unicode.IsSpace)
	return text.Slice(0, Units(body)).Append(Plain("\n\n" + lines))
}

// choiceLines tells each choice in a line, behind the number that chooses it.
func choiceLines(cs []Choice) string {
	lines := make([]string, 0, len(cs))
	for i, c := range cs {
		label := oneLine(c.Label, maxLabel)
		if label == "" {
			label = oneLine(c.Ask, maxLabel)
		}
		lines = append(lines, strconv.Itoa(i+1)+"  "+label)
	}
	return strings.Join(lines, "\n")
}

// maxLabel is the most characters of a choice's line.
const maxLabel = 80

// together takes notes of what the parts lose by standing beside the text and each other.
func (d *degrader) together(text Text, parts []Part) {
	n := len(media(parts))
	if n > 0 && !text.IsEmpty() {
		d.kind("caption")
	}
	if n > 1 {
		d.kind("album")
	}
}

// neverEmpty returns the text, or a word for it where nothing at all would be shown.
func (d *degrader) neverEmpty(text Text, parts []Part) Text {
	if len(parts) > 0 || !text.IsEmpty() {
		return text
	}
	d.note("text", "empty message told in a line")
	return Plain(Part{Kind: Other}.Describe())
}

// below returns the two texts as lines, one below the other.
func below(above, text Text) Text {
	if above.IsEmpty() {
		return text
	}
	if text.Plain == "" {
		return above
	}
	return above.Append(Plain("\n"), text)
}

// media returns the parts that carry bytes.
func media(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if carriesMedia(p.Kind) {
			out = append(out, p)
		}
	}
	return out
}

// carriesMedia tells whether parts of a kind are bytes; the others are their line alone.
func carriesMedia(k PartKind) bool {
	switch k {
	case Photo, Video, VideoNote, Animation, Audio, Voice, File, Sticker:
		return true
	}
	return false
}
