package telegram

import (
	"encoding/json"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// saved is what the cursor keeps over restarts.
type saved struct {
	// Heard is when Telegram last answered a poll: updates older than a day are gone.
	Heard   time.Time                `json:"heard"`
	Threads []savedThread            `json:"threads,omitempty"`
	Seats   map[int64]seatNote       `json:"seats,omitempty"`
	Moved   map[int64]int64          `json:"moved,omitempty"`
	Holds   []savedHold              `json:"holds,omitempty"`
	Topics  []savedTopic             `json:"topics,omitempty"`
	Places  []string                 `json:"places,omitempty"`
	Timers  map[int64]int64          `json:"timers,omitempty"`
	Polls   []savedPoll              `json:"polls,omitempty"`
	Rooms   map[chat.EffectID]string `json:"rooms,omitempty"`
}

type savedTopic struct {
	Chat string `json:"c"`
	Name string `json:"n"`
}

// savedPoll is a poll whose votes will be told.
type savedPoll struct {
	ID string `json:"id"`
	pollNote
}

type savedThread struct {
	Chat    int64 `json:"c"`
	Message int   `json:"m"`
	Thread  int   `json:"t"`
}

// These bound the cursor to some tens of kilobytes.
const (
	maxSavedThreads = 1000
	maxSavedTopics  = 500
	maxSavedPlaces  = 500
	maxSavedPolls   = 500
)

func (m *memory) save(heard time.Time) string {
	s := saved{Heard: heard.UTC(), Seats: m.seats.all(), Moved: m.moved.all(), Holds: m.holds.save(), Timers: m.timers.all(), Rooms: map[chat.EffectID]string{}}
	for _, k := range m.threads.latest(maxSavedThreads) {
		if thread, ok := m.threads.get(k); ok {
			s.Threads = append(s.Threads, savedThread{k.chat, k.message, thread})
		}
	}
	for _, p := range m.topics.latest(maxSavedTopics) {
		if name, ok := m.topics.get(p); ok {
			s.Topics = append(s.Topics, savedTopic{p.chat().ID, name})
		}
	}
	for _, p := range m.known(maxSavedPlaces) {
		s.Places = append(s.Places, p.chat().ID)
	}
	for _, id := range m.polls.latest(maxSavedPolls) {
		if note, ok := m.polls.get(id); ok {
			s.Polls = append(s.Polls, savedPoll{id, note})
		}
	}
	for id, room := range m.rooms.all() {
		s.Rooms[id] = room.chat().ID
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
	for _, t := range s.Topics {
		if p, err := parsePlace(chat.Chat{Platform: chat.Telegram, ID: t.Chat}); err == nil {
			m.topics.put(p, t.Name)
		}
	}
	for _, id := range s.Places {
		if p, err := parsePlace(chat.Chat{Platform: chat.Telegram, ID: id}); err == nil {
			m.places.put(p, true)
		}
	}
	for id, seconds := range s.Timers {
		m.timers.put(id, seconds)
	}
	for _, p := range s.Polls {
		m.polls.put(p.ID, p.pollNote)
	}
	for id, room := range s.Rooms {
		if p, err := parsePlace(chat.Chat{Platform: chat.Telegram, ID: room}); err == nil {
			m.rooms.put(id, p)
		}
	}
	m.holds.load(s.Holds)
	return s.Heard
}
