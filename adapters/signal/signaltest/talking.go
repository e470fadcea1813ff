package signaltest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxInline is how many bytes of text go into a message; more becomes an attachment
// (ServiceConfig.MAX_MESSAGE_SIZE_BYTES).
const maxInline = 2000

// Say posts as a person.
func (s *Server) Say(who, where string, say world.Say) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return "", err
	}
	if p.group != nil && p.group.sendMessages == onlyAdmins && !p.group.member(who).admin {
		return "", errors.New("only admins can send messages")
	}
	switch {
	case say.Quote != "" || say.Thread != "" || say.Forward != "" || slices.ContainsFunc(say.Media, func(m world.Media) bool { return m.Hidden }):
		return "", world.ErrNone // what is forwarded looks like anything else that is said, what is answered is all of it
	case say.Thing != nil:
		return s.sayThing(p, *say.Thing)
	case say.Text.Plain == "" && len(say.Media) == 0:
		return "", errors.New("nothing to send")
	case say.Once && (say.Text.Plain != "" || len(say.Media) != 1):
		return "", errors.New("one picture or video can be seen once, without words")
	}
	return s.sayWords(p, say)
}

// sayWords posts a text, files, or both. The lock is held.
func (s *Server) sayWords(p place, say world.Say) (string, error) {
	who := p.who.ACI
	at := s.stamp(who)
	body, mentions, styles := s.typed(say.Text)
	d := &dataMessage{
		Timestamp: at, Message: orNull(body), Mentions: mentions, TextStyles: styles, GroupInfo: p.group.info("DELIVER"),
		ViewOnce: say.Once, ExpiresInSeconds: int(say.Vanish / time.Second),
	}
	if p.group != nil && d.ExpiresInSeconds == 0 {
		d.ExpiresInSeconds = p.group.expiration
	}
	m := &message{
		author: who, sent: at, text: s.shownText(body, mentions, styles), media: say.Media, viewOnce: say.Once, at: s.opts.Now(),
	}
	if say.ReplyTo != "" {
		quoted, err := p.talk.named(say.ReplyTo)
		if err != nil {
			return "", err
		}
		to := s.people[quoted.author].target(quoted.latest())
		d.Quote, m.replyTo = to.quote(quoted.text.Plain), messageName(quoted.author, quoted.sent)
	}
	files := s.attach(d, say.Media, at)
	if len(body) > maxInline {
		f := queuedFile{s.fileID("text/x-signal-plain"), []byte(body)}
		d.Attachments = append(d.Attachments, attachmentOf(f, "text/x-signal-plain", "", at))
		files = append(files, f)
	}
	p.talk.add(m)
	s.send(p, at, content{DataMessage: d}, files)
	return messageName(who, at), nil
}

// attach adds a person's files to his message. The lock is held.
func (s *Server) attach(d *dataMessage, media []world.Media, at int64) (files []queuedFile) {
	for _, m := range media {
		if m.Kind == chat.Sticker {
			s.nextFile++
			d.Sticker = &sticker{PackID: fmt.Sprintf("%032x", s.rng.Uint64()), StickerID: s.nextFile}
			if !s.opts.IgnoreStickers {
				s.stickers[d.Sticker.PackID+":"+strconv.Itoa(d.Sticker.StickerID)] = m.Bytes
			}
			continue
		}
		f := queuedFile{s.fileID(m.MIME), m.Bytes}
		files = append(files, f)
		name := m.Name
		if m.Kind == chat.Voice {
			name = "" // recorded in the app, it never had a name
		}
		d.Attachments = append(d.Attachments, attachmentOf(f, m.MIME, name, at))
	}
	return files
}

func attachmentOf(f queuedFile, contentType, name string, at int64) attachment {
	return attachment{
		ContentType: contentType, Filename: orNull(name), ID: f.id, Size: int64(len(f.bytes)), UploadTimestamp: &at,
	}
}

// named finds a message by its id.
func (t *conversation) named(id string) (*message, error) {
	if m := t.byName[id]; m != nil && !m.deleted {
		return m, nil
	}
	return nil, errNotFound
}

// latest is the timestamp of the message's newest revision.
func (m *message) latest() int64 { return m.revisions[len(m.revisions)-1] }

// Edit changes a person's own message.
func (s *Server) Edit(who, where, id string, text chat.Text) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	if err != nil {
		return err
	}
	if m.author != who {
		return errors.New("you can edit your own messages only")
	}
	target, at := m.latest(), s.stamp(who)
	body, mentions, styles := s.typed(text)
	if err := p.talk.edit(who, target, at, s.shownText(body, mentions, styles), m.media, s.opts.Window); err != nil {
		return err
	}
	d := &dataMessage{
		Timestamp: at, Message: orNull(body), Mentions: mentions, TextStyles: styles, GroupInfo: p.group.info("DELIVER"),
	}
	files := s.attach(d, m.media, at) // an edit carries all of the new content, the files too
	s.send(p, at, content{EditMessage: &editMessage{Target: target, DataMessage: d}}, files)
	return nil
}

func (s *Server) find(who, where, id string) (place, *message, error) {
	p, err := s.place(who, where)
	if err != nil {
		return p, nil, err
	}
	m, err := p.talk.named(id)
	return p, m, err
}

// Delete deletes a person's own message for everyone, or as an admin of the group another's.
func (s *Server) Delete(who, where, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	if err != nil {
		return err
	}
	own := m.author == who
	if !own && (p.group == nil || !p.group.member(who).admin) {
		return errors.New("only admins can delete messages of others")
	}
	target, at := m.latest(), s.stamp(who)
	if err := p.talk.remove(m.author, target, at, s.opts.Window); err != nil {
		return err
	}
	d := &dataMessage{Timestamp: at, GroupInfo: p.group.info("DELIVER")}
	if own {
		d.RemoteDelete = &remoteDelete{target}
	} else {
		to := s.people[m.author].target(target)
		d.AdminDelete = &to
	}
	s.send(p, at, content{DataMessage: d}, nil)
	return nil
}

// React sets or takes back a person's one emoji on a message.
func (s *Server) React(who, where, id, emoji string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	if err != nil {
		return err
	}
	if err := p.talk.react(who, m.author, m.sent, emoji, on); err != nil {
		return err
	}
	at := s.stamp(who)
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, GroupInfo: p.group.info("DELIVER"),
		Reaction: &reaction{Emoji: emoji, target: s.people[m.author].target(m.latest()), IsRemove: !on},
	}}, nil)
	return nil
}
