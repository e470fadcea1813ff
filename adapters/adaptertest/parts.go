package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// mediaKinds are the kinds of parts that carry bytes.
func mediaKinds() []chat.PartKind {
	return []chat.PartKind{
		chat.Photo, chat.Video, chat.VideoNote, chat.Animation, chat.Audio, chat.Voice, chat.File, chat.Sticker,
	}
}

// partPromises are about what stands beside the text.
func partPromises() []promise {
	var out []promise
	for _, k := range mediaKinds() {
		out = append(out,
			promise{name: string(k) + " arrives", keep: func(s *stage) { s.mediaArrives(k) }},
			promise{name: string(k) + " is shown", keep: func(s *stage) { s.mediaIsShown(k) }, proves: []chat.Kind{chat.Kind(k)}},
		)
	}
	return append(out,
		promise{name: "caption arrives", keep: captionArrives},
		promise{name: "edit of a caption arrives", keep: captionEditArrives},
		promise{name: "caption is shown", keep: captionIsShown, proves: []chat.Kind{"caption"}},
		promise{name: "caption over the limit is shown whole", keep: longCaption},
		promise{name: "album arrives", keep: albumArrives},
		promise{name: "album is shown", keep: albumIsShown, proves: []chat.Kind{"album"}},
		promise{name: "edit of media is shown", keep: editOfMedia, proves: []chat.Kind{"edit of media"}},
		promise{name: "delete of media is shown", keep: deleteOfMedia},
		promise{name: "media that nobody gives is told or refused", keep: mediaNotToBeHad},
		promise{name: "media that is too large is told or refused", keep: mediaTooLarge},
		promise{name: "media that cannot be fetched now is tried again", keep: mediaLater},
		promise{name: "open keeps its limit", keep: openKeepsLimit},
		promise{name: "open of what is not there is refused", keep: openOfNothing},
	)
}

