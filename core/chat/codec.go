package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrKind is wrapped by the decoders for a kind of event or effect that this version does not know.
var ErrKind = errors.New("unknown kind")

type wireEvent struct {
	Kind    string          `json:"kind"`
	ID      EventID         `json:"id"`
	At      time.Time       `json:"at"`
	Chat    Chat            `json:"chat,omitzero"`
	Title   string          `json:"title,omitempty"`
	Private bool            `json:"private,omitempty"`
	By      Person          `json:"by,omitzero"`
	Body    json.RawMessage `json:"body"`
}

type wireDispatch struct {
	Kind   string          `json:"kind"`
	ID     EffectID        `json:"id"`
	At     time.Time       `json:"at"`
	Effect json.RawMessage `json:"effect"`
}

// EncodeEvent writes what an adapter, the pump or the engine tells of an event as JSON. A time outside the
// years 1 to 9999 is written as the nearest within: anybody can send such a one, and an event that could not
// be written would stop its platform.
func EncodeEvent(e Event) ([]byte, error) {
	body, err := json.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	b, err := json.Marshal(wireEvent{
		Kind: kindOfBody(e.Body), ID: e.ID, At: writable(e.At), Chat: e.Chat, Title: e.Title, Private: e.Private, By: e.By, Body: body,
	})
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return b, nil
}

// DecodeEvent reads what EncodeEvent wrote. The error wraps ErrKind for a kind that is not known here.
func DecodeEvent(b []byte) (Event, error) {
	var w wireEvent
	if err := json.Unmarshal(b, &w); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	body, err := decodeBody(w.Kind, w.Body)
	if err != nil {
		return Event{}, fmt.Errorf("decode event %s: %w", w.ID, err)
	}
	return Event{ID: w.ID, At: w.At, Chat: w.Chat, Title: w.Title, Private: w.Private, By: w.By, Body: body}, nil
}

// EncodeDispatch writes an outgoing effect as JSON.
func EncodeDispatch(d Dispatch) ([]byte, error) {
	effect, err := json.Marshal(d.Effect)
	if err != nil {
		return nil, fmt.Errorf("encode effect %s: %w", d.ID, err)
	}
	b, err := json.Marshal(wireDispatch{Kind: kindOfEffect(d.Effect), ID: d.ID, At: writable(d.At), Effect: effect})
	if err != nil {
		return nil, fmt.Errorf("encode effect %s: %w", d.ID, err)
	}
	return b, nil
}

// DecodeDispatch reads what EncodeDispatch wrote. The error wraps ErrKind for a kind that is not known
// here.
func DecodeDispatch(b []byte) (Dispatch, error) {
	var w wireDispatch
	if err := json.Unmarshal(b, &w); err != nil {
		return Dispatch{}, fmt.Errorf("decode effect: %w", err)
	}
	e, err := decodeEffect(w.Kind, w.Effect)
	if err != nil {
		return Dispatch{}, fmt.Errorf("decode effect %s: %w", w.ID, err)
	}
	return Dispatch{ID: w.ID, At: w.At, Effect: e}, nil
}

