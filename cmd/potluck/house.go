package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// configFor is what an operator of the messengers in a hall would write. Pages are served at talk; empty = none.
func configFor(h *hall.Hall, data, talk string) Config {
	return Config{
		Data:     data,
		Web:      WebConfig{Talk: talk, TalkListen: strings.TrimPrefix(talk, "http://")},
		Telegram: TelegramConfig{Token: h.Telegram.Token(), APIURL: h.Telegram.URL()},
		Signal:   SignalConfig{Account: h.Signal.Account(), Socket: h.Signal.Address(), Attachments: h.Signal.AttachmentsDir()},
		Matrix:   MatrixConfig{Homeserver: h.Matrix.URL(), UserID: h.Matrix.BotID(), AppService: h.Matrix.RegistrationFile()},
	}
}

// startIn runs the whole program on the messengers in a hall, in a temporary folder; stop ends it and takes the
// folder away. Only warnings are logged.
func startIn(ctx context.Context, h *hall.Hall, talk string, log *slog.Logger) (stop func() error, err error) {
	data, err := os.MkdirTemp("", "potluck-")
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	p, err := openProgram(ctx, configFor(h, data, talk), slog.New(quietHandler{log.Handler()}), true)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(data))
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.run(running) }()
	return func() error {
		cancel()
		return errors.Join(<-done, p.close(), os.RemoveAll(data))
	}, nil
}

// quietHandler lets warnings and errors through only.
type quietHandler struct{ slog.Handler }

// WithAttrs returns a handler that is as quiet.
func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a handler that is as quiet.
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}

// Enabled tells whether the level is at least a warning.
func (h quietHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}
