package main

import (
	"fmt"
	"os"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

// fakes are the three messengers on this machine that the demo and the measurements live in: honest servers
// that speak the platforms' own protocols over loopback.
type fakes struct {
	telegram *telegramtest.Server
	signal   *signaltest.Server
	matrix   *matrixtest.Server
}

// newFakes starts them; every call takes at least latency.
func newFakes(latency time.Duration) (*fakes, error) {
	m, err := matrixtest.New(matrixtest.Options{AppService: true, Latency: latency})
	if err != nil {
		return nil, fmt.Errorf("start pretended homeserver: %w", err)
	}
	return &fakes{
		telegram: telegramtest.New(telegramtest.Options{Latency: latency}),
		signal:   signaltest.New(signaltest.Options{Latency: latency}),
		matrix:   m,
	}, nil
}

func (f *fakes) worlds() []world.World { return []world.World{f.telegram, f.signal, f.matrix.World()} }

func (f *fakes) close() {
	f.telegram.Close()
	f.signal.Close()
	f.matrix.Close()
}

// config is what an operator of these three would write.
func (f *fakes) config(data string) Config {
	return Config{
		Data:     data,
		Telegram: TelegramConfig{Token: f.telegram.Token(), APIURL: f.telegram.URL()},
		Signal:   SignalConfig{Account: f.signal.Account(), Socket: f.signal.Address(), Attachments: f.signal.AttachmentsDir()},
		Matrix:   MatrixConfig{Homeserver: f.matrix.URL(), UserID: f.matrix.BotID(), AppService: f.matrix.RegistrationFile()},
	}
}

// tempData makes a folder that remove takes away again.
func tempData() (path string, remove func() error, err error) {
	path, err = os.MkdirTemp("", "potluck-")
	if err != nil {
		return "", nil, fmt.Errorf("make temporary folder: %w", err)
	}
	return path, func() error { return os.RemoveAll(path) }, nil
}
