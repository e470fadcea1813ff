// Package hall is the three messengers on this machine that the demo and the measurements live in: honest
// servers that speak the platforms' own protocols over loopback. It does not know the program.
package hall

import (
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

// Hall holds the messengers.
type Hall struct {
	Telegram *telegramtest.Server
	Signal   *signaltest.Server
	Matrix   *matrixtest.Server
}

// Open starts them; every call of the program to one of them takes at least latency.
func Open(latency time.Duration) (*Hall, error) {
	home, err := matrixtest.New(matrixtest.Options{AppService: true, Latency: latency})
	if err != nil {
		return nil, fmt.Errorf("open the Matrix messenger: %w", err)
	}
	return &Hall{
		Telegram: telegramtest.New(telegramtest.Options{Latency: latency}),
		Signal:   signaltest.New(signaltest.Options{Latency: latency}),
		Matrix:   home,
	}, nil
}

// Worlds returns the messengers as their people see them: Telegram, Signal, Matrix.
func (h *Hall) Worlds() [3]world.World {
	return [3]world.World{h.Telegram, h.Signal, h.Matrix.World()}
}

// Close stops them.
func (h *Hall) Close() {
	h.Telegram.Close()
	h.Signal.Close()
	h.Matrix.World().Close()
	h.Matrix.Close()
}
