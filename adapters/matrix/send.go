package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// send posts a message: its files, the first with the text as caption, or its text, and then what has no bytes.
func (j *job) send(ctx context.Context, e chat.Send) (adapters.Receipt, error) {
	text, files, things := split(e.Text, e.Parts)
	if text.Plain == "" && len(files)+len(things) == 0 {
		return j.r, refuse(chat.Invalid, "the message is empty")
	}
	encrypted, err := j.a.isEncrypted(ctx, j.s, j.room)
	if err != nil {
		return j.r, err
	}
	if encrypted && e.As != nil && !j.s.reads() {
		return j.r, refuse(chat.Unsupported, "the room is encrypted, and what others say does not belong there in the open")
	}
	v, err := j.a.voiceFor(ctx, j.s, j.room, e.As)
	if err != nil {
		return j.r, err
	}
	j.note(v.note)
	at, err := j.anchor(ctx, e.Answer)
	if err != nil {
		return j.r, err
	}
	if e.Answer != nil && at == (anchor{}) {
		text = below(lineOfAnswer(*e.Answer), text)
	}
	text = captionOf(things, v, text)
	texts := pieces(text, v.name)
	captioned := len(files) > 0 && len(texts) <= 1 && (files[0].Kind != chat.Sticker || text.Plain == "")
	for i, p := range files {
		caption := chat.Text{}
		if captioned && i == 0 {
			caption = text
		}
		if err := j.sendFile(ctx, v, e.As, "m"+strconv.Itoa(i), p, caption, at); err != nil {
			return j.r, err
		}
		at = at.rest()
	}
	if captioned {
		texts = nil
	}
	for i, t := range texts {
		err := j.sendText(ctx, v, e.As, "t"+strconv.Itoa(i), t, at)
		if err != nil {
			return j.r, err
		}
		at = at.rest()
	}
	for i, p := range things {
		if err := j.sendThing(ctx, v, e.As, "p"+strconv.Itoa(i), p, at); err != nil {
			return j.r, err
		}
		at = at.rest()
	}
	return j.r, j.offer(ctx, e.Choices)
}

// split returns the text, with a line for each part that Matrix has not, the files, and the things that it shows
// without a file.
func split(text chat.Text, parts []chat.Part) (_ chat.Text, files, things []chat.Part) {
	for _, p := range parts {
		switch {
		case isThing(p):
			things = append(things, p)
		case p.Media.Key != "" && !isUnseen(p):
			files = append(files, p)
		default:
			text = below(text, chat.Plain(p.Describe()))
		}
	}
	return text, files, things
}

// isUnseen tells whether a part is a sticker in a format that no client of Matrix shows.
func isUnseen(p chat.Part) bool {
	return p.Kind == chat.Sticker && !isPicture(p.Media.MIME) && !strings.HasPrefix(p.Media.MIME, "video/")
}

func below(above, line chat.Text) chat.Text {
	switch {
	case above.Plain == "":
		return line
	case line.Plain == "":
		return above
	}
	return above.Append(chat.Plain("\n"), line)
}

func (j *job) sendText(ctx context.Context, v voice, as *chat.Person, part string, t chat.Text, at anchor) error {
	id, err := j.post(ctx, v, "m.room.message", part, func() (map[string]any, error) {
		return j.textContent(v, as, t, at), nil
	})
	if err == nil {
		j.r.Refs = append(j.r.Refs, ref(j.room, id))
	}
	return err
}

// textContent writes a message. The house speaks in notices, which other bots do not answer.
func (j *job) textContent(v voice, as *chat.Person, t chat.Text, at anchor) map[string]any {
	c := map[string]any{"msgtype": "m.text"}
	if as == nil {
		c["msgtype"] = "m.notice"
	}
	render(t, v.name).put(c)
	j.dress(c, v, as, at)
	return c
}

// dress adds to a content where it stands and, where the bot speaks for somebody, who that is (MSC4144).
func (j *job) dress(c map[string]any, v voice, as *chat.Person, at anchor) {
	if rel := at.relation(); rel != nil {
		c["m.relates_to"] = rel
	}
	if as != nil && v.name != "" {
		sum := sha256.Sum256([]byte(as.Identity.String()))
		c["com.beeper.per_message_profile"] = map[string]any{
			"id": hex.EncodeToString(sum[:12]), "displayname": v.name, "has_fallback": true,
		}
	}
}

// sendFile posts one file. One that is not to be had or too large becomes a line in its place.
func (j *job) sendFile(ctx context.Context, v voice, as *chat.Person, part string, p chat.Part, caption chat.Text, at anchor) error {
	kind := "m.room.message"
	if p.Kind == chat.Sticker && isPicture(p.Media.MIME) && v.name == "" && caption.Plain == "" {
		kind = "m.sticker"
	}
	id, err := j.post(ctx, v, kind, part, func() (map[string]any, error) {
		file, err := j.a.carry(ctx, j.s, j.room, v.user, p.Media)
		if isLost(err) {
			j.note(string(p.Kind) + " told in a line")
			kind = "m.room.message"
			return j.textContent(v, as, below(caption, chat.Plain(p.Describe())), at), nil
		}
		if err != nil {
			return nil, err
		}
		c := fileContent(p, file, render(caption, v.name), kind == "m.sticker")
		j.dress(c, v, as, at)
		return c, nil
	})
	if err == nil {
		j.r.Refs = append(j.r.Refs, ref(j.room, id))
	}
	return err
}

// whisper tells one person something, in their private room with the bot.
func (j *job) whisper(ctx context.Context, e chat.Whisper) (adapters.Receipt, error) {
	if err := checkUser(e.Who); err != nil {
		return j.r, err
	}
	if j.a.isOurs(e.Who.ID) {
		return j.r, refuse(chat.Invalid, "%s is one of our own", e.Who.ID)
	}
	if e.Text.Plain == "" {
		return j.r, refuse(chat.Invalid, "the message is empty")
	}
	room, err := j.a.privateRoom(ctx, j.s, e.Who.ID)
	if isRefusal(err) && (e.Secret || !isRoomID(j.room)) {
		return j.r, refuse(chat.Forbidden, "%s cannot be written to in private: %v", e.Who.ID, brief(err))
	}
	v := voice{user: j.a.config.User}
	text, at := e.Text, anchor{}
	switch {
	case err == nil:
		j.room = room
	case isRefusal(err):
		name := j.a.nameOf(ctx, j.s, j.room, e.Who.ID)
		text = chat.Styled(chat.Mention, name, e.Who.String()).Append(chat.Plain(": "), e.Text).Normal()
		if at, err = j.anchor(ctx, e.Answer); err != nil {
			return j.r, err
		}
		j.note("said in the room")
	default:
		return j.r, err
	}
	for i, t := range pieces(text, "") {
		if err := j.sendText(ctx, v, nil, "t"+strconv.Itoa(i), t, at); err != nil {
			return j.r, err
		}
		at = at.rest()
	}
	return j.r, j.offer(ctx, e.Choices)
}

// isPicture tells whether clients show files of a type as pictures.
func isPicture(mime string) bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/apng", "image/heic"}, mime)
}
