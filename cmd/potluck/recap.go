package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/summaries/extract"
)

// maxRecapInput is the largest conversation in bytes that the recap reads.
const maxRecapInput = 64 << 20

// runRecap makes the recap of a conversation that is given as JSON on the standard input.
func runRecap(_ context.Context, c *console, args []string) error {
	f := c.flags("recap")
	asJSON := f.Bool("json", false, "print the bullets as JSON, with the ids of the messages that they quote")
	links := f.Bool("links", false, "print which message answers which, as the recap sees it, instead of bullets")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return &usageError{"the conversation comes on the standard input: potluck recap --json < conversation.json"}
	}
	return recap(os.Stdin, c.out, *asJSON, *links)
}

// recap reads one conversation and writes its recap.
func recap(in io.Reader, out io.Writer, asJSON, links bool) error {
	talk, ids, err := readConversation(in)
	if err != nil {
		return fmt.Errorf("read the conversation: %w", err)
	}
	if links {
		return writeLinks(out, extract.Links(talk), ids)
	}
	bullets := extract.Recap(talk)
	if !asJSON {
		return writeRecap(out, bullets)
	}
	type row struct {
		Text       string            `json:"text"`
		MessageIDs []json.RawMessage `json:"message_ids"`
		Section    extract.Section   `json:"section"`
	}
	rows := struct {
		Bullets []row `json:"bullets"`
	}{Bullets: []row{}}
	for _, b := range bullets {
		r := row{Text: b.Text, Section: b.Section}
		for _, id := range b.MessageIDs {
			r.MessageIDs = append(r.MessageIDs, ids.raw(id))
		}
		rows.Bullets = append(rows.Bullets, r)
	}
	return encodeRecap(out, rows)
}

func encodeRecap(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the recap: %w", err)
	}
	return nil
}

func writeLinks(out io.Writer, links []extract.Link, ids rawIDs) error {
	type row struct {
		ID      json.RawMessage `json:"id"`
		Answers json.RawMessage `json:"answers"`
	}
	rows := struct {
		Links []row `json:"links"`
	}{Links: []row{}}
	for _, l := range links {
		rows.Links = append(rows.Links, row{ids.raw(l.ID), ids.raw(l.Answers)})
	}
	return encodeRecap(out, rows)
}

// writeRecap writes the bullets for people, under the names of their sections.
func writeRecap(out io.Writer, bullets []extract.Bullet) error {
	var section extract.Section
	for i, b := range bullets {
		head := ""
		if b.Section != section {
			head, section = string(b.Section), b.Section
		}
		if _, err := fmt.Fprintf(out, "%-8s %2d. %s\n", head, i+1, b.Text); err != nil {
			return fmt.Errorf("write the recap: %w", err)
		}
	}
	return nil
}

// rawIDs are the ids of messages as they were written in the input: "a" or 5.
type rawIDs map[string]json.RawMessage

func (ids rawIDs) raw(id string) json.RawMessage {
	if raw, ok := ids[id]; ok {
		return raw
	}
	return json.RawMessage(id) // a message without an id goes by its number
}

// readConversation reads one conversation. Fields may be missing, unknown ones are passed over; an error names the
// place in the input.
func readConversation(in io.Reader) (extract.Conversation, rawIDs, error) {
	var c extract.Conversation
	data, err := io.ReadAll(io.LimitReader(in, maxRecapInput+1))
	if err != nil {
		return c, nil, err
	}
	if len(data) > maxRecapInput {
		return c, nil, fmt.Errorf("it has more than %d MB; give a part of it", maxRecapInput>>20)
	}
	var raw struct {
		Kind     json.RawMessage `json:"kind"`
		Lang     json.RawMessage `json:"lang"`
		Budget   json.RawMessage `json:"budget"`
		Messages json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return c, nil, atPlace(data, err)
	}
	if c.Kind, err = kindOf(raw.Kind); err != nil {
		return c, nil, err
	}
	if c.Lang, err = textOf(raw.Lang); err != nil {
		return c, nil, fmt.Errorf("lang: %w", err)
	}
	if c.Budget, err = budgetOf(raw.Budget); err != nil {
		return c, nil, err
	}
	var messages []json.RawMessage
	if !isNull(raw.Messages) && json.Unmarshal(raw.Messages, &messages) != nil {
		return c, nil, errors.New("messages: want a list of messages")
	}
	ids := rawIDs{}
	c.Messages = make([]extract.Message, len(messages))
	for i, m := range messages {
		if c.Messages[i], err = messageOf(m, ids); err != nil {
			return c, nil, fmt.Errorf("messages[%d]%w", i, err)
		}
	}
	return c, ids, nil
}

// atPlace says in which line and column the input is no JSON.
func atPlace(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return errors.New(`want an object {"kind", "lang", "budget", "messages"}`)
	}
	before := string(data[:min(int(syntax.Offset), len(data))])
	line := 1 + strings.Count(before, "\n")
	column := len(before) - 1 - strings.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// textOf reads a text, or a number as its digits.
