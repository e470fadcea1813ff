package adaptertest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// answerPromises are about how messages stand to each other, and about what is covered or many in one.
func answerPromises() []promise {
	return []promise{
		{name: "partial quote arrives", keep: partialQuoteArrives},
		{name: "partial quote is shown", keep: partialQuoteIsShown, proves: []chat.Kind{"partial quote"}},
		{name: "partial quote of other words is shown", keep: wrongQuoteIsShown},
		{name: "thread arrives", keep: threadArrives},
		{name: "thread is shown", keep: threadIsShown, proves: []chat.Kind{"thread"}},
		{name: "forward by a member arrives", keep: forwardArrives},
		{name: "hidden media arrives", keep: hiddenArrives},
		{name: "hidden media is shown", keep: hiddenIsShown, proves: []chat.Kind{"hidden media"}},
		{name: "video sticker is shown", keep: func(s *stage) { s.stickerIsShown("video/webm") }, proves: []chat.Kind{"video sticker"}},
		{name: "animated sticker is shown", keep: func(s *stage) { s.stickerIsShown("application/x-tgsticker") }, proves: []chat.Kind{"animated sticker"}},
		{name: "edit of an album changes its caption once", keep: editOfAlbum},
		{name: "delete of an album takes all of it", keep: deleteOfAlbum},
		{name: "large album is shown whole", keep: largeAlbum},
		{name: "mention of all calls nobody", keep: mentionOfAll},
	}
}

func partialQuoteArrives(s *stage) {
	g := s.gather()
	first := s.saying(g.ana, g.chat, "bread at six, soup at seven")
	s.hearPosted(first)
	ref := s.sayOrSkip(g.ben, g.chat, world.Say{Text: chat.Plain("too late"), ReplyTo: first.ID, Quote: "soup at seven"})
	_, p := s.hearPosted(ref)
	if p.Reply == nil || p.Reply.Ref != first || !p.Reply.Partial || p.Reply.Quote != "soup at seven" {
		s.t.Errorf("it answers %+v, want the soup of %v", p.Reply, first)
	}
}

// quote answers a part of a member's message and returns what people see.
func (s *stage) quote(g table, part string) (to chat.Ref, m world.Shown) {
	s.t.Helper()
	to = s.saying(g.ana, g.chat, "bread at six, soup at seven")
	s.hearPosted(to)
	s.do(chat.Send{
		To: g.chat, As: s.guest(), Text: chat.Plain("too late"),
		Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{to}}, Name: g.anaName, Quote: part, Partial: true},
	})
	return to, s.seeText(g.chat, "too late")
}

func partialQuoteIsShown(s *stage) {
	g := s.gather()
	to, m := s.quote(g, "soup at seven")
	if m.ReplyTo != to.ID {
		s.t.Errorf("it answers %q, want %q", m.ReplyTo, to.ID)
	}
	if s.features.Shows["partial quote"].How == chat.Native && m.Quote != "soup at seven" {
		s.t.Errorf("the part that is answered is %q", m.Quote)
	}
	if !strings.Contains(m.Quote+m.Text.Plain, "soup at seven") {
		s.t.Errorf("nobody can see which part is answered: %q", m.Text.Plain)
	}
}

// wrongQuoteIsShown quotes words that are not there: the message has been edited since.
func wrongQuoteIsShown(s *stage) {
	g := s.gather()
	to, m := s.quote(g, "soup at eight")
	if m.ReplyTo != to.ID {
		s.t.Errorf("it answers %q, want %q", m.ReplyTo, to.ID)
	}
}

func threadArrives(s *stage) {
	g := s.gather()
	first := s.saying(g.ana, g.chat, "who brings what?")
	s.hearPosted(first)
	ref := s.sayOrSkip(g.ben, g.chat, world.Say{Text: chat.Plain("bread"), Thread: first.ID})
	_, p := s.hearPosted(ref)
	if p.Reply == nil || p.Reply.Ref != first || !p.Reply.Thread {
		s.t.Errorf("it stands in %+v, want the thread of %v", p.Reply, first)
	}
	ref = s.sayOrSkip(g.ana, g.chat, world.Say{Text: chat.Plain("thanks"), Thread: first.ID, ReplyTo: ref.ID})
	if _, p := s.hearPosted(ref); p.Reply == nil || p.Reply.Thread || p.Reply.Ref == first {
		s.t.Errorf("an answer within a thread answers %+v", p.Reply)
	}
}

func threadIsShown(s *stage) {
	g := s.gather()
	first := s.saying(g.ana, g.chat, "who brings what?")
	s.hearPosted(first)
	s.do(chat.Send{
		To: g.chat, As: s.guest(), Text: chat.Plain("bread from afar"),
		Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{first}}, Name: g.anaName, Quote: "who brings what?", Thread: true},
	})
	m := s.seeText(g.chat, "bread from afar")
	if s.features.Shows["thread"].How == chat.Native && m.Thread != first.ID {
		s.t.Errorf("it stands in the thread %q, want %q", m.Thread, first.ID)
	}
	if m.Thread != first.ID && m.ReplyTo != first.ID {
		s.t.Errorf("nobody can see that it belongs to %q", first.ID)
	}
}