// fetch reads a media from the adapter.
func (s *stage) fetch(m chat.Media, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	r, err := s.adapter.Open(ctx, m, limit)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// heardMedia waits for n parts with bytes by a person since a message, and checks that they are the files.
func (s *stage) heardMedia(first chat.Ref, person string, want ...world.Media) []chat.Event {
	s.t.Helper()
	var from []chat.Event
	var parts []chat.Part
	ok := s.heard.until(s.patience, func(events []chat.Event) bool {
		from, parts = nil, nil
		i := slices.IndexFunc(events, isPosted(first))
		for _, e := range events[max(i, 0):] {
			if p, ok := e.Body.(chat.Posted); ok && e.By.Identity.ID == person && i >= 0 {
				from, parts = append(from, e), append(parts, p.Parts...)
			}
		}
		return len(parts) >= len(want)
	})
	if !ok || len(parts) != len(want) {
		s.t.Fatalf("%d parts arrived, want %d; heard:\n%s", len(parts), len(want), s.transcript())
	}
	for i, p := range parts {
		if p.Media.Platform != s.w.Platform() || p.Media.Key == "" {
			s.t.Errorf("media of %s is %+v", p.Kind, p.Media)
		}
		got, err := s.fetch(p.Media, 1<<20)
		if err != nil || !bytes.Equal(got, want[i].Bytes) {
			s.t.Errorf("open of %s part %d: %d bytes, want %d; %v", p.Kind, i, len(got), len(want[i].Bytes), err)
		}
		if p.Kind != want[i].Kind && s.features.Shows[chat.Kind(want[i].Kind)].How == chat.Native {
			s.t.Errorf("a %s arrived as %s", want[i].Kind, p.Kind)
		}
		if want[i].Kind == chat.File && p.Media.Name != want[i].Name {
			s.t.Errorf("file %q arrived as %q", want[i].Name, p.Media.Name)
		}
	}
	return from
}

func (s *stage) mediaArrives(kind chat.PartKind) {
	g := s.gather()
	file := sample(kind, 1)
	id, err := s.w.Say(g.ana, g.chat.ID, world.Say{Media: []world.Media{file}})
	if err != nil {
		if s.features.Shows[chat.Kind(kind)].How == chat.Native {
			s.t.Fatalf("say with %s: %v", kind, err)
		}
		s.t.Skipf("people there have no %s: %v", kind, err)
	}
	s.heardMedia(chat.Ref{Chat: g.chat, ID: id}, g.ana, file)
}

// part returns a part of another platform with the sample's bytes.
func (s *stage) part(m world.Media) chat.Part {
	return chat.Part{Kind: m.Kind, Media: s.shelf.put(s.elsewhere(), m)}
}

// shownMedia waits until the messages with these refs show n files, and returns them in order.
func (s *stage) shownMedia(in chat.Chat, refs []chat.Ref, n int) (files []world.Media, texts string) {
	s.t.Helper()
	s.see(in, fmt.Sprintf("%d files in %v", n, refs), func(all []world.Shown) bool {
		files, texts = nil, ""
		for _, m := range all {
			if m.FromBot && !m.Deleted && slices.ContainsFunc(refs, func(r chat.Ref) bool { return r.ID == m.ID }) {
				files, texts = append(files, m.Media...), texts+m.Text.Plain+"\n"
			}
		}
		return len(files) == n
	})
	return files, texts
}

func (s *stage) mediaIsShown(kind chat.PartKind) {
	g := s.gather()
	file := sample(kind, 2)
	part := s.part(file)
	degraded, _ := chat.Degrade(chat.Send{To: g.chat, Parts: []chat.Part{part}}, s.features)
	r := s.do(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{part}})
	want := degraded.(chat.Send)
	if len(want.Parts) == 0 {
		s.seeText(g.chat, part.Describe())
		return
	}
	files, texts := s.shownMedia(g.chat, r.Refs, 1)
	if files[0].Kind != want.Parts[0].Kind && files[0].Kind != kind { // more than the table says is no fault
		s.t.Errorf("a %s is shown as %s", want.Parts[0].Kind, files[0].Kind)
	}
	if !bytes.Equal(files[0].Bytes, file.Bytes) {
		s.t.Errorf("%d bytes are shown, want %d", len(files[0].Bytes), len(file.Bytes))
	}
	if kind == chat.File && files[0].Name != file.Name {
		s.t.Errorf("file %q is shown as %q", file.Name, files[0].Name)
	}
	named := s.see(g.chat, "messages", func([]world.Shown) bool { return true })
	if name := s.guest().Name; !strings.Contains(texts+describe(named), name) {
		s.t.Errorf("nobody can see that %q sent it", name)
	}
}

func captionArrives(s *stage) {
	g := s.gather()
	file := sample(chat.Photo, 3)
	text := chat.Plain("our ").Append(chat.Styled(chat.Bold, "table", ""))
	events := s.heardMedia(s.say(g.ana, g.chat, world.Say{Text: text, Media: []world.Media{file}}), g.ana, file)
	for _, e := range events {
		if p := e.Body.(chat.Posted); p.Text.Plain == text.Plain {
			if words, _ := under(p.Text, chat.Bold); s.features.Shows["bold"].How == chat.Native && !slices.Equal(words, []string{"table"}) {
				s.t.Errorf("bold in the caption is over %q", words)
			}
			return
		}
	}
	s.hear("the caption", func(e chat.Event) bool {
		p, ok := e.Body.(chat.Posted)
		return ok && p.Text.Plain == text.Plain
	})
}

// captionEditArrives changes the words under a photo: the photo is still there.
func captionEditArrives(s *stage) {
	g := s.gather()
	file := sample(chat.Photo, 16)
	ref := s.say(g.ana, g.chat, world.Say{Text: chat.Plain("our tabel"), Media: []world.Media{file}})
	s.heardMedia(ref, g.ana, file)
	if err := s.w.Edit(g.ana, g.chat.ID, ref.ID, chat.Plain("our table")); err != nil {
		s.t.Fatalf("edit: %v", err)
	}
	e := s.hear("edited to our table", func(e chat.Event) bool {
		b, ok := e.Body.(chat.Edited)
		return ok && b.Text.Plain == "our table"
	})
	b := e.Body.(chat.Edited)
	if b.Ref != ref {
		s.t.Errorf("edited is %v, want %v", b.Ref, ref)
	}
	if len(b.Parts) != 1 || b.Parts[0].Kind != chat.Photo {
		s.t.Errorf("after the edit of a caption the parts are %+v, want the photo", b.Parts)
	}
}

