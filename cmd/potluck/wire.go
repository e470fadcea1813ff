package main

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/telegram"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maker makes the adapter of one platform.
type maker func(open adapters.Opener, cursor adapters.Cursor) (adapters.Adapter, error)

// platforms returns a maker for each platform that has credentials. commands are what people can ask.
func platforms(c Config, commands []rule.Command, log *slog.Logger) map[chat.Platform]maker {
	out := make(map[chat.Platform]maker)
	if c.Telegram.Token != "" {
		out[chat.Telegram] = func(open adapters.Opener, cursor adapters.Cursor) (adapters.Adapter, error) {
			return telegram.New(telegram.Config{
				Token: c.Telegram.Token, API: c.Telegram.APIURL, WebhookURL: c.Telegram.WebhookURL,
				WebhookListen: c.Telegram.WebhookListen, WebhookSecret: c.Telegram.WebhookSecret,
				Menus: menus(commands),
			}, open, cursor, log)
		}
	}
	if c.Signal.Account != "" {
		out[chat.Signal] = func(open adapters.Opener, cursor adapters.Cursor) (adapters.Adapter, error) {
			keep, _ := time.ParseDuration(c.Signal.KeepFiles) // validated; empty is 0, for ever
			return signal.New(signal.Config{
				Account: c.Signal.Account, Socket: c.Signal.Socket, Dir: filepath.Join(c.Data, "signal"),
				Attachments: c.Signal.Attachments, Outbox: c.Signal.Outbox, KeepFiles: keep,
				IgnoreInvites: c.Signal.IgnoreInvites == "true",
			}, open, cursor, log)
		}
	}
	if c.Matrix.Homeserver != "" {
		m := c.Matrix
		if m.AppService != "" {
			m.Password, m.AccessToken = "", "" // the registration lets the bot in
		}
		out[chat.Matrix] = func(open adapters.Opener, cursor adapters.Cursor) (adapters.Adapter, error) {
			return matrix.New(matrix.Config{
				Homeserver: m.Homeserver, User: m.UserID, Password: m.Password,
				Token: m.AccessToken, Registration: m.AppService,
			}, matrix.Options{Open: open, Cursor: cursor, Log: log, Dir: c.Data})
		}
	}
	return out
}

// allFeatures returns what each platform shows, at its best: on Matrix with an application service.
func allFeatures() map[chat.Platform]chat.Features {
	return map[chat.Platform]chat.Features{
		chat.Telegram: telegram.Features(),
		chat.Signal:   signal.Features(signal.Config{}),
		chat.Matrix:   matrix.Features(true),
	}
}
