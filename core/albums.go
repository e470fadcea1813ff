package core

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// albumTimer is the engine's own, by which an album is whole.
const albumTimer = "engine.album"

// The measures of an album. Platforms deliver the messages of one at once, or within a second where they come by several
// calls.
const (
	albumWait  = time.Second     // after an item for the next one
	albumMost  = 5 * time.Second // for all
	albumItems = 10              // what the platforms with albums allow
	albumBytes = 256 << 10       // of its events together, so that the bus takes the effects
)

// album is one that is coming: its items are in the state, and are known here by where.
type album struct {
	chat  chat.Chat
	first messageKey
	by    chat.Identity
	name  string
	since time.Time
	size  int
	refs  []chat.Ref
}

func (a *album) prefix() []byte {
	return append(joinKey(a.chat.String(), ""), a.first.bytes()...)
}

// timer is the key of the album's timer.
func (a *album) timer() string { return a.chat.String() + " " + string(a.first.id()) }

func albumPlace(key []byte) string { return "album/" + string(key) }

// hold keeps an item of an album back until the album is whole, and lets those that are coming in a chat go before anything
// else that happens there. What is in private is not held: nobody carries it further.
func (f *fold) hold(e chat.Event) (held bool, err error) {
	p, posted := e.Body.(chat.Posted)
	if !posted || p.Album == "" || e.Private || e.Chat.Platform == chat.Local || e.Chat.Platform == chat.Web {
		return false, f.flushIn(e)
	}
	if m, _, err := f.graph.byRef(p.Ref); err != nil || m != nil {
		return true, err // the same message under another event id
	}
	x, err := f.earlyOf(p.Ref)
	if err != nil || x.isGone() {
		return true, err
	}
	if edited, ok := x.edit(e.By.Identity); ok {
		p.Text, p.Parts = edited.Text, edited.Parts
		e.Body = p
	}
	data, err := chat.EncodeEvent(e)
	if err != nil {
		return false, err
	}
	a, err := f.albumFor(e, p, len(data))
	if err != nil || slices.Contains(a.refs, p.Ref) {
		return true, err
	}
	key := append(a.prefix(), f.nextKey().bytes()...)
	a.refs, a.size = append(a.refs, p.Ref), a.size+len(data)
	value := append(timeKey(f.now), f.engine.seal.close(albumPlace(key), data)...)
	if err := f.tx.Put(bucketAlbum, key, value); err != nil {
		return true, err
	}
	due := f.now.Add(albumWait)
	if latest := a.since.Add(albumMost); due.After(latest) {
		due = latest
	}
	return true, putTimer(f.tx, chat.Wake{Rule: albumTimer, Key: a.timer(), At: due}, "")
}

// albumFor returns the album that an item is of: one that is coming and has room, or a new one.
func (f *fold) albumFor(e chat.Event, p chat.Posted, size int) (*album, error) {
	h := f.engine.house
	for _, a := range h.albums[e.Chat] {
		if a.by != e.By.Identity || a.name != p.Album {
			continue
		}
		if slices.Contains(a.refs, p.Ref) || len(a.refs) < albumItems && a.size+size <= albumBytes {
			return a, nil
		}
		if err := f.flush(a); err != nil {
			return nil, err
		}
		break
	}
	a := &album{chat: e.Chat, first: f.nextKey(), by: e.By.Identity, name: p.Album, since: f.now}
	h.albums[e.Chat] = append(h.albums[e.Chat], a)
	return a, nil
}

// flushIn lets the albums go that are coming in the chat of an event.
func (f *fold) flushIn(e chat.Event) error {
	if len(f.engine.house.albums[e.Chat]) == 0 {
		return nil
	}
	switch e.Body.(type) {
	case chat.Sent, chat.Failed: // they tell of the past
		return nil
	}
	for _, a := range slices.Clone(f.engine.house.albums[e.Chat]) {
		if err := f.flush(a); err != nil {
			return err
		}
	}
	return nil
}

// flushBy lets the album go whose timer is due.
func (f *fold) flushBy(timer string) error {
	name, _, _ := strings.Cut(timer, " ")
	in, err := chat.ParseChat(name)
	if err != nil {
		return nil // no album has such a timer
	}
	for _, a := range f.engine.house.albums[in] {
		if a.timer() == timer {
			return f.flush(a)
		}
	}
	return nil
}

