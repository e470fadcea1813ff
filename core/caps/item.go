package caps

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Item is a post that was taken away where it stood, until its author has it where he wants it.
type Item struct {
	ID    chat.MessageID `json:"id"`   // of its first message
	Room  chat.RoomID    `json:"room"` // where it is to go
	From  chat.RoomID    `json:"from"` // where it was written
	By    chat.Person    `json:"by"`
	At    time.Time      `json:"at"`
	Last  time.Time      `json:"last"` // when its last message came
	Album string         `json:"album,omitempty"`
	Promo bool           `json:"promo,omitempty"`
	// Pieces are its messages, in order.
	Pieces []Piece `json:"pieces"`
	// Due is when it goes out; zero = it is not in the queue.
	Due time.Time `json:"due,omitzero"`
	// Asked: the moderators have been asked.
	Asked bool `json:"asked,omitempty"`
	// Heard: the moderators have answered; they are not asked again.
	Heard bool `json:"heard,omitempty"`
	// Offered are the messages that it was said to be able to answer.
	Offered []Answered `json:"offered,omitempty"`
	// Sent is when it was posted, Out are the tags and chats whose receipts are still to come.
	Sent time.Time `json:"sent,omitzero"`
	Out  []string  `json:"out,omitempty"`
	Done int       `json:"done,omitempty"` // how many chats have a piece of it
	// Moved: it is a promo that was posted elsewhere than it was written; kept for a while, for it can be put back.
	Moved bool `json:"moved,omitempty"`
}

// Piece is one message of an item.
type Piece struct {
	Message chat.MessageID `json:"message"`
	Ref     chat.Ref       `json:"ref"`
	Text    chat.Text      `json:"text,omitzero"`
	Parts   []chat.Part    `json:"parts,omitempty"`
	Forward string         `json:"forward,omitempty"`
	// Stays: it could not be taken away, so it is still to be read in its chat.
	Stays bool `json:"stays,omitempty"`
}

// Answered is a message that an item can be the answer to.
type Answered struct {
	ID    chat.MessageID `json:"id"`
	Name  string         `json:"name"`
	Quote string         `json:"quote,omitempty"`
	Refs  []chat.Ref     `json:"refs"`
}

const (
	maxItems  = 10
	maxPieces = 20
	// maxText is the most UTF-16 units that are kept of one item: more than any platform has in one message.
	maxText = 100_000
	// sentMemory is how long receipts are waited for, movedMemory how long a promo can be put back.
	sentMemory  = 24 * time.Hour
	movedMemory = 7 * 24 * time.Hour
	// maxTold is how many posts, and maxToldWords how many characters of an item, somebody is shown who asks what is kept.
	maxTold      = 30
	maxToldWords = 300
)

// isOut tells whether the item has been posted.
func (i Item) isOut() bool { return !i.Sent.IsZero() }

// isOver tells whether nothing needs the item any more.
func (i Item) isOver(now time.Time) bool {
	switch {
	case !i.isOut():
		return false
	case i.Moved:
		return now.Sub(i.Sent) > movedMemory
	}
	return len(i.Out) == 0 || now.Sub(i.Sent) > sentMemory
}

// shown is what the item says, a line for each picture or file.
func (i Item) shown() chat.Text {
	var out chat.Text
	for _, p := range i.Pieces {
		out = lines(out, p.shown())
	}
	return out
}

func (p Piece) shown() chat.Text {
	out := p.Text
	for _, part := range p.Parts {
		out = lines(out, chat.Plain(part.Describe()))
	}
	return out
}

