package demo

import (
	"github.com/potluck-chat/potluck/core/chat"
)

// tipState is one thing to try; it ticks itself off when it has been seen to work.
type tipState struct {
	Text string `json:"text"`
	Done bool   `json:"done"`
}

// saidLine is a line that the visitor has typed and that has not yet been seen on another phone.
type saidLine struct {
	platform chat.Platform
	title    string
	text     string
	before   map[chat.Platform]int // how often the other phones showed it already
}

// maxSaid bounds the lines that are waited for; the oldest is forgotten first.
const maxSaid = 20

// noteSaid remembers a line before it is said.
func (t *Table) noteSaid(s seat, chatID, text string) {
	title := s.titleOf(chatID)
	if title == "" || text == "" || chat.LooksLikeCommand(chat.Plain(text)) {
		return
	}
	line := saidLine{platform: s.platform, title: title, text: text, before: map[chat.Platform]int{}}
	for _, other := range t.all() {
		if other.platform != s.platform {
			line.before[other.platform] = countShown(other, title, text)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, line)
	t.said = t.said[max(0, len(t.said)-maxSaid):]
}

// noteTried remembers that the visitor has answered, edited or reacted in the linked group.
func (t *Table) noteTried(s seat, chatID string) {
	if s.titleOf(chatID) != kitchen {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tried = true
}

// tips looks which of the suggestions have worked meanwhile.
func (t *Table) tips() []tipState {
	seats := t.all()
	t.mu.Lock()
	waiting := append([]saidLine(nil), t.said...)
	t.mu.Unlock()
	kitchenSeen, gardenSeen := false, false
	for _, line := range waiting {
		if !arrived(line, seats) {
			continue
		}
		kitchenSeen = kitchenSeen || line.title == kitchen
		gardenSeen = gardenSeen || line.title == garden
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ticked[0] = t.ticked[0] || kitchenSeen
	t.ticked[1] = t.ticked[1] || t.tried
	t.ticked[2] = t.ticked[2] || gardenSeen
	return []tipState{
		{Text: "Say something in the Kitchen, on any phone. Watch the other two.", Done: t.ticked[0]},
		{Text: "Pick another person and answer, react to or edit a message.", Done: t.ticked[1]},
		{Text: "Link two Gardens: as the ★ organiser ask the bot for a code there, /link, and give it in the other. Then say hello.", Done: t.ticked[2]},
	}
}

func arrived(line saidLine, seats []seat) bool {
	for _, s := range seats {
		if s.platform != line.platform && countShown(s, line.title, line.text) > line.before[s.platform] {
			return true
		}
	}
	return false
}