// flush makes one event of an album and folds it.
func (f *fold) flush(a *album) error {
	h := f.engine.house
	if h.albums[a.chat] = slices.DeleteFunc(h.albums[a.chat], func(b *album) bool { return a == b }); len(h.albums[a.chat]) == 0 {
		delete(h.albums, a.chat)
	}
	if err := dropTimer(f.tx, albumTimer, a.timer()); err != nil {
		return err
	}
	events, err := f.itemsOf(a)
	if err != nil || len(events) == 0 {
		return err
	}
	f.made++ // its message gets a name of its own in this entry
	e, items := merged(events)
	f.items = items
	defer func() { f.items = nil }()
	return f.all(e)
}

// itemsOf takes the items of an album out of the state.
func (f *fold) itemsOf(a *album) ([]chat.Event, error) {
	var keys [][]byte
	var events []chat.Event
	var broken error
	err := f.tx.Scan(bucketAlbum, a.prefix(), func(key, value []byte) bool {
		if !bytes.HasPrefix(key, a.prefix()) {
			return false
		}
		var e chat.Event
		e, _, broken = f.engine.albumItem(key, value)
		keys, events = append(keys, bytes.Clone(key)), append(events, e)
		return broken == nil
	})
	if err := firstError(err, broken); err != nil {
		return nil, fmt.Errorf("read album: %w", err)
	}
	for _, key := range keys {
		if err := f.tx.Delete(bucketAlbum, key); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// albumItem reads an item and tells its size.
func (e *Engine) albumItem(key, value []byte) (chat.Event, int, error) {
	data, err := e.seal.open(albumPlace(key), value[min(8, len(value)):])
	if err != nil {
		return chat.Event{}, 0, err
	}
	ev, err := chat.DecodeEvent(data)
	return ev, len(data), err
}

// merged makes one event of the items of an album, in the order of their coming.
func merged(events []chat.Event) (chat.Event, []item) {
	out := events[0]
	all, _ := out.Body.(chat.Posted)
	items := make([]item, 0, len(events))
	for i, e := range events {
		p, _ := e.Body.(chat.Posted)
		items = append(items, item{Ref: p.Ref, Text: p.Text, Parts: p.Parts})
		if i == 0 {
			continue
		}
		all.More = append(all.More, p.Ref)
		if all.Reply == nil {
			all.Reply = p.Reply
		}
		if all.Forward == "" {
			all.Forward = p.Forward
		}
		if all.Vanish == 0 || p.Vanish > 0 && p.Vanish < all.Vanish {
			all.Vanish = p.Vanish
		}
		if e.Title != "" {
			out.Title = e.Title
		}
		out.By.Level, out.By.Unsure = max(out.By.Level, e.By.Level), out.By.Unsure || e.By.Unsure
	}
	all.Text, all.Parts = joined(items)
	out.Body = all
	return out, items
}

// loadAlbums finds the albums that were coming when the process ended.
func (e *Engine) loadAlbums(tx Tx) error {
	byPrefix := make(map[string]*album)
	var broken error
	err := tx.Scan(bucketAlbum, nil, func(key, value []byte) bool {
		var ev chat.Event
		size := 0
		if ev, size, broken = e.albumItem(key, value); broken != nil {
			return false
		}
		_, keys, _ := bytes.Cut(key, []byte{0})
		prefix := string(key[:len(key)-len(keys)+min(messageKeySize, len(keys))])
		a := byPrefix[prefix]
		p, _ := ev.Body.(chat.Posted)
		if a == nil {
			since := time.UnixMilli(int64(number(value))).UTC()
			a = &album{chat: ev.Chat, first: messageKeyOf(keys), by: ev.By.Identity, name: p.Album, since: since}
			byPrefix[prefix] = a
			e.house.albums[ev.Chat] = append(e.house.albums[ev.Chat], a)
		}
		a.refs = append(a.refs, p.Ref)
		a.size += size
		return true
	})
	if err := firstError(err, broken); err != nil {
		return fmt.Errorf("read albums: %w", err)
	}
	return nil
}