func textOf(raw json.RawMessage) (string, error) {
	if isNull(raw) {
		return "", nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String(), nil
	}
	return "", fmt.Errorf("want a text, found %s", glimpse(raw))
}

// glimpse returns the beginning of what was found.
func glimpse(raw json.RawMessage) string {
	if s := string(raw); len(s) <= 20 {
		return s
	}
	return strings.ToValidUTF8(string(raw[:20]), "") + "…"
}

func kindOf(raw json.RawMessage) (extract.Kind, error) {
	s, err := textOf(raw)
	if err != nil {
		return "", fmt.Errorf("kind: %w", err)
	}
	switch strings.ToLower(s) {
	case "", "chat", "mail", "email", "thread":
		return extract.Chat, nil
	case "call", "meeting":
		return extract.Call, nil
	}
	return "", fmt.Errorf("kind: want \"chat\" or \"call\", found %s", glimpse(raw))
}

func budgetOf(raw json.RawMessage) (extract.Budget, error) {
	var b extract.Budget
	if isNull(raw) {
		return b, nil
	}
	var fields struct {
		Bullets        *float64 `json:"bullets"`
		Words          *float64 `json:"words"`
		WordsPerBullet *float64 `json:"words_per_bullet"`
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return b, errors.New(`budget: want {"bullets", "words", "words_per_bullet"}, each a number`)
	}
	for _, f := range []struct {
		name string
		from *float64
		to   *int
	}{{"bullets", fields.Bullets, &b.Bullets}, {"words", fields.Words, &b.Words}, {"words_per_bullet", fields.WordsPerBullet, &b.WordsPerBullet}} {
		if f.from == nil {
			continue
		}
		if *f.from < 0 || *f.from > math.MaxInt32 {
			return b, fmt.Errorf("budget.%s: want a number from 0 on, found %v", f.name, *f.from)
		}
		*f.to = int(*f.from)
	}
	return b, nil
}

// messageOf reads one message and keeps its id as it was written.
func messageOf(raw json.RawMessage, ids rawIDs) (extract.Message, error) {
	var m extract.Message
	var fields struct {
		ID        json.RawMessage `json:"id"`
		Author    json.RawMessage `json:"author"`
		Time      json.RawMessage `json:"time"`
		Text      json.RawMessage `json:"text"`
		ReplyTo   json.RawMessage `json:"reply_to"`
		Reactions json.RawMessage `json:"reactions"`
		System    json.RawMessage `json:"system"`
	}
	if isNull(raw) {
		return m, nil
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return m, errors.New(": want a message, an object")
	}
	for _, f := range []struct {
		name string
		from json.RawMessage
		to   *string
	}{{"id", fields.ID, &m.ID}, {"author", fields.Author, &m.Author}, {"text", fields.Text, &m.Text}, {"reply_to", fields.ReplyTo, &m.ReplyTo}} {
		s, err := textOf(f.from)
		if err != nil {
			return m, fmt.Errorf(".%s: %w", f.name, err)
		}
		*f.to = s
	}
	if m.ID != "" {
		if _, known := ids[m.ID]; !known {
			ids[m.ID] = fields.ID
		}
	}
	m.At = timeOf(fields.Time)
	m.Reactions = reactionsOf(fields.Reactions)
	m.System = string(fields.System) == "true" || string(fields.System) == "1"
	return m, nil
}

// timeOf reads a time: RFC 3339, a date and a time, a time of a day, or seconds or milliseconds since 1970. What is
// none of these is no time: a recap can do without.
func timeOf(raw json.RawMessage) time.Time {
	s, err := textOf(raw)
	if err != nil || s == "" {
		return time.Time{}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case math.IsNaN(n) || n <= 0 || n > 1e17:
			return time.Time{}
		case n > 1e14:
			n /= 1e6
		case n > 1e11:
			n /= 1e3
		}
		return time.Unix(int64(n), 0).UTC()
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04",
		"2006-01-02", time.RFC1123Z, time.RFC1123, "2006/01/02 15:04:05", "15:04:05", "15:04", "[15:04]",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() == 0 { // a time of a day: any day will do
				t = t.AddDate(2000, 0, 0)
			}
			return t
		}
	}
	return time.Time{}
}

// reactionsOf counts who reacted: a number, a list with one entry a person, or an object from sign to either.
func reactionsOf(raw json.RawMessage) int {
	if isNull(raw) {
		return 0
	}
	var n float64
	if json.Unmarshal(raw, &n) == nil {
		return int(min(max(n, 0), 1e6))
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return len(list)
	}
	var bySign map[string]json.RawMessage
	if json.Unmarshal(raw, &bySign) != nil {
		return 0
	}
	people, counted := map[string]bool{}, 0
	for _, of := range bySign {
		var names []json.RawMessage
		if json.Unmarshal(of, &names) != nil {
			counted += reactionsOf(of)
			continue
		}
		for _, name := range names {
			people[string(name)] = true // a person counts once, whatever the signs
		}
	}
	return min(counted+len(people), 1e6)
}
