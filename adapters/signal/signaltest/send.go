package signaltest

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// draft is a message as send's parameters describe it.
type draft struct {
	body     string
	mentions []mention
	styles   []textStyle
	replyTo  target
	reply    string // quoted text
	media    []world.Media
	viewOnce bool
	edits    int64 // the timestamp to edit; 0 = a new message
}

func (c *call) send() (any, *rpcError) {
	s := c.server
	media, rerr := c.attachments() // reads files, so before the lock
	if rerr != nil {
		return nil, rerr
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	if end, rerr := c.params.flag("endSession"); end || rerr != nil {
		return nothing{}, rerr
	}
	d, rerr := c.draft(media)
	if rerr != nil {
		return nil, rerr
	}
	at := s.stamp(c.account.ACI)
	self := c.account.ACI
	return c.deliver(t, at, outgoing{
		method: "send", content: true,
		show: func(talk *conversation) {
			text := s.shownText(d.body, d.mentions, d.styles)
			if d.edits != 0 {
				// The phones' refusal reaches nobody: the daemon says success.
				_ = talk.edit(self, d.edits, at, text, d.media, s.opts.Window)
				return
			}
			m := &message{author: self, sent: at, text: text, media: d.media, viewOnce: d.viewOnce, at: s.opts.Now()}
			if d.replyTo.Sent != 0 {
				m.replyTo = talk.name(d.replyTo.AuthorUUID, d.replyTo.Sent)
			}
			talk.add(m)
		},
		envelope: func(g *groupInfo) content { return d.content(at, g) },
	})
}

// draft reads send's parameters. The lock is held.
func (c *call) draft(media []world.Media) (d draft, rerr *rpcError) {
	d = draft{body: c.params.str("message"), media: media}
	if d.viewOnce, rerr = c.params.flag("viewOnce"); rerr != nil {
		return d, rerr
	}
	if _, rerr = c.params.flag("notifySelf"); rerr != nil {
		return d, rerr
	}
	if d.edits, _, rerr = c.params.long("editTimestamp"); rerr != nil {
		return d, rerr
	}
	if rerr = c.quoted(&d); rerr != nil {
		return d, rerr
	}
	if raw := c.params.str("sticker"); raw != "" {
		pack, id, ok := strings.Cut(raw, ":")
		_, badPack := hex.DecodeString(pack)
		if _, badID := strconv.Atoi(id); !ok || badPack != nil || badID != nil {
			return d, userError("Invalid sticker syntax, must be: <packId>:<stickerId>")
		}
		d.media = append(d.media, world.Media{Kind: chat.Sticker, Name: raw, Bytes: c.server.stickers[raw]})
	}
	if d.body == "" && len(d.media) == 0 && d.replyTo.Sent == 0 {
		return d, userError("Sending empty message is not allowed, either a message, attachment or sticker must be given.")
	}
	for _, raw := range c.params.list("mention") {
		start, length, who, ok := cutRange(raw)
		if !ok {
			return d, userError("Invalid mention syntax (" + raw + ") expected 'start:length:recipientNumber'")
		}
		r, rerr := c.server.resolve(who)
		if rerr != nil || (r.who == nil && r.address.UUID == nil) || c.server.takeFaultLocked(Unfound, "send", who) != nil {
			return d, userError("The user " + who + " is not registered.")
		}
		if r.who != nil { // of an unknown account the phones show the placeholder alone
			d.mentions = append(d.mentions, r.who.mention(start, length))
		}
	}
	for _, raw := range c.params.list("textStyle") {
		start, length, style, ok := cutRange(raw)
		if _, known := styleOf(style); !ok || !known {
			return d, userError("Invalid textStyle syntax (" + raw + ") expected 'start:length:STYLE'")
		}
		d.styles = append(d.styles, textStyle{Style: style, Start: start, Length: length})
	}
	return d, nil
}

func (c *call) quoted(d *draft) *rpcError {
	at, given, rerr := c.params.long("quoteTimestamp")
	if rerr != nil || !given {
		return rerr
	}
	author, rerr := c.author("quoteAuthor")
	if rerr != nil {
		return rerr
	}
	if c.server.takeFaultLocked(Unfound, "send", author) != nil {
		return userError("The user " + author + " is not registered.")
	}
	d.replyTo = c.server.somebody(author).target(at)
	d.reply = c.params.str("quoteMessage")
	return nil
}

// content is the draft as other accounts receive it.
func (d draft) content(at int64, g *groupInfo) content {
	m := &dataMessage{
		Timestamp: at, Message: orNull(d.body), ViewOnce: d.viewOnce,
		Mentions: d.mentions, TextStyles: d.styles, GroupInfo: g,
	}
	if d.replyTo.Sent != 0 {
		m.Quote = d.replyTo.quote(d.reply)
	}
	if d.edits != 0 {
		return content{EditMessage: &editMessage{Target: d.edits, DataMessage: m}}
	}
	return content{DataMessage: m}
}

func (t target) quote(text string) *quote {
	return &quote{
		ID: t.Sent, Author: t.Author, AuthorNumber: t.AuthorNumber, AuthorUUID: t.AuthorUUID,
		Text: text, Attachments: []quotedAttachment{},
	}
}

// cutRange reads "start:length:rest".
func cutRange(raw string) (start, length int, rest string, ok bool) {
	parts := strings.SplitN(raw, ":", 3)
	if len(parts) != 3 {
		return 0, 0, "", false
	}
	start, err1 := strconv.Atoi(parts[0])
	length, err2 := strconv.Atoi(parts[1])
	return start, length, parts[2], err1 == nil && err2 == nil && start >= 0 && length >= 0
}
