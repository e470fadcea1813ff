package signal

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// service returns what a message tells of beside what its author has written.
func (a *Adapter) service(d *dataMessage, in chat.Chat) []chat.Part {
	var out []chat.Part
	if d.StoryContext != nil {
		line := "an answer to one, to be seen in Signal only"
		if d.StoryContext.Author != "" {
			if name, ok := a.names.get(d.StoryContext.Author); ok {
				line = "an answer to that of " + name + ", to be seen in Signal only"
			}
		}
		if d.Reaction != nil && d.Reaction.Emoji != "" {
			line = d.Reaction.Emoji + " · " + line
		}
		out = append(out, chat.Part{Kind: chat.Story, Line: line})
	}
	if d.TimerChange {
		out = append(out, timerPart(d.Expires))
	}
	if d.GroupCall != nil && isGroup(in.ID) && a.groups.called(in.ID, d.GroupCall.Era) {
		out = append(out, chat.Part{Kind: chat.Call, Line: "a call of the group, in Signal only"})
	}
	if given(d.GiftBadge) {
		out = append(out, chat.Part{Kind: chat.Gift, Line: "to be opened in Signal only"})
	}
	return out
}

// timerPart tells that messages vanish after another time than before.
func timerPart(n int) chat.Part {
	line := "messages stay"
	if n > 0 {
		line = "messages vanish " + timerText(seconds(n)) + " after they were read"
	}
	return chat.Part{Kind: chat.Timer, Line: line}
}

// timerText writes a time as the clients' menu has it: "4 weeks", "1 hour", "90 seconds".
func timerText(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if d >= unit.size && d%unit.size == 0 {
			return counted(int(d/unit.size), unit.name)
		}
	}
	return counted(int(d/time.Second), "second")
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// told are the parts that tell what has changed in a group itself. Of a roster that was kept before the group's
// details were, only the title is known.
func told(old, now roster) []chat.Part {
	var out []chat.Part
	if now.Title != old.Title && old.Title != "" {
		out = append(out, chat.Part{Kind: chat.Title, Line: now.Title})
	}
	if !old.Detailed || !now.Detailed {
		return out
	}
	if now.Picture != old.Picture && old.Picture != "" {
		line := "a new one, to be seen in Signal only"
		if now.Picture == noPicture {
			line = "taken away"
		}
		out = append(out, chat.Part{Kind: chat.Picture, Line: line})
	}
	if now.About != old.About {
		line := "about this group: " + strings.TrimSpace(now.About)
		if strings.TrimSpace(now.About) == "" {
			line = "the text about this group is gone"
		}
		out = append(out, chat.Part{Kind: chat.Notice, Line: line})
	}
	if now.Timer != old.Timer {
		out = append(out, timerPart(now.Timer))
	}
	if now.Writers != old.Writers {
		line := "everybody may write again"
		if now.Writers == onlyAdmins {
			line = "only admins of the group may write now"
		}
		out = append(out, chat.Part{Kind: chat.Notice, Line: line})
	}
	return out
}

// onlyAdmins is the access rule that lets admins alone do a thing.
const onlyAdmins = "ONLY_ADMINS"

// noPicture stands for a group that has none.
const noPicture = "none"

// pictureOf returns what tells a group's picture from another; empty if that cannot be found out. A daemon that is
// started with --ignore-avatars has none of any group.
func (a *Adapter) pictureOf(ctx context.Context, c *client, id string) string {
	params := a.params()
	params["groupId"] = id
	var out struct {
		Data []byte `json:"data"`
	}
	err := a.ask(ctx, c, "getAvatar", params, &out)
	var called *callError
	switch {
	case errors.As(err, &called) && called.Code == codeUser, err == nil && len(out.Data) == 0:
		return noPicture
	case err != nil:
		a.log.Debug("signal picture not looked at", "error", err)
		return ""
	}
	sum := sha256.Sum256(out.Data)
	return hex.EncodeToString(sum[:8])
}

// called notes a call of a group and tells whether it is a new one: everybody who comes or goes tells of it.
func (g *groups) called(id, era string) bool {
	if len(era) > base64.StdEncoding.EncodedLen(32) {
		sum := sha256.Sum256([]byte(era)) // nobody makes the roster large
		era = hex.EncodeToString(sum[:])
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	r, known := g.byID[id]
	if !known || era == "" || r.Call == era {
		return false
	}
	r.Call, g.dirty = era, true
	g.byID[id] = r
	return true
}