func captionIsShown(s *stage) {
	g := s.gather()
	file := sample(chat.Photo, 4)
	r := s.do(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("our table"), Parts: []chat.Part{s.part(file)}})
	s.shownMedia(g.chat, r.Refs, 1)
	m := s.seeText(g.chat, "our table")
	if len(m.Media) != 1 && s.features.Shows["caption"].How == chat.Native {
		s.t.Error("the caption is not with its photo")
	}
}

func longCaption(s *stage) {
	g := s.gather()
	text := prose("caption", s.features.CaptionLimit+200)
	r := s.do(chat.Send{To: g.chat, Text: chat.Plain(text), Parts: []chat.Part{s.part(sample(chat.Photo, 5))}})
	s.shownMedia(g.chat, r.Refs, 1)
	if pieces := s.seeWhole(g.chat, text); len(pieces) > len(r.Refs) {
		s.t.Errorf("people see %d messages, the receipt names %d", len(pieces), len(r.Refs))
	}
}

// album returns three different photos.
func album() []world.Media {
	return []world.Media{sample(chat.Photo, 11), sample(chat.Photo, 12), sample(chat.Photo, 13)}
}

func albumArrives(s *stage) {
	g := s.gather()
	photos := album()
	events := s.heardMedia(s.say(g.ana, g.chat, world.Say{Text: chat.Plain("three dishes"), Media: photos}), g.ana, photos...)
	if len(events) == 1 || s.features.Shows["album"].How != chat.Native {
		return
	}
	name := events[0].Body.(chat.Posted).Album
	for _, e := range events {
		if p := e.Body.(chat.Posted); len(p.Parts) > 0 && (p.Album == "" || p.Album != name) {
			s.t.Errorf("parts of one album are in %q and %q", name, p.Album)
		}
	}
}

func albumIsShown(s *stage) {
	g := s.gather()
	photos := album()
	send := chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("three dishes")}
	for _, m := range photos {
		send.Parts = append(send.Parts, s.part(m))
	}
	r := s.do(send)
	files, _ := s.shownMedia(g.chat, r.Refs, len(photos))
	for i := range photos {
		if !bytes.Equal(files[i].Bytes, photos[i].Bytes) {
			s.t.Errorf("photo %d of the album is another", i)
		}
	}
	s.seeText(g.chat, "three dishes")
}

func editOfMedia(s *stage) {
	g := s.gather()
	before, after := sample(chat.Photo, 6), sample(chat.Photo, 7)
	part := s.part(before)
	refs := s.do(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("our tabel"), Parts: []chat.Part{part}}).Refs
	target := chat.Target{Refs: refs}
	r := s.do(chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain("our table"), Parts: []chat.Part{part}})
	s.seeText(g.chat, "our table")
	target.Refs = appendNew(target.Refs, r.Refs...)
	files, _ := s.shownMedia(g.chat, target.Refs, 1)
	if !bytes.Equal(files[0].Bytes, before.Bytes) {
		s.t.Error("the edit of a caption changed the photo")
	}
	if s.features.Shows["edit of media"].How != chat.Native {
		return
	}
	r = s.do(chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain("our table"), Parts: []chat.Part{s.part(after)}})
	target.Refs = appendNew(target.Refs, r.Refs...)
	s.see(g.chat, "the new photo", func(all []world.Shown) bool {
		return slices.ContainsFunc(all, func(m world.Shown) bool {
			return !m.Deleted && len(m.Media) == 1 && bytes.Equal(m.Media[0].Bytes, after.Bytes)
		})
	})
}