// mine is what a member sees of what is kept of them.
func (s State) mine(chat.MemberID) any {
	type held struct {
		Written time.Time `json:"written"`
		Words   string    `json:"words"`
		GoesOut time.Time `json:"goes_out,omitzero"`
		Posted  time.Time `json:"posted,omitzero"`
	}
	var out struct {
		Posts   []time.Time `json:"posts_counted,omitempty"`
		Promos  []time.Time `json:"promos_counted,omitempty"`
		Held    []held      `json:"held,omitempty"`
		Sites   []string    `json:"sites,omitempty"`
		Strikes []time.Time `json:"promos_elsewhere,omitempty"`
	}
	for _, p := range s.Posts[max(0, len(s.Posts)-maxTold):] {
		if p.Promo {
			out.Promos = append(out.Promos, p.At)
		} else {
			out.Posts = append(out.Posts, p.At)
		}
	}
	for _, i := range s.Items {
		out.Held = append(out.Held, held{Written: i.At, Words: short(i.shown().Plain, maxToldWords), GoesOut: i.Due, Posted: i.Sent})
	}
	for _, x := range s.Sites {
		if !slices.Contains(out.Sites, x.Name) {
			out.Sites = append(out.Sites, x.Name)
		}
	}
	out.Strikes = s.Strikes[max(0, len(s.Strikes)-maxTold):]
	return out
}

// lines puts one text under another.
func lines(a, b chat.Text) chat.Text {
	if a.Plain == "" || b.Plain == "" {
		return a.Append(b)
	}
	return a.Append(chat.Plain("\n"), b)
}

// hasParts tells whether pictures or files belong to the item.
func (i Item) hasParts() bool {
	for _, p := range i.Pieces {
		if len(p.Parts) > 0 {
			return true
		}
	}
	return false
}

// snippet is the beginning of what the item says, in one line.
func (i Item) snippet() string { return short(i.shown().Plain, 60) }

// short returns the beginning of a text, in one line of at most n characters.
func short(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > n {
		return strings.TrimSpace(string(r[:n])) + "…"
	}
	return string(r)
}

// size is how long the item's texts are together.
func (i Item) size() int {
	n := 0
	for _, p := range i.Pieces {
		n += p.Text.Len()
	}
	return n
}

// open counts the items that are not posted.
func (s State) open() int {
	n := 0
	for _, i := range s.Items {
		if !i.isOut() {
			n++
		}
	}
	return n
}

// item finds an item by its id, -1 = there is none.
func (s State) item(id chat.MessageID) int {
	for n, i := range s.Items {
		if i.ID == id {
			return n
		}
	}
	return -1
}

// drop takes an item out of the state.
func (s State) drop(n int) State {
	s.Items = append(append([]Item(nil), s.Items[:n]...), s.Items[n+1:]...)
	if len(s.Items) == 0 {
		s.Items = nil
	}
	return s
}

// tag names what the rule has sent, so that receipts find their way: the person, the item and what it was.
type tag struct {
	what string
	who  chat.MemberID
	id   chat.MessageID
	n    int         // which piece
	room chat.RoomID // where it was posted
}

// The words of a tag.
const (
	tagHeld   = "held"   // what was whispered when an item was taken
	tagMoved  = "moved"  // the same of a promo
	tagDelete = "delete" // a message that is taken away
	tagPost   = "post"   // a piece that is posted
)

func (t tag) String() string {
	return strings.TrimRight(strings.Join([]string{title, t.what, string(t.who), string(t.id), strconv.Itoa(t.n), string(t.room)}, " "), " ")
}

func parseTag(s string) (tag, bool) {
	words := strings.Fields(s)
	if len(words) < 5 || len(words) > 6 || words[0] != title {
		return tag{}, false
	}
	n, err := strconv.Atoi(words[4])
	t := tag{what: words[1], who: chat.MemberID(words[2]), id: chat.MessageID(words[3]), n: n}
	if len(words) == 6 {
		t.room = chat.RoomID(words[5])
	}
	return t, err == nil
}

// cardTag names the card by which moderators are asked about an item; it survives that two members become one.
func cardTag(i Item) string { return title + " card " + string(i.ID) }

// wake sets the member's timer to when the first of his items goes out.
func wake(c chat.Community, who chat.MemberID, s State) []chat.Effect {
	key := rule.PersonKey(c.ID, who)
	var first time.Time
	for _, i := range s.Items {
		if !i.isOut() && !i.Due.IsZero() && (first.IsZero() || i.Due.Before(first)) {
			first = i.Due
		}
	}
	if first.IsZero() {
		return []chat.Effect{chat.Cancel{Rule: title, Key: key}}
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: key, At: first}}
}

// voiceOf is how the house speaks to a member in private.
func voiceOf(c chat.Community, card chat.Card) rule.Voice {
	who, _ := rule.Door(card)
	return rule.To(c, card, who.Platform)
}
