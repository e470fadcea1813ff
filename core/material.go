package core

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Window names what was said in one room of a community, from one time until another; an empty room means all rooms that
// every member may read.
type Window struct {
	Community   chat.CommunityID
	Room        chat.RoomID
	From, Until time.Time
}

// has tells whether a time lies in the window.
func (w Window) has(at time.Time) bool { return !at.Before(w.From) && at.Before(w.Until) }

// maxMaterial is the most messages of one window that are read; of more the newest are.
const maxMaterial = 20_000

// noRecap in a message keeps it out of every recap.
const noRecap = "#norecap"

// Material returns the members' messages of a window in their order, with their words, as far as they are kept: without those
// of people who want to be in no recap. reactions reads a number from what the rule "relay" keeps of a message, nil for none.
// It is read beside the engine and is safe for concurrent use.
func (e *Engine) Material(w Window, reactions func(state []byte) int) (lines []chat.Line, err error) {
	err = e.store.View(func(tx Tx) error {
		lines, err = readMaterial(tx, e.seal, w, reactions, maxMaterial)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read material: %w", err)
	}
	return lines, nil
}

// readMaterial looks through what is kept of messages: that is no more than a month or three.
func readMaterial(tx Tx, s seal, w Window, reactions func([]byte) int, limit int) ([]chat.Line, error) {
	open, err := openRooms(tx, w)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	silent, err := silentMembers(tx, w.Community)
	if err != nil {
		return nil, err
	}
	var out []chat.Line
	var broken error
	err = tx.Scan(bucketWords, nil, func(key, value []byte) bool {
		k, ok := keptTextOf(value)
		if !ok || k.in != w.Community || !w.has(k.at) || k.until.Before(w.Until) {
			return true
		}
		m := new(chat.Message)
		if raw := tx.Get(bucketMessage, key); raw == nil || json.Unmarshal(raw, m) != nil {
			return true
		}
		if m.Gone || m.Author == "" || !open[m.Room] || silent[m.Author] {
			return true
		}
		raw, err := s.open("words/"+string(m.ID), k.sealed)
		if err != nil {
			return true
		}
		text, parts := contentOf(raw).said()
		if strings.Contains(strings.ToLower(text.Plain), noRecap) {
			return true
		}
		l := lineOf(m, plainOf(text, parts))
		if reactions != nil {
			l.Reactions = reactions(tx.Get(bucketRule+"relay", stateKey(string(m.ID))))
		}
		if out = append(out, l); len(out) > 2*limit {
			out = append(out[:0:0], out[len(out)-limit:]...)
		}
		return true
	})
	return out[max(0, len(out)-limit):], firstError(err, broken)
}

// plainOf returns what a message says in words.
func plainOf(text chat.Text, parts []chat.Part) string {
	words := text.Plain
	if words == "" && len(parts) > 0 {
		words = parts[0].Describe()
	}
	if r := []rune(words); len(r) > maxWords {
		return string(r[:maxWords])
	}
	return words
}

// lineOf tells a message.
func lineOf(m *chat.Message, words string) chat.Line {
	l := chat.Line{At: m.At, By: m.Author, Name: m.Name, Text: words, Message: m.ID, Room: m.Room, ReplyTo: m.ReplyTo}
	if !m.Original.IsZero() {
		l.Refs = append(append(l.Refs, m.Original), m.More...)
	}
	for _, c := range m.Copies {
		l.Refs = append(l.Refs, c.Refs...)
	}
	return l
}

// openRooms returns the rooms of a window: those that every member may read, and the one that is named.
func openRooms(tx Tx, w Window) (map[chat.RoomID]bool, error) {
	raw := tx.Get(bucketCommunity, []byte(w.Community))
	if raw == nil {
		return nil, nil
	}
	var c struct {
		Rooms []chat.Room `json:"rooms"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("read community %s: %w", w.Community, err)
	}
	out := make(map[chat.RoomID]bool)
	for _, r := range c.Rooms {
		if w.Room == r.ID || w.Room == "" && r.Settings["moderators"] != "on" && r.Settings["private"] != "on" {
			out[r.ID] = true
		}
	}
	return out, nil
}

// silentMembers returns those who want to be in no recap.
func silentMembers(tx Tx, in chat.CommunityID) (map[chat.MemberID]bool, error) {
	out := make(map[chat.MemberID]bool)
	prefix := string(joinKey(string(in), ""))
	var broken error
	err := tx.Scan(bucketMember, []byte(prefix), func(key, value []byte) bool {
		if !strings.HasPrefix(string(key), prefix) {
			return false
		}
		var card chat.Card
		if broken = json.Unmarshal(value, &card); broken != nil {
			return false
		}
		if card.Settings["recap"] == "off" {
			out[card.ID] = true
		}
		return true
	})
	return out, firstError(err, broken)
}