func deleteOfMedia(s *stage) {
	g := s.gather()
	r := s.do(chat.Send{To: g.chat, Text: chat.Plain("oops"), Parts: []chat.Part{s.part(sample(chat.Photo, 8))}})
	s.shownMedia(g.chat, r.Refs, 1)
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: r.Refs}})
	s.see(g.chat, "that the photo is gone", func(all []world.Shown) bool {
		return !slices.ContainsFunc(all, func(m world.Shown) bool { return m.FromBot && !m.Deleted && !m.Service })
	})
}

// sendPart sends a part that is hard to have, with a text that must not be lost if anything is shown.
func (s *stage) sendPart(g table, p chat.Part, reasons ...chat.Reason) {
	s.t.Helper()
	_, err := s.try(s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("look at this"), Parts: []chat.Part{p}}))
	if err != nil {
		s.mustBeRefused(err, reasons...)
		s.see(g.chat, "nothing of what was refused", func(all []world.Shown) bool {
			return !slices.ContainsFunc(all, has("look at this"))
		})
		return
	}
	s.seeText(g.chat, "look at this")
}

func mediaNotToBeHad(s *stage) {
	g := s.gather()
	p := s.part(sample(chat.Photo, 9))
	p.Media.Key = "gone"
	s.sendPart(g, p, chat.NotFound)
}

func mediaTooLarge(s *stage) {
	g := s.gather()
	p := s.part(sample(chat.File, 9))
	p.Media.Size = 0 // nobody said how large it is
	s.shelf.setGate(func(context.Context) error { return adapters.Refused(chat.TooLarge, adapters.ErrTooLarge) })
	s.sendPart(g, p, chat.TooLarge)
	s.shelf.setGate(nil)
	s.shelf.setEndless(true)
	s.sendPart(s.group("Another table"), p, chat.TooLarge)
	s.shelf.setEndless(false)
	p.Media.Size = s.features.MediaLimit + 1
	s.do(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("look at that"), Parts: []chat.Part{p}})
	if m := s.seeText(g.chat, "look at that"); !strings.Contains(m.Text.Plain, p.Media.Name) {
		s.t.Errorf("a file that is too large is not told in %q", m.Text.Plain)
	}
}

func mediaLater(s *stage) {
	g := s.gather()
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("our table"), Parts: []chat.Part{s.part(sample(chat.Photo, 10))}})
	s.shelf.setGate(func(context.Context) error { return adapters.Retry(0, errors.New("the other platform is down")) })
	_, err := s.try(d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) {
		s.t.Fatalf("do with bytes that cannot be fetched now: %v, want retry", err)
	}
	s.shelf.setGate(nil)
	r, err := s.try(d)
	if err != nil {
		s.t.Fatalf("do again: %v", err)
	}
	s.shownMedia(g.chat, r.Refs, 1)
	s.seeText(g.chat, "our table")
}

func openKeepsLimit(s *stage) {
	g := s.gather()
	file := sample(chat.File, 14)
	events := s.heardMedia(s.say(g.ana, g.chat, world.Say{Media: []world.Media{file}}), g.ana, file)
	m := events[len(events)-1].Body.(chat.Posted).Parts[0].Media
	b, err := s.fetch(m, 100)
	if !errors.Is(err, adapters.ErrTooLarge) || len(b) > 100 {
		s.t.Errorf("open of %d bytes with the limit 100: %d bytes, %v, want ErrTooLarge", len(file.Bytes), len(b), err)
	}
	b, err = s.fetch(m, int64(len(file.Bytes)))
	if err != nil || !bytes.Equal(b, file.Bytes) {
		s.t.Errorf("open with the limit at its size: %d bytes, %v", len(b), err)
	}
}

func openOfNothing(s *stage) {
	s.gather()
	_, err := s.fetch(chat.Media{Platform: s.w.Platform(), Key: "no-such-file"}, 1000)
	s.mustBeRefused(err, chat.NotFound, chat.Invalid)
}
