package matrixtest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

const (
	spoilerKey = "page.codeberg.everypizza.msc4193.spoiler"
	vanishKey  = "com.beeper.disappearing_timer"
	placeKey   = "org.matrix.msc3488.location"
)

// adorn adds to a content what it answers, the thread that it stands in and when it vanishes.
func adorn(c map[string]any, s world.Say) {
	switch {
	case s.Thread != "" && s.ReplyTo != "":
		c["m.relates_to"] = map[string]any{
			"rel_type": "m.thread", "event_id": s.Thread, "m.in_reply_to": map[string]string{"event_id": s.ReplyTo},
		}
	case s.Thread != "":
		c["m.relates_to"] = map[string]any{
			"rel_type": "m.thread", "event_id": s.Thread, "is_falling_back": true,
			"m.in_reply_to": map[string]string{"event_id": s.Thread},
		}
	case s.ReplyTo != "":
		c["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]string{"event_id": s.ReplyTo}}
	}
	if s.Vanish > 0 {
		c[vanishKey] = map[string]any{"type": "after_send", "timer": s.Vanish.Milliseconds()}
	}
}

// sayThing posts what has no text, or changes the room, as a person can do it in a client.
func (w *World) sayThing(person, group string, s world.Say) (string, error) {
	p := *s.Thing
	switch p.Kind {
	case chat.Location:
		if p.Place == nil {
			return "", world.ErrNone
		}
		c := placeContent(*p.Place, p.Line)
		adorn(c, s)
		return w.post(person, group, "m.room.message", c)
	case chat.LiveLocation:
		return w.shareLive(person, group, *p.Place)
	case chat.Poll:
		c := pollContent(*p.Poll)
		adorn(c, s)
		return w.post(person, group, pollStart, c)
	case chat.Call:
		return w.post(person, group, "org.matrix.msc4075.rtc.notification", map[string]any{
			"notification_type": "ring", "lifetime": 30000, "sender_ts": 1, "m.mentions": map[string]any{"room": true},
		})
	case chat.Other:
		return w.post(person, group, "m.room.message", map[string]any{"msgtype": "org.example.hologram", "body": p.Line})
	case chat.Title:
		return w.putState(person, group, "m.room.name", "", map[string]any{"name": p.Line})
	case chat.Picture:
		c, err := w.mediaContent(person, world.Media{Name: "room.png", MIME: "image/png", Bytes: []byte("\x89PNG\r\n\x1a\n" + random())}, chat.Text{})
		if err != nil {
			return "", err
		}
		return w.putState(person, group, "m.room.avatar", "", map[string]any{"url": c["url"]})
	case chat.Timer:
		return w.putState(person, group, "m.room.retention", "", map[string]any{"max_lifetime": int64(7 * 24 * 3600 * 1000)})
	case chat.Notice:
		return w.putState(person, group, "m.room.topic", "", map[string]any{"topic": p.Line})
	}
	return "", world.ErrNone
}

// putState writes a state event as a person and returns its id.
func (w *World) putState(person, group, kind, key string, content any) (string, error) {
	var out struct {
		ID string `json:"event_id"`
	}
	err := w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/state/"+seg(kind)+"/"+seg(key), content, &out)
	return out.ID, err
}

// geo writes a place as geo_uri has it.
func geo(p chat.Place) string {
	f := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return "geo:" + f(p.Latitude) + "," + f(p.Longitude)
}

func placeContent(p chat.Place, words string) map[string]any {
	at := map[string]any{"uri": geo(p)}
	if p.Name != "" {
		at["description"] = p.Name
	}
	return map[string]any{
		"msgtype": "m.location", "body": words, "geo_uri": geo(p), placeKey: at,
		"org.matrix.msc3488.asset": map[string]string{"type": "m.pin"},
	}
}

// shareLive begins to show where a person is (MSC3489), at one place; it returns the beginning's id. In a room that
// does not give the right for it to all, only its moderators can.
func (w *World) shareLive(person, group string, p chat.Place) (string, error) {
	id, err := w.putState(person, group, "org.matrix.msc3672.beacon_info", person, map[string]any{
		"live": true, "timeout": 3600000, "org.matrix.msc3488.ts": 1, "org.matrix.msc3488.asset": map[string]string{"type": "m.self"},
	})
	if err != nil {
		return "", err
	}
	_, err = w.MoveLive(person, group, id, p)
	return id, err
}

// MoveLive tells where a person is now who shows it.
func (w *World) MoveLive(person, group, beacon string, p chat.Place) (string, error) {
	return w.post(person, group, "org.matrix.msc3672.beacon", map[string]any{
		"m.relates_to": map[string]string{"rel_type": "m.reference", "event_id": beacon},
		placeKey:       map[string]string{"uri": geo(p)}, "org.matrix.msc3488.ts": 1,
	})
}

// SetPortrait gives a person a picture.
func (w *World) SetPortrait(person string, picture []byte) error {
	c, err := w.mediaContent(person, world.Media{Name: "me.png", MIME: "image/png", Bytes: picture}, chat.Text{})
	if err != nil {
		return err
	}
	return w.api.call(w.ctx, w.as(person), "PUT", v3+"/profile/"+seg(person)+"/avatar_url", map[string]any{"avatar_url": c["url"]}, nil)
}

// Portrait returns where the picture of an account is, empty if it has none.
func (w *World) Portrait(user string) string {
	var p profile
	if err := w.api.call(w.ctx, login{}, "GET", v3+"/profile/"+seg(user), nil, &p); err != nil {
		return ""
	}
	return p.Avatar
}

// stand reads what a message answers and the thread that it stands in.
func (l *line) stand(raw json.RawMessage) {
	var c content
	_ = json.Unmarshal(raw, &c) // what cannot be read stands nowhere in particular
	l.shown.ReplyTo = c.Relates.Reply.ID
	if c.Relates.Fallback {
		l.shown.ReplyTo = ""
	}
	if c.Relates.Type == "m.thread" {
		l.shown.Thread = c.Relates.To
	}
}

// isTaken tells whether an event was redacted before anybody here saw it.
func isTaken(e seen) bool { return strings.HasPrefix(string(e.Unsigned.Because), "{") }

// place returns the place that a content shows as a map.
func (c *content) place() []chat.Part {
	if c.Kind != "m.location" {
		return nil
	}
	var p chat.Place
	if n, err := fmt.Sscanf(c.Geo, "geo:%f,%f", &p.Latitude, &p.Longitude); n != 2 || err != nil {
		return nil
	}
	p.Name = c.Place.Description
	return []chat.Part{{Kind: chat.Location, Line: c.Body, Place: &p}}
}
