package bench

import (
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

// Addresses say where the messengers are and what the program signs in with.
type Addresses struct {
	TelegramURL, TelegramToken string
	// SignalSocket is "tcp://host:port", or the path of a unix socket.
	SignalSocket, SignalAccount string
	// SignalAttachments is where the Signal daemon puts the files it receives.
	SignalAttachments     string
	MatrixURL, MatrixUser string
	// MatrixAppService is the path of the registration file.
	MatrixAppService string
}

// hall holds the three messengers.
type hall struct {
	telegram *telegramtest.Server
	signal   *signaltest.Server
	matrix   *matrixtest.Server
}

// The places of the messengers in everything that has one thing for each.
const (
	telegram = iota
	signal
	matrix
	platforms
)

func openHall(latency time.Duration) (*hall, error) {
	home, err := matrixtest.New(matrixtest.Options{AppService: true, Latency: latency})
	if err != nil {
		return nil, fmt.Errorf("open the Matrix messenger: %w", err)
	}
	return &hall{
		telegram: telegramtest.New(telegramtest.Options{Latency: latency}),
		signal:   signaltest.New(signaltest.Options{Latency: latency}),
		matrix:   home,
	}, nil
}

func (h *hall) close() {
	h.telegram.Close()
	h.signal.Close()
	h.matrix.World().Close()
	h.matrix.Close()
}

func (h *hall) worlds() [platforms]world.World {
	return [platforms]world.World{h.telegram, h.signal, h.matrix.World()}
}

func (h *hall) addresses() Addresses {
	return Addresses{
		TelegramURL: h.telegram.URL(), TelegramToken: h.telegram.Token(),
		SignalSocket: h.signal.Address(), SignalAccount: h.signal.Account(), SignalAttachments: h.signal.AttachmentsDir(),
		MatrixURL: h.matrix.URL(), MatrixUser: h.matrix.BotID(), MatrixAppService: h.matrix.RegistrationFile(),
	}
}

// hang lets the next call of the program for a Telegram chat be answered only after a time.
func (h *hall) hang(group string, d time.Duration) {
	h.telegram.Fail(telegramtest.Fault{Kind: telegramtest.Slow, Chat: group, Delay: d})
}
