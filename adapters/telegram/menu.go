package telegram

import (
	"context"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// Menu is the list of commands that Telegram's clients offer to people of one language when they type '/'.
type Menu struct {
	Language string // two letters (ISO 639-1); empty = for everybody whose language has no list of its own
	// Groups and Private are for everybody, Admins for the administrators of groups in addition.
	Groups, Private, Admins []MenuItem
}

// MenuItem is one command.
type MenuItem struct {
	Name        string `json:"command"`     // 1 to 32 of a-z 0-9 _; others are left out
	Description string `json:"description"` // cut at 256 characters
}

// What core.telegram.org/bots/api#setmycommands takes.
const (
	maxMenu        = 100
	maxDescription = 256
)

// announce gives Telegram the lists of commands. They are a convenience: what Telegram does not take is logged, and
// everything works without.
func (a *Adapter) announce(ctx context.Context) {
	for _, m := range a.config.Menus {
		for _, list := range []struct {
			scope string
			items []MenuItem
		}{
			{"all_group_chats", m.Groups},
			{"all_private_chats", m.Private},
			{"all_chat_administrators", slices.Concat(m.Groups, m.Admins)},
		} {
			params := map[string]any{"commands": fitting(list.items), "scope": map[string]string{"type": list.scope}}
			if m.Language != "" {
				params["language_code"] = m.Language
			}
			if err := a.short(ctx, "setMyCommands", params, nil); err != nil && ctx.Err() == nil {
				a.log.Warn("the list of commands is not shown in Telegram's menu", "language", m.Language, "scope", list.scope, "error", err)
				return
			}
			if !pause(ctx, 100*time.Millisecond) {
				return
			}
		}
	}
}

// fitting returns what Telegram takes of a list.
func fitting(items []MenuItem) []MenuItem {
	name := regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	out := []MenuItem{}
	for _, i := range items {
		if !name.MatchString(i.Name) || i.Description == "" || len(out) == maxMenu {
			continue
		}
		if utf8.RuneCountInString(i.Description) > maxDescription {
			i.Description = string([]rune(i.Description)[:maxDescription-1]) + "…"
		}
		out = append(out, i)
	}
	return out
}

// pause waits; false if ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
