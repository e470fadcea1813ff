package telegram

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash"
	"time"
)

// messageKey names a message as reactions do: without its topic.
type messageKey struct {
	chat    int64
	message int
}

type presenceKey struct{ chat, user int64 }

type presenceNote struct {
	in   bool
	date int64
}

// memory is what the adapter remembers of what it has heard.
type memory struct {
	contents  *recent[messageKey, [8]byte]
	threads   *recent[messageKey, int]
	presences *recent[presenceKey, presenceNote]
	moved     *recent[int64, int64]    // group → the supergroup it became
	seats     *recent[int64, seatNote] // what the bot is in a chat
	highest   *recent[int64, int]      // the newest message known of a chat
	names     *recent[int64, string]   // what people are called
	holds     *holds                   // what is to be given back to people
}

// seatNote is what the bot is in a chat, for Check.
type seatNote struct {
	Title  string
	Status string
	Lacks  []string
}

func newMemory() *memory {
	return &memory{
		contents: newRecent[messageKey, [8]byte](20000), threads: newRecent[messageKey, int](20000),
		presences: newRecent[presenceKey, presenceNote](20000), moved: newRecent[int64, int64](1000),
		seats: newRecent[int64, seatNote](1000), highest: newRecent[int64, int](5000),
		names: newRecent[int64, string](20000), holds: newHolds(),
	}
}

func (m *memory) thread(chatID int64, message, thread int) {
	m.threads.put(messageKey{chatID, message}, thread)
}

// threadOf returns the topic of a message, 0 where it is in none or not known.
func (m *memory) threadOf(chatID int64, message int) int {
	thread, _ := m.threads.get(messageKey{chatID, message})
	return thread
}

// contentNote returns what is to be called once the content's event is durable: only then is it known.
func (m *memory) contentNote(chatID int64, message int, hash [8]byte) func() {
	return func() { m.contents.put(messageKey{chatID, message}, hash) }
}

func (m *memory) sameContent(chatID int64, message int, hash [8]byte) bool {
	known, ok := m.contents.get(messageKey{chatID, message})
	return ok && known == hash
}

// sameChange is how far apart the two tellings of one joining may be dated.
const sameChange = 60 // seconds

func (m *memory) knownPresence(chatID, user int64, in bool, date int64) bool {
	last, ok := m.presences.get(presenceKey{chatID, user})
	return ok && last.in == in && date-last.date < sameChange && last.date-date < sameChange
}

func (m *memory) presence(chatID, user int64, in bool, date int64) {
	m.presences.put(presenceKey{chatID, user}, presenceNote{in, date})
}

// reached notes that a message is known.
func (m *memory) reached(chatID int64, message int) {
	if last, _ := m.highest.get(chatID); message > last {
		m.highest.put(chatID, message)
	}
}

// isAhead tells that a message is newer than all known ones of its chat.
func (m *memory) isAhead(chatID int64, message int) bool {
	last, ok := m.highest.get(chatID)
	return ok && message > last
}

func (m *memory) seat(c rawChat, s rawMemberStatus) {
	if c.Type == "private" {
		return
	}
	if !s.isIn() {
		m.seats.drop(c.ID)
		return
	}
	m.seats.put(c.ID, seatNote{Title: c.name(), Status: s.Status, Lacks: s.lacks()})
}

// lacks returns the rights that the README asks for and the bot does not have.
func (m rawMemberStatus) lacks() []string {
	if !m.isAdministrator() {
		return []string{"to be an administrator"}
	}
	var out []string
	for _, right := range []struct {
		has  bool
		name string
	}{{m.CanDelete, "delete messages"}, {m.CanMute, "ban users"}, {m.CanInvite, "invite users"}, {m.CanPin, "pin messages"}} {
		if !right.has && m.Status != "creator" {
			out = append(out, right.name)
		}
	}
	return out
}

// contentHash is equal for messages that look the same: text, styles and files, not file_ids, which differ
// each time.
func contentHash(m *rawMessage) (out [8]byte) {
	h := sha256.New()
	for _, s := range []string{m.Text, m.Caption} {
		writeString(h, s)
	}
	for _, list := range [][]rawEntity{m.Entities, m.CaptionEntities} {
		for _, e := range list {
			user := int64(0)
			if e.User != nil {
				user = e.User.ID
			}
			writeString(h, e.Type)
			writeString(h, e.URL)
			writeString(h, e.Language)
			_ = binary.Write(h, binary.LittleEndian, []int64{int64(e.Offset), int64(e.Length), user})
		}
	}
	for _, p := range m.uniques() {
		writeString(h, p)
	}
	copy(out[:], h.Sum(nil))
	return out
}

func writeString(h hash.Hash, s string) {
	_ = binary.Write(h, binary.LittleEndian, int64(len(s)))
	_, _ = h.Write([]byte(s))
}

// uniques returns what tells a message's media from another's. A live location is the same wherever it is:
// it moves every few seconds, and nobody elsewhere wants to hear each step.
func (m *rawMedia) uniques() []string {
	var out []string
	files := []*rawFile{m.Animation, m.Video, m.VideoNote, m.Audio, m.Voice, m.Document, m.Sticker}
	for i := range m.Photo {
		files = append(files, &m.Photo[i])
	}
	for _, f := range files {
		if f != nil {
			out = append(out, f.Unique)
		}
	}
	if m.Location != nil {
		out = append(out, "location")
	}
	rest := *m
	rest.Location, rest.Photo = nil, nil
	if p, ok := rest.linePart(); ok {
		out = append(out, string(p.Kind), p.Line)
	}
	return out
}

// saved is what the cursor keeps over restarts.
type saved struct {
	// Heard is when Telegram last answered a poll: updates older than a day are gone.
	Heard   time.Time          `json:"heard"`
	Threads []savedThread      `json:"threads,omitempty"`
	Seats   map[int64]seatNote `json:"seats,omitempty"`
	Moved   map[int64]int64    `json:"moved,omitempty"`
	Holds   []savedHold        `json:"holds,omitempty"`
}

type savedThread struct {
	Chat    int64 `json:"c"`
	Message int   `json:"m"`
	Thread  int   `json:"t"`
}

// maxSavedThreads bounds the cursor to some tens of kilobytes.
const maxSavedThreads = 1000

func (m *memory) save(heard time.Time) string {
	s := saved{Heard: heard.UTC(), Seats: m.seats.all(), Moved: m.moved.all(), Holds: m.holds.save()}
	for _, k := range m.threads.latest(maxSavedThreads) {
		if thread, ok := m.threads.get(k); ok {
			s.Threads = append(s.Threads, savedThread{k.chat, k.message, thread})
		}
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(raw)
}

// load takes up what save wrote; what cannot be read is as good as nothing.
func (m *memory) load(position string) (heard time.Time) {
	var s saved
	if json.Unmarshal([]byte(position), &s) != nil {
		return time.Time{}
	}
	for _, t := range s.Threads {
		m.thread(t.Chat, t.Message, t.Thread)
	}
	for id, seat := range s.Seats {
		m.seats.put(id, seat)
	}
	for from, to := range s.Moved {
		m.moved.put(from, to)
	}
	m.holds.load(s.Holds)
	return s.Heard
}
