package telegram

import (
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
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
	nicks     *recent[string, int64]   // whose a user name is, in lower case
	topics    *recent[place, string]   // what topics are called
	places    *recent[place, bool]     // where something was said
	timers    *recent[int64, int64]    // after how many seconds messages vanish in a chat; 0 = never
	moving    *recent[messageKey, int64]
	polls     *recent[string, pollNote]
	asking    sync.RWMutex                  // held for reading while a poll of ours is posted whose name is not known yet
	rooms     *recent[chat.EffectID, place] // topics that were made
	holds     *holds                        // what is to be given back to people
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
		names: newRecent[int64, string](20000), nicks: newRecent[string, int64](20000), topics: newRecent[place, string](2000),
		places: newRecent[place, bool](2000), timers: newRecent[int64, int64](2000), moving: newRecent[messageKey, int64](1000),
		polls: newRecent[string, pollNote](2000), rooms: newRecent[chat.EffectID, place](500), holds: newHolds(),
	}
}

// pollOf returns where a poll stands. People can be faster with their votes than the answer that tells a poll's name.
func (m *memory) pollOf(id string) (pollNote, bool) {
	note, known := m.polls.get(id)
	if known {
		return note, true
	}
	m.asking.Lock() // waits for the polls that are being posted, each as long as one call may take
	defer m.asking.Unlock()
	return m.polls.get(id)
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
	lacks := s.lacks()
	if c.IsForum && s.Status == "administrator" && !s.CanTopics {
		lacks = append(lacks, "manage topics")
	}
	m.seats.put(c.ID, seatNote{Title: c.name(), Status: s.Status, Lacks: lacks})
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

// person notes what somebody is called.
func (m *memory) person(u rawUser) {
	if u.ID == 0 {
		return
	}
	m.names.put(u.ID, u.name())
	if u.Username != "" {
		m.nicks.put(strings.ToLower(u.Username), u.ID)
	}
}

// moveEvery is the least time between two tellings of where something that moves is, in seconds.
const moveEvery = 60

// isMoving tells of a place that moves and was told less than a minute ago; else it notes the telling. Where it comes to
// rest is always told.
func (m *memory) isMoving(key messageKey, l *rawLocation, date int64) bool {
	if l == nil || l.LivePeriod <= 0 {
		return false
	}
	last, ok := m.moving.get(key)
	if ok && date > last && date-last < moveEvery {
		return true
	}
	m.moving.put(key, date)
	return false
}

// nick returns whose a user name is, as far as he has written lately.
func (m *memory) nick(name string) (int64, bool) { return m.nicks.get(strings.ToLower(name)) }

// known returns up to n places where something was said, the oldest first.
func (m *memory) known(n int) []place {
	return slices.DeleteFunc(m.places.latest(n), func(p place) bool { _, ok := m.places.get(p); return !ok })
}

// leave forgets the places of a chat that the bot is no longer in.
func (m *memory) leave(chatID int64) {
	for p := range m.places.all() {
		if p.id == chatID {
			m.places.drop(p)
		}
	}
}