// writable returns t in UTC and within the years that RFC 3339 can write.
func writable(t time.Time) time.Time {
	t = t.UTC()
	switch {
	case t.Year() < 1:
		return time.Time{}
	case t.Year() > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}

func kindOfBody(b Body) string {
	switch b.(type) {
	case Posted:
		return "posted"
	case Edited:
		return "edited"
	case Deleted:
		return "deleted"
	case Reacted:
		return "reacted"
	case Joined:
		return "joined"
	case Left:
		return "left"
	case Arrived:
		return "arrived"
	case Parted:
		return "parted"
	case Migrated:
		return "migrated"
	case Sent:
		return "sent"
	case Failed:
		return "failed"
	case Asked:
		return "asked"
	case Due:
		return "due"
	case Linked:
		return "linked"
	case LinkRefused:
		return "link refused"
	case Unlinked:
		return "unlinked"
	case Claimed:
		return "claimed"
	case Knocked:
		return "knocked"
	case Pressed:
		return "pressed"
	case Appointed:
		return "appointed"
	case Forgotten:
		return "forgotten"
	case Forgot:
		return "forgot"
	case Found:
		return "found"
	case Summarised:
		return "summarised"
	case Missed:
		return "missed"
	case PollEnded:
		return "poll ended"
	case Voted:
		return "voted"
	case Pinned:
		return "pinned"
	}
	return ""
}

func decodeBody(kind string, raw []byte) (Body, error) {
	switch kind {
	case "posted":
		return decode[Body, Posted](raw)
	case "edited":
		return decode[Body, Edited](raw)
	case "deleted":
		return decode[Body, Deleted](raw)
	case "reacted":
		return decode[Body, Reacted](raw)
	case "joined":
		return decode[Body, Joined](raw)
	case "left":
		return decode[Body, Left](raw)
	case "arrived":
		return decode[Body, Arrived](raw)
	case "parted":
		return decode[Body, Parted](raw)
	case "migrated":
		return decode[Body, Migrated](raw)
	case "sent":
		return decode[Body, Sent](raw)
	case "failed":
		return decode[Body, Failed](raw)
	case "asked":
		return decode[Body, Asked](raw)
	case "due":
		return decode[Body, Due](raw)
	case "linked":
		return decode[Body, Linked](raw)
	case "link refused":
		return decode[Body, LinkRefused](raw)
	case "unlinked":
		return decode[Body, Unlinked](raw)
	case "claimed":
		return decode[Body, Claimed](raw)
	case "knocked":
		return decode[Body, Knocked](raw)
	case "pressed":
		return decode[Body, Pressed](raw)
	case "appointed":
		return decode[Body, Appointed](raw)
	case "forgotten":
		return decode[Body, Forgotten](raw)
	case "forgot":
		return decode[Body, Forgot](raw)
	case "found":
		return decode[Body, Found](raw)
	case "summarised":
		return decode[Body, Summarised](raw)
	case "missed":
		return decode[Body, Missed](raw)
	case "poll ended":
		return decode[Body, PollEnded](raw)
	case "voted":
		return decode[Body, Voted](raw)
	case "pinned":
		return decode[Body, Pinned](raw)
	}
	return nil, fmt.Errorf("event kind %q: %w", kind, ErrKind)
}

func kindOfEffect(e Outgoing) string {
	switch e.(type) {
	case Send:
		return "send"
	case Edit:
		return "edit"
	case Delete:
		return "delete"
	case React:
		return "react"
	case Whisper:
		return "whisper"
	case Pin:
		return "pin"
	case Unpin:
		return "unpin"
	case Restrict:
		return "restrict"
	case Release:
		return "release"
	case Remove:
		return "remove"
	case Ban:
		return "ban"
	case Unban:
		return "unban"
	case Admit:
		return "admit"
	case Decline:
		return "decline"
	case Invite:
		return "invite"
	case Summarise:
		return "summarise"
	case Shut:
		return "shut"
	case Open:
		return "open"
	case EndPoll:
		return "end poll"
	case Vote:
		return "vote"
	}
	return ""
}

func decodeEffect(kind string, raw []byte) (Outgoing, error) {
	switch kind {
	case "send":
		return decode[Outgoing, Send](raw)
	case "edit":
		return decode[Outgoing, Edit](raw)
	case "delete":
		return decode[Outgoing, Delete](raw)
	case "react":
		return decode[Outgoing, React](raw)
	case "whisper":
		return decode[Outgoing, Whisper](raw)
	case "pin":
		return decode[Outgoing, Pin](raw)
	case "unpin":
		return decode[Outgoing, Unpin](raw)
	case "restrict":
		return decode[Outgoing, Restrict](raw)
	case "release":
		return decode[Outgoing, Release](raw)
	case "remove":
		return decode[Outgoing, Remove](raw)
	case "ban":
		return decode[Outgoing, Ban](raw)
	case "unban":
		return decode[Outgoing, Unban](raw)
	case "admit":
		return decode[Outgoing, Admit](raw)
	case "decline":
		return decode[Outgoing, Decline](raw)
	case "invite":
		return decode[Outgoing, Invite](raw)
	case "summarise":
		return decode[Outgoing, Summarise](raw)
	case "shut":
		return decode[Outgoing, Shut](raw)
	case "open":
		return decode[Outgoing, Open](raw)
	case "end poll":
		return decode[Outgoing, EndPoll](raw)
	case "vote":
		return decode[Outgoing, Vote](raw)
	}
	return nil, fmt.Errorf("effect kind %q: %w", kind, ErrKind)
}

func decode[I any, T any](raw []byte) (I, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		var none I
		return none, err
	}
	return any(v).(I), nil
}
