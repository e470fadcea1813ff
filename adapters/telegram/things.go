package telegram

import (
	"fmt"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// rawThings are what a message may show that has no bytes which others could see.
type rawThings struct {
	Location  *rawLocation  `json:"location"`
	Venue     *rawVenue     `json:"venue"`
	Contact   *rawContact   `json:"contact"`
	Poll      *rawPoll      `json:"poll"`
	Dice      *rawDice      `json:"dice"`
	Game      *rawTitled    `json:"game"`
	Invoice   *rawInvoice   `json:"invoice"`
	Checklist *rawChecklist `json:"checklist"`
	Story     *rawStory     `json:"story"`
	PaidMedia *rawPaidMedia `json:"paid_media"`
	Giveaway  *rawGiveaway  `json:"giveaway"`
	Winners   *rawWinners   `json:"giveaway_winners"`
}

type (
	rawLocation struct {
		Latitude   float64 `json:"latitude"`
		Longitude  float64 `json:"longitude"`
		LivePeriod int64   `json:"live_period"` // of places that still move
	}
	rawVenue struct {
		Location rawLocation `json:"location"`
		Title    string      `json:"title"`
		Address  string      `json:"address"`
	}
	rawContact struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	}
	rawPoll struct {
		ID        string      `json:"id"`
		Question  string      `json:"question"`
		Options   []rawOption `json:"options"`
		Type      string      `json:"type"`
		Closed    bool        `json:"is_closed"`
		Anonymous bool        `json:"is_anonymous"`
		Multiple  bool        `json:"allows_multiple_answers"`
		About     string      `json:"description"`
	}
	rawOption struct {
		Text string `json:"text"`
	}
	rawDice struct {
		Emoji string `json:"emoji"`
		Value int    `json:"value"`
	}
	rawTitled struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	rawInvoice struct {
		rawTitled
		rawAmount
	}
	rawAmount struct {
		Currency string `json:"currency"`
		Total    int64  `json:"total_amount"`
	}
	rawChecklist struct {
		Title string    `json:"title"`
		Tasks []rawTask `json:"tasks"`
	}
	rawTask struct {
		ID        int    `json:"id"`
		Text      string `json:"text"`
		Completed int64  `json:"completion_date"`
	}
	rawStory struct {
		Chat rawChat `json:"chat"`
		ID   int     `json:"id"`
	}
	rawPaidMedia struct {
		Stars int `json:"star_count"`
		Media []struct {
			Type string `json:"type"`
		} `json:"paid_media"`
	}
	rawGiveaway struct {
		Count int    `json:"winner_count"`
		Until int64  `json:"winners_selection_date"`
		Prize string `json:"prize_description"`
	}
	rawWinners struct {
		Count   int       `json:"winner_count"`
		Winners []rawUser `json:"winners"`
	}
)

// thing returns the part that has no bytes.
func (m *rawMedia) thing() (chat.Part, bool) {
	part := func(kind chat.PartKind, words ...string) (chat.Part, bool) {
		return chat.Part{Kind: kind, Line: joinWords(" · ", words...)}, true
	}
	switch {
	case m.Venue != nil || m.Location != nil:
		return m.whereabouts(), true
	case m.Contact != nil:
		return m.Contact.part(), true
	case m.Poll != nil:
		return m.Poll.part(), true
	case m.Dice != nil:
		return part(chat.Dice, fmt.Sprintf("%s %d", m.Dice.Emoji, m.Dice.Value))
	case m.Game != nil:
		return part(chat.Game, m.Game.Title, m.Game.Description)
	case m.Invoice != nil:
		return part(chat.Invoice, m.Invoice.Title, m.Invoice.amount(), m.Invoice.Description)
	case m.Checklist != nil:
		return part(chat.Checklist, append([]string{m.Checklist.Title}, m.Checklist.lines()...)...)
	case m.Story != nil:
		return part(chat.Story, m.Story.by(), m.Story.link())
	case m.PaidMedia != nil:
		return part(chat.PaidMedia, counted(len(m.PaidMedia.Media), "file", "files")+" for "+counted(m.PaidMedia.Stars, "star", "stars"))
	case m.Giveaway != nil:
		return part(chat.Gift, "a giveaway for "+counted(m.Giveaway.Count, "winner", "winners"), m.Giveaway.Prize, m.Giveaway.date())
	case m.Winners != nil:
		return part(chat.Gift, counted(m.Winners.Count, "winner", "winners")+" of a giveaway", namesOf(m.Winners.Winners))
	case given(m.Rich):
		return part(chat.Other, "rich message", flatten(m.Rich))
	}
	return chat.Part{}, false
}

