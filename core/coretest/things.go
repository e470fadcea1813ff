package coretest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// withBytes are the kinds of parts that carry a file.
func withBytes() []chat.PartKind {
	return []chat.PartKind{
		chat.Photo, chat.Video, chat.VideoNote, chat.Animation, chat.Audio, chat.Voice, chat.File, chat.Sticker,
	}
}

// part makes a part of a kind that is written with '-' for ' '; a picture or a video is covered if "hidden-" stands
// before it.
func part(on chat.Platform, kind, name string) chat.Part {
	bare, hidden := strings.CutPrefix(kind, "hidden-")
	p := chat.Part{Kind: chat.PartKind(strings.ReplaceAll(bare, "-", " ")), Hidden: hidden}
	if slices.Contains(withBytes(), p.Kind) {
		p.Media = chat.Media{Platform: on, Key: "k" + name, Name: name}
		return p
	}
	p.Line = name
	switch p.Kind {
	case chat.Location, chat.LiveLocation, chat.Venue:
		p.Place = &chat.Place{Latitude: 38.72, Longitude: -9.14, Name: name}
	case chat.Contact:
		p.Contact = &chat.ContactCard{Name: name, Phone: "+15550100"}
	}
	return p
}

// poll makes a poll of its question and its options, line by line.
func poll(text string, marks []string) chat.Part {
	question, options, _ := strings.Cut(text, "\n")
	q := &chat.Question{Text: question, Options: strings.Split(options, "\n")}
	q.Multiple, q.Secret = slices.Contains(marks, "multiple"), slices.Contains(marks, "secret")
	q.Quiz, q.Closed = slices.Contains(marks, "quiz"), slices.Contains(marks, "closed")
	return chat.Part{Kind: chat.Poll, Poll: q, Line: question + " (" + strings.Join(q.Options, ", ") + ")"}
}

// thing tells a part in a line.
func thing(p chat.Part) string {
	out := p.Describe()
	if p.Poll != nil {
		var b strings.Builder
		fmt.Fprintf(&b, "[poll %s", p.Poll.Text)
		for i, o := range p.Poll.Options {
			fmt.Fprintf(&b, " (%d) %s", i+1, o)
		}
		for _, mark := range []struct {
			on   bool
			word string
		}{{p.Poll.Multiple, "multiple"}, {p.Poll.Secret, "secret"}, {p.Poll.Quiz, "quiz"}, {p.Poll.Closed, "closed"}} {
			if mark.on {
				b.WriteString(", " + mark.word)
			}
		}
		out = b.String() + "]"
	}
	if p.Hidden {
		return "(hidden) " + out
	}
	return out
}

var mention = regexp.MustCompile(`@\[(\w{1,64})@([a-z]{1,32})\]`)

// mentioning makes mentions of the "@[ben@signal]" in a line.
func mentioning(line string) chat.Text {
	var out chat.Text
	at := 0
	for _, m := range mention.FindAllStringSubmatchIndex(line, -1) {
		who := chat.Identity{Platform: chat.Platform(line[m[4]:m[5]]), ID: line[m[2]:m[3]]}
		name := "@" + strings.ToUpper(who.ID[:1]) + who.ID[1:]
		out = out.Append(chat.Plain(line[at:m[0]]), chat.Styled(chat.Mention, name, who.String()))
		at = m[1]
	}
	return out.Append(chat.Plain(line[at:]))
}

// mentioned writes a text with its mentions as mentioning reads them.
func mentioned(t chat.Text) string {
	var out strings.Builder
	at := 0
	for _, span := range t.Spans {
		who, err := chat.ParseIdentity(span.Value)
		if span.Style != chat.Mention || err != nil || span.Start < at {
			continue
		}
		out.WriteString(t.Slice(at, span.Start).Plain)
		fmt.Fprintf(&out, "@[%s@%s]", who.ID, who.Platform)
		at = span.End
	}
	return out.String() + t.Slice(at, t.Len()).Plain
}
