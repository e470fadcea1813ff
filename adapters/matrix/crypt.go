package matrix

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// news is what /sync says to the bot's device: messages of other devices, whose devices have changed, and how
// many of its keys for first messages are left on the server.
type news struct {
	ToDevice struct {
		Events []json.RawMessage `json:"events"`
	} `json:"to_device"`
	Devices struct {
		Changed []string `json:"changed"`
		Left    []string `json:"left"`
	} `json:"device_lists"`
	KeysLeft map[string]int `json:"device_one_time_keys_count"`
}

// unreadMark stands behind the id of a message in the name of the line that is told in its place while it cannot be
// read.
const unreadMark = "~"

// trueID returns the message that a name means: of such a line the one in whose place it stands.
func trueID(event string) string { return strings.TrimSuffix(event, unreadMark) }

// kindSeen returns the kind that the server sees of events: in an encrypted room all but reactions are noise, and only
// we can tell them apart.
func (j *job) kindSeen(ctx context.Context, kind string) (string, error) {
	encrypted, err := j.a.isEncrypted(ctx, j.s, j.room)
	if err != nil || !encrypted || kind == "m.reaction" {
		return kind, err
	}
	return "", nil
}

// opened returns events as their authors wrote them, those of a kind; an empty kind is every one.
func (j *job) opened(ctx context.Context, events []rawEvent, kind string) []rawEvent {
	for i, e := range events {
		events[i] = j.a.reveal(ctx, j.s, j.room, e)
	}
	return slices.DeleteFunc(events, func(e rawEvent) bool { return kind != "" && e.Type != kind })
}
