package demo

import (
	"fmt"
	"hash/crc32"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxShown is how many messages of a chat the page shows: the newest.
const maxShown = 200

// The JSON that the page reads. What people wrote is data in it and never markup.
type (
	pageState struct {
		Community string       `json:"community"`
		Phones    []phoneState `json:"phones"`
		Chats     []chatState  `json:"chats"`
		Tips      []tipState   `json:"tips"`
	}

	phoneState struct {
		Platform chat.Platform `json:"platform"`
		Name     string        `json:"name"`
		Sign     string        `json:"sign"` // what commands start with there
		People   []personState `json:"people"`
	}

	personState struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Host bool   `json:"host,omitempty"` // owns the groups there
		Role string `json:"role,omitempty"` // what he is in the community, if more than a member
	}

	chatState struct {
		Platform chat.Platform  `json:"platform"`
		ID       string         `json:"id"`
		Title    string         `json:"title"`
		Person   string         `json:"person,omitempty"` // whose conversation with the bot it is
		Members  []string       `json:"members"`
		Pinned   string         `json:"pinned,omitempty"` // the message at its top
		Messages []messageState `json:"messages"`
	}

	messageState struct {
		ID        string          `json:"id"`
		Author    string          `json:"author"`
		Name      string          `json:"name"`
		Bot       bool            `json:"bot,omitempty"`
		Text      chat.Text       `json:"text"`
		ReplyTo   string          `json:"replyTo,omitempty"`
		Media     []mediaState    `json:"media,omitempty"`
		Things    []thingState    `json:"things,omitempty"`
		Reactions []reactionState `json:"reactions,omitempty"`
		Edited    bool            `json:"edited,omitempty"`
		Deleted   bool            `json:"deleted,omitempty"`
		Choices   []string        `json:"choices,omitempty"`
		Service   bool            `json:"service,omitempty"`
		At        time.Time       `json:"at"`
	}

	mediaState struct {
		Kind chat.PartKind `json:"kind"`
		Name string        `json:"name,omitempty"`
		Size string        `json:"size"`
		URL  string        `json:"url"`
		Show string        `json:"show"` // image, audio, video or file
	}

	// thingState is what has no bytes: a place, a contact, a poll.
	thingState struct {
		Kind   chat.PartKind `json:"kind"`
		Line   string        `json:"line"`
		Poll   []optionState `json:"poll,omitempty"`
		Closed bool          `json:"closed,omitempty"`
	}

	optionState struct {
		Text  string   `json:"text"`
		Names []string `json:"names,omitempty"` // who has chosen it there
	}

	reactionState struct {
		Emoji string   `json:"emoji"`
		Names []string `json:"names"`
	}
)

// state is what all phones show now.
func (t *Table) state() pageState {
	p := pageState{Community: Community, Tips: t.tipStates()}
	for _, s := range t.all() {
		p.Phones = append(p.Phones, s.phone())
		p.Chats = append(p.Chats, s.chats()...)
	}
	return p
}

func (s seat) phone() phoneState {
	p := phoneState{Platform: s.platform, Name: nameOf(s.platform), Sign: s.command("")}
	for _, who := range s.people {
		p.People = append(p.People, personState{ID: who.id, Name: who.name, Host: who.host, Role: who.role})
	}
	return p
}

func (s seat) chats() []chatState {
	var out []chatState
	for _, g := range s.world.Groups() {
		c := s.chat(g.ID)
		c.Title, c.Members = g.Title, s.world.Members(g.ID)
		if pinned := s.world.Pinned(g.ID); len(pinned) > 0 {
			c.Pinned = pinned[len(pinned)-1]
		}
		out = append(out, c)
	}
	for _, who := range s.people {
		if who.private == "" {
			continue
		}
		c := s.chat(who.private)
		c.Title, c.Person, c.Members = "Potluck", who.id, []string{who.id}
		out = append(out, c)
	}
	return out
}

func (s seat) chat(id string) chatState {
	c := chatState{Platform: s.platform, ID: id, Messages: []messageState{}}
	all := s.world.Messages(id)
	for _, m := range all[max(0, len(all)-maxShown):] {
		c.Messages = append(c.Messages, s.message(id, m))
	}
	return c
}

func (s seat) message(chatID string, m world.Shown) messageState {
	out := messageState{
		ID: m.ID, Author: m.Author, Name: m.Name, Bot: m.FromBot, Text: m.Text.Normal(), ReplyTo: m.ReplyTo,
		Edited: m.Edited, Deleted: m.Deleted, Service: m.Service, At: m.At,
	}
	if m.Deleted {
		out.Text = chat.Text{}
		return out
	}
	for i, file := range m.Media {
		out.Media = append(out.Media, mediaState{
			Kind: file.Kind, Name: file.Name, Size: chat.SizeText(int64(len(file.Bytes))), Show: showAs(file),
			URL: mediaURL(s.platform, chatID, m.ID, i, file),
		})
	}
	for _, part := range m.Things {
		out.Things = append(out.Things, thing(part, m.Votes))
	}
	out.Choices = m.Choices
	for _, emoji := range slices.Sorted(maps.Keys(m.Reactions)) {
		if names := m.Reactions[emoji]; len(names) > 0 {
			out.Reactions = append(out.Reactions, reactionState{Emoji: emoji, Names: names})
		}
	}
	return out
}

// thing tells what has no bytes as the page shows it.
func thing(p chat.Part, votes map[int][]string) thingState {
	out := thingState{Kind: p.Kind, Line: p.Line}
	switch {
	case p.Poll != nil:
		out.Line, out.Closed = p.Poll.Text, p.Poll.Closed
		for i, option := range p.Poll.Options {
			out.Poll = append(out.Poll, optionState{Text: option, Names: votes[i]})
		}
	case p.Contact != nil:
		out.Line = strings.TrimSpace(p.Contact.Name + " " + p.Contact.Phone)
	case p.Place != nil:
		out.Line = strings.Join(slices.DeleteFunc([]string{
			p.Place.Name, p.Place.Address,
			fmt.Sprintf("%.4f, %.4f", p.Place.Latitude, p.Place.Longitude),
		}, func(s string) bool { return s == "" }), " · ")
	}
	return out
}

// mediaURL is where serveMedia gives the bytes. The checksum in it lets browsers keep them.
func mediaURL(p chat.Platform, chatID, message string, n int, file world.Media) string {
	q := url.Values{}
	q.Set("platform", string(p))
	q.Set("chat", chatID)
	q.Set("message", message)
	q.Set("n", fmt.Sprint(n))
	q.Set("sum", fmt.Sprintf("%08x", crc32.ChecksumIEEE(file.Bytes)))
	return "/media?" + q.Encode()
}

// showAs says how a browser can show a file. Only types that carry no scripts are shown.
func showAs(file world.Media) string {
	kind, _, _ := strings.Cut(file.MIME, ";")
	switch {
	case slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind):
		return "image"
	case strings.HasPrefix(kind, "audio/"):
		return "audio"
	case strings.HasPrefix(kind, "video/"):
		return "video"
	}
	return "file"
}
