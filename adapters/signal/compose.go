package signal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// outgoing is one message on its way: a piece of a text, files, or both; or a poll.
type outgoing struct {
	text  rendered
	files []file
	voice bool // the file is a voice message
	poll  *question
}

// sum is the same for messages that show the same.
func (m outgoing) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %v", m.text.body, m.text.styles, m.text.mentions, m.voice)
	for _, f := range m.files {
		fmt.Fprintf(h, " %q %q %x", f.name, f.mime, sha256.Sum256(f.bytes))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// compose makes the messages of a text and its parts: the first piece of the text stands with the first files,
// voice messages stand alone, because the clients know them by that and let nobody change their words; polls, which
// have neither an author's name nor a text, stand behind a message that has.
func (a *Adapter) compose(ctx context.Context, to chat.Chat, as *chat.Person, text chat.Text, parts []chat.Part) ([]outgoing, []string, error) {
	polls, rest, lines, notes := questions(to, parts)
	files, more, why, err := a.files(ctx, rest)
	if err != nil {
		return nil, nil, err
	}
	notes = append(notes, why...)
	for _, l := range slices.Concat(lines, more) {
		if !text.IsEmpty() {
			text = text.Append(chat.Plain("\n"))
		}
		text = text.Append(chat.Plain(l))
	}
	if len(polls) > 0 && as != nil {
		text = chat.Plain("📊 ").Append(text).Trim() // the name alone would look like a message of nothing
	}
	out := bundle(files)
	alone := introduction(as)
	for i := range out {
		if out[i].voice {
			out[i].text = render(alone)
		}
	}
	out = place(out, pieces(header(as), text, alone, len(files) > 0))
	for _, q := range polls {
		out = append(out, outgoing{poll: q})
	}
	if len(out) == 0 {
		return nil, nil, adapters.Refused(chat.Invalid, errors.New("nothing to send"))
	}
	return out, notes, nil
}

// introduction is the author's name where nothing that he says follows.
func introduction(as *chat.Person) chat.Text {
	name := header(as)
	return name.Slice(0, name.Len()-len(headerEnd))
}

// pieces cuts a text behind its author's name; the name alone stands with files that have no words.
func pieces(name, text, alone chat.Text, files bool) []rendered {
	all := name.Append(text)
	if text.IsEmpty() {
		all = chat.Text{}
		if files {
			all = alone
		}
	}
	var out []rendered
	for _, p := range all.Split(textLimit, chat.Units) {
		if !p.IsEmpty() {
			out = append(out, render(p))
		}
	}
	return out
}

// place puts the pieces of a text to the files: the first to the first message that may have words, the others
// behind. Where there are but voice messages, the name that these have is enough for a text of nothing.
func place(out []outgoing, texts []rendered) []outgoing {
	carrier := slices.IndexFunc(out, func(m outgoing) bool { return !m.voice })
	for i, t := range texts {
		switch {
		case i == 0 && carrier >= 0:
			out[carrier].text = t
		case i == 0 && len(texts) == 1 && len(out) > 0 && out[0].text.body == t.body:
		default:
			out = append(out, outgoing{text: t})
		}
	}
	return out
}

// maxBundle is the most bytes of files that one request carries.
const maxBundle = 40_000_000

// bundle puts files together that one message may have.
func bundle(files []file) []outgoing {
	var out []outgoing
	size := int64(0)
	for _, f := range files {
		voice := f.kind == chat.Voice
		n := len(out)
		fits := n > 0 && !voice && !out[n-1].voice && len(out[n-1].files) < maxAttachments && size+f.size() <= maxBundle
		if !fits {
			out, size = append(out, outgoing{voice: voice}), 0
			n++
		}
		out[n-1].files = append(out[n-1].files, f)
		size += f.size()
	}
	return out
}
