package demo

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// tip is one of the things to try, in the order in which the page shows them.
type tip int

const (
	talk tip = iota
	touch
	report
	decide
	timeOut
	gardens
	tips // how many there are
)

// String is what the page says.
func (t tip) String() string {
	switch t {
	case talk:
		return "Say something in the Kitchen. Watch the other two phones."
	case touch:
		return "As somebody else, answer a message, react to it or edit your own."
	case report:
		return "Answer one with /report and why. It vanishes, and the ★ people get a card."
	case decide:
		return "As ★, take the case in the Back room: press, or react with the number."
	case timeOut:
		return "There, type /timeout @ben 10m too much salt. Now try to write as Ben."
	case gardens:
		return "Link two Gardens: as ★ type /link, and the code in the other. Say hello."
	}
	return ""
}

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

// hope is what the visitor has done for a tip: it has worked when there is more of what it counts.
type hope struct {
	count  func([]seat) int
	before int
}

// noteSaid remembers a line before it is said.
func (t *Table) noteSaid(s seat, in request, text chat.Text) {
	if chat.LooksLikeCommand(text) {
		t.noteCommand(text)
		return
	}
	title := s.titleOf(in.Chat)
	if title == backRoom && in.ReplyTo != "" {
		t.hopeFor(decide, cardsChanged)
	}
	if title == "" || text.Plain == "" {
		return
	}
	line := saidLine{platform: s.platform, title: title, text: text.Plain, before: map[chat.Platform]int{}}
	for _, other := range t.all() {
		if other.platform != s.platform {
			line.before[other.platform] = countShown(other, title, text.Plain)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, line)
	t.said = t.said[max(0, len(t.said)-maxSaid):]
}

// noteCommand remembers a command that one of the tips asks for.
func (t *Table) noteCommand(text chat.Text) {
	switch commandOf(text) {
	case "report":
		t.hopeFor(report, cards)
	case "case":
		t.hopeFor(decide, cardsChanged)
	case "timeout", "mute":
		t.hopeFor(timeOut, func(seats []seat) int { return toldTo(seats, strings.ToLower(text.Plain)) })
	}
}

// hopeFor remembers how much there is of what a tip brings.
func (t *Table) hopeFor(which tip, count func([]seat) int) {
	seats := t.all()
	before := count(seats)
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.hopes[which]; ok && old.count(seats) > old.before {
		t.ticked[which] = true
	}
	t.hopes[which] = hope{count: count, before: before}
}

// noteChosen remembers that the visitor has chosen something, or reacted, which chooses where there are no buttons.
func (t *Table) noteChosen(s seat, chatID string) {
	if s.titleOf(chatID) == backRoom {
		t.hopeFor(decide, cardsChanged)
	}
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

// tipStates looks which of the suggestions have worked meanwhile.
func (t *Table) tipStates() []tipState {
	seats := t.all()
	t.mu.Lock()
	waiting := slices.Clone(t.said)
	hopes := map[tip]hope{}
	for which, h := range t.hopes {
		if !t.ticked[which] {
			hopes[which] = h
		}
	}
	t.mu.Unlock()
	var worked [tips]bool
	for _, line := range waiting {
		if !arrived(line, seats) {
			continue
		}
		worked[talk] = worked[talk] || line.title == kitchen
		worked[gardens] = worked[gardens] || line.title == garden
	}
	for which, h := range hopes {
		worked[which] = h.count(seats) > h.before
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	worked[touch] = t.tried
	var out []tipState
	for i := range tips {
		t.ticked[i] = t.ticked[i] || worked[i]
		out = append(out, tipState{Text: i.String(), Done: t.ticked[i]})
	}
	return out
}

func arrived(line saidLine, seats []seat) bool {
	for _, s := range seats {
		if s.platform != line.platform && countShown(s, line.title, line.text) > line.before[s.platform] {
			return true
		}
	}
	return false
}

// commandOf returns the name of the command in a text that looks like one.
func commandOf(text chat.Text) string {
	name, _, _ := strings.Cut(strings.ToLower(text.Plain[1:]), " ")
	return name
}

// cards counts what the bot says in the Back rooms, cardsChanged what it has changed of that.
func cards(seats []seat) int {
	return countBot(seats, func(s seat) []string { return []string{s.group(backRoom)} }, func(world.Shown) bool { return true })
}

func cardsChanged(seats []seat) int {
	return countBot(seats, func(s seat) []string { return []string{s.group(backRoom)} }, func(m world.Shown) bool { return m.Edited })
}

// toldTo counts what the bot says in private to those whom a command in small letters names.
func toldTo(seats []seat, command string) int {
	privates := func(s seat) (out []string) {
		for _, who := range s.people {
			if strings.Contains(command, "@"+strings.ToLower(who.name)) && who.private != "" {
				out = append(out, who.private)
			}
		}
		return out
	}
	return countBot(seats, privates, func(world.Shown) bool { return true })
}

func countBot(seats []seat, chats func(seat) []string, counts func(world.Shown) bool) int {
	n := 0
	for _, s := range seats {
		for _, c := range chats(s) {
			for _, m := range s.world.Messages(c) {
				if m.FromBot && !m.Service && counts(m) {
					n++
				}
			}
		}
	}
	return n
}