// whereabouts returns a location, one that moves, or one with a name.
func (m *rawMedia) whereabouts() chat.Part {
	at := m.Location
	if at == nil {
		at = &m.Venue.Location
	}
	p := chat.Part{Kind: chat.Location, Line: at.link(), Place: &chat.Place{Latitude: at.Latitude, Longitude: at.Longitude}}
	switch {
	case m.Venue != nil:
		p.Kind, p.Line = chat.Venue, joinWords(" · ", m.Venue.Title, m.Venue.Address, at.link())
		p.Place.Name, p.Place.Address = m.Venue.Title, m.Venue.Address
	case at.LivePeriod > 0:
		p.Kind = chat.LiveLocation
	}
	if p.Place.Latitude < -90 || p.Place.Latitude > 90 || p.Place.Longitude < -180 || p.Place.Longitude > 180 {
		p.Place = nil // nowhere on the earth
	}
	return p
}

func (l *rawLocation) link() string {
	return fmt.Sprintf("%.5f, %.5f https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f", l.Latitude, l.Longitude, l.Latitude, l.Longitude)
}

func (c *rawContact) part() chat.Part {
	name := rawUser{First: c.First, Last: c.Last}.name()
	return chat.Part{
		Kind: chat.Contact, Line: joinWords(" · ", name, c.Phone), Contact: &chat.ContactCard{Name: name, Phone: c.Phone},
	}
}

// Limits of what the house carries as a poll (chat.Question); others are told in a line.
const (
	leastOptions, mostOptions = 2, 10
	maxQuestion, maxOption    = 300, 100
)

func (p *rawPoll) part() chat.Part {
	q := chat.Question{Text: p.Question, Multiple: p.Multiple, Secret: p.Anonymous, Quiz: p.Type == "quiz", Closed: p.Closed}
	words := []string{p.Question}
	fits := len([]rune(p.Question)) <= maxQuestion && len(p.Options) >= leastOptions && len(p.Options) <= mostOptions
	for _, o := range p.Options {
		q.Options = append(q.Options, o.Text)
		words = append(words, "○ "+o.Text)
		fits = fits && o.Text != "" && len([]rune(o.Text)) <= maxOption
	}
	out := chat.Part{Kind: chat.Poll, Line: joinWords(" · ", append(words, p.About)...)}
	if fits {
		out.Poll = &q
	}
	return out
}

// amount tells a sum of money; nearly all currencies have hundredths, and of the others the API gives whole units.
func (a rawAmount) amount() string {
	switch a.Currency {
	case "":
		return ""
	case "XTR":
		return counted(int(a.Total), "star", "stars")
	case "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "PYG":
		return fmt.Sprintf("%d %s", a.Total, a.Currency)
	}
	return fmt.Sprintf("%d.%02d %s", a.Total/100, max(a.Total%100, -(a.Total%100)), a.Currency)
}

func (c *rawChecklist) lines() []string {
	var out []string
	for _, t := range c.Tasks {
		box := "☐ "
		if t.Completed != 0 {
			box = "☑ "
		}
		out = append(out, box+t.Text)
	}
	return out
}

func (s *rawStory) by() string {
	if s.Chat.name() == "" {
		return "by somebody"
	}
	return "by " + s.Chat.name()
}

func (s *rawStory) link() string {
	if s.Chat.Username == "" {
		return ""
	}
	return "https://t.me/" + s.Chat.Username + "/s/" + strconv.Itoa(s.ID)
}

func (g *rawGiveaway) date() string {
	if g.Until <= 0 {
		return ""
	}
	return "drawn on " + when(g.Until).Format(time.DateOnly)
}

// counted tells how many of something there are.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// maxNames is the most people that a line names.
const maxNames = 10

func namesOf(users []rawUser) string {
	var names []string
	for _, u := range users[:min(len(users), maxNames)] {
		names = append(names, u.name())
	}
	if more := len(users) - len(names); more > 0 {
		names = append(names, "and "+strconv.Itoa(more)+" more")
	}
	return joinWords(", ", names...)
}
