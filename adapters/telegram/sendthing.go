package telegram

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/core/chat"
)

// isThing tells whether a part has no bytes and can be shown as what it is.
func isThing(p chat.Part) bool {
	switch p.Kind {
	case chat.Location, chat.LiveLocation, chat.Venue:
		return p.Place != nil && isOnEarth(p.Place)
	case chat.Contact:
		return p.Contact != nil && strings.TrimSpace(p.Contact.Name) != "" && strings.ContainsAny(p.Contact.Phone, "0123456789")
	case chat.Poll:
		return p.Poll != nil && isPoll(p.Poll)
	}
	return false
}

func isOnEarth(p *chat.Place) bool {
	return p.Latitude >= -90 && p.Latitude <= 90 && p.Longitude >= -180 && p.Longitude <= 180
}

// isPoll tells whether the platform takes a poll; it takes more options than the house carries.
func isPoll(q *chat.Question) bool {
	if n := len([]rune(strings.TrimSpace(q.Text))); n == 0 || n > maxQuestion || len(q.Options) < leastOptions || len(q.Options) > mostOptions {
		return false
	}
	for _, o := range q.Options {
		if n := len([]rune(strings.TrimSpace(o))); n == 0 || n > maxOption {
			return false
		}
	}
	return true
}

// partKey names a part for comparing: never empty.
func partKey(p chat.Part) string {
	switch {
	case p.Place != nil && isThing(p):
		return fmt.Sprintf("%s:%v", p.Kind, *p.Place)
	case p.Contact != nil && isThing(p):
		return fmt.Sprintf("%s:%v", p.Kind, *p.Contact)
	case p.Poll != nil && isThing(p):
		return fmt.Sprintf("%s:%s:%q", p.Kind, p.Poll.Text, p.Poll.Options)
	}
	return string(p.Media.Platform) + ":" + p.Media.Key
}

// livePeriod is how long a place of ours may move, in seconds: as long as people can choose at most.
const livePeriod = 8 * 3600

// thingParams are the parameters of the methods that post things; each uses its own.
type thingParams struct {
	ChatID int64                   `json:"chat_id"`
	Thread int                     `json:"message_thread_id,omitempty"`
	Reply  *models.ReplyParameters `json:"reply_parameters,omitempty"`
	Keys   any                     `json:"reply_markup,omitempty"`
	*placeParams
	*venueParams
	*contactParams
	*questionParams
}

type (
	placeParams struct {
		Latitude   float64 `json:"latitude"`
		Longitude  float64 `json:"longitude"`
		LivePeriod int     `json:"live_period,omitempty"`
	}
	venueParams struct {
		Title   string `json:"title"`
		Address string `json:"address"`
	}
	contactParams struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name,omitempty"`
	}
	questionParams struct {
		Question  string        `json:"question"`
		Options   []optionParam `json:"options"`
		Anonymous bool          `json:"is_anonymous"` // always false: the votes are to be counted with those of others
		Multiple  bool          `json:"allows_multiple_answers"`
		Closed    bool          `json:"is_closed,omitempty"`
	}
	optionParam struct {
		Text string `json:"text"`
	}
)

// sendThing posts what has no bytes. None of it has a caption: the author's name stands above it.
func (a *Adapter) sendThing(ctx context.Context, to place, p piece, reply answering) (int, error) {
	params := thingParams{ChatID: to.id, Thread: to.thread, Reply: reply.parameters()}
	if p.keys != nil {
		params.Keys = p.keys
	}
	method := params.fill(p.parts[0])
	if method == "sendPoll" {
		a.memory.asking.RLock()
		defer a.memory.asking.RUnlock()
	}
	var m struct {
		ID   int      `json:"message_id"`
		Poll *rawPoll `json:"poll"`
	}
	if err := a.short(ctx, method, params, &m); err != nil {
		return 0, err
	}
	if m.Poll != nil && m.Poll.ID != "" {
		ref := to.ref(m.ID)
		a.memory.polls.put(m.Poll.ID, pollNote{Chat: ref.Chat.ID, Message: ref.ID, Over: m.Poll.Closed})
		a.note(time.Time{}) // its votes name nothing but the poll: where it stands must outlive us
	}
	return m.ID, nil
}

// fill fills in what a part is and returns the method that posts such ones.
func (t *thingParams) fill(p chat.Part) (method string) {
	if p.Place != nil {
		t.placeParams = &placeParams{Latitude: p.Place.Latitude, Longitude: p.Place.Longitude}
	}
	switch p.Kind {
	case chat.LiveLocation:
		t.LivePeriod = livePeriod
	case chat.Venue:
		name, address := strings.TrimSpace(p.Place.Name), strings.TrimSpace(p.Place.Address)
		if name == "" {
			return "sendLocation"
		}
		if address == "" {
			address = fmt.Sprintf("%.5f, %.5f", p.Place.Latitude, p.Place.Longitude)
		}
		t.venueParams = &venueParams{Title: name, Address: address}
		return "sendVenue"
	case chat.Contact:
		first, last, _ := strings.Cut(strings.TrimSpace(p.Contact.Name), " ")
		t.contactParams = &contactParams{Phone: p.Contact.Phone, First: first, Last: last}
		return "sendContact"
	case chat.Poll:
		t.questionParams = &questionParams{Question: p.Poll.Text, Multiple: p.Poll.Multiple, Closed: p.Poll.Closed}
		for _, o := range p.Poll.Options {
			t.Options = append(t.Options, optionParam{o})
		}
		return "sendPoll"
	}
	return "sendLocation"
}

type moveParams struct {
	ChatID int64 `json:"chat_id"`
	ID     int   `json:"message_id"`
	*placeParams
}

// move moves a place that moves; the last time it comes to rest there.
func (a *Adapter) move(ctx context.Context, to place, id int, p chat.Part) error {
	at := &placeParams{Latitude: p.Place.Latitude, Longitude: p.Place.Longitude}
	err := unchanged(a.short(ctx, "editMessageLiveLocation", moveParams{to.id, id, at}, nil))
	if err != nil || p.Kind == chat.LiveLocation {
		return err
	}
	return unchanged(a.short(ctx, "stopMessageLiveLocation", moveParams{ChatID: to.id, ID: id}, nil))
}