func forwardArrives(s *stage) {
	g := s.gather()
	ref := s.sayOrSkip(g.ana, g.chat, world.Say{Text: chat.Plain("the best bread"), Forward: "Dora Dill"})
	if _, p := s.hearPosted(ref); !strings.Contains(p.Forward, "Dora Dill") || p.Text.Plain != "the best bread" {
		s.t.Errorf("it arrived as %q, forwarded from %q", p.Text.Plain, p.Forward)
	}
}

func hiddenArrives(s *stage) {
	g := s.gather()
	photo := sample(chat.Photo, 22)
	photo.Hidden = true
	ref := s.sayOrSkip(g.ana, g.chat, world.Say{Media: []world.Media{photo}})
	if _, p := s.hearPosted(ref); len(p.Parts) != 1 || !p.Parts[0].Hidden {
		s.t.Errorf("a covered photo arrived as %+v", p.Parts)
	}
}

func hiddenIsShown(s *stage) {
	g := s.gather()
	photo := sample(chat.Photo, 23)
	part := s.part(photo)
	part.Hidden = true
	r := s.do(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{part}})
	files, _ := s.shownMedia(g.chat, r.Refs, 1)
	if !bytes.Equal(files[0].Bytes, photo.Bytes) {
		s.t.Errorf("%d bytes are shown, want %d", len(files[0].Bytes), len(photo.Bytes))
	}
	if !files[0].Hidden && files[0].Kind != chat.File {
		s.t.Errorf("a covered photo is open to everybody, as %s", files[0].Kind)
	}
	if s.features.Shows["hidden media"].How == chat.Native && !files[0].Hidden {
		s.t.Error("a covered photo is not covered")
	}
}

// stickerIsShown sends a sticker that moves: as such, as a video, or in a line with its emoji.
func (s *stage) stickerIsShown(mime string) {
	g := s.gather()
	file := sample(chat.Sticker, 24)
	file.MIME = mime
	part := s.part(file)
	part.Line = "🍞"
	degraded, _ := chat.Degrade(chat.Send{To: g.chat, Parts: []chat.Part{part}}, s.features)
	r := s.do(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{part}})
	want := degraded.(chat.Send).Parts
	if len(want) == 0 {
		s.seeText(g.chat, "🍞")
		return
	}
	files, _ := s.shownMedia(g.chat, r.Refs, 1)
	if files[0].Kind != want[0].Kind && files[0].Kind != chat.Sticker {
		s.t.Errorf("a sticker (%s) is shown as %s, want %s", mime, files[0].Kind, want[0].Kind)
	}
}

// sendAlbum sends n photos with a caption and returns their refs.
func (s *stage) sendAlbum(g table, n int) (chat.Send, []chat.Ref) {
	s.t.Helper()
	send := chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("three dishes")}
	for i := range n {
		send.Parts = append(send.Parts, s.part(sample(chat.Photo, byte(30+i))))
	}
	r := s.do(send)
	s.shownMedia(g.chat, r.Refs, n)
	return send, r.Refs
}

func editOfAlbum(s *stage) {
	g := s.gather()
	send, refs := s.sendAlbum(g, 3)
	r := s.do(chat.Edit{To: g.chat, Target: chat.Target{Refs: refs}, As: send.As, Text: chat.Plain("four dishes"), Parts: send.Parts})
	s.seeText(g.chat, "four dishes")
	s.shownMedia(g.chat, appendNew(slices.Clone(refs), r.Refs...), 3)
	s.see(g.chat, "the old caption nowhere", func(all []world.Shown) bool { return !slices.ContainsFunc(all, has("three dishes")) })
}

func deleteOfAlbum(s *stage) {
	g := s.gather()
	_, refs := s.sendAlbum(g, 3)
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}})
	s.see(g.chat, "that all of the album is gone", func(all []world.Shown) bool {
		return !slices.ContainsFunc(all, func(m world.Shown) bool { return m.FromBot && !m.Deleted && !m.Service })
	})
}

// largeAlbum has more photos than a platform may take in one.
func largeAlbum(s *stage) {
	g := s.gather()
	_, refs := s.sendAlbum(g, 13)
	files, _ := s.shownMedia(g.chat, refs, 13)
	for i := range files {
		if want := sample(chat.Photo, byte(30+i)); !bytes.Equal(files[i].Bytes, want.Bytes) {
			s.t.Errorf("photo %d of the album is another", i)
		}
	}
	s.seeText(g.chat, "three dishes")
}

// mentionOfAll writes what some platforms take for a call to everybody.
func mentionOfAll(s *stage) {
	g := s.gather()
	s.do(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("@room bread is ready @everyone")})
	m := s.seeText(g.chat, "bread is ready")
	if words, values := under(m.Text, chat.Mention); len(words) > 0 {
		s.t.Errorf("it calls %q (%q)", words, values)
	}
}
