package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTimeout is enough for streams of many millions of messages whose index was lost in a crash.
const startTimeout = 2 * time.Minute

// memoryLimit bounds what consumers hold in memory; the streams are files.
const memoryLimit = 64 << 20

// embedded is a server within this process, without a port.
type embedded struct {
	server *server.Server
	lock   *dirLock
	power  powerMark
	log    *slog.Logger
}

func startEmbedded(c Config, log *slog.Logger) (*embedded, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make bus directory: %w", err)
	}
	lock, err := lockDir(filepath.Join(c.Dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("lock bus directory %s: %w", c.Dir, err)
	}
	power := powerMark{dir: c.Dir, boot: bootID()}
	if err := power.begin(log); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare bus directory: %w", err), lock.unlock())
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "potluck", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: c.Dir, JetStreamMaxMemory: memoryLimit,
		// The streams' own limits bound the disk; this one must only never be in their way.
		JetStreamMaxStore: 4 * (c.MaxEvents + c.MaxEffects),
		SyncInterval:      c.SyncEvery, SyncAlways: c.SyncAlways,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make embedded server: %w", err), lock.unlock())
	}
	s.SetLoggerV2(&serverLog{log: log}, false, false, false)
	e := &embedded{server: s, lock: lock, power: power, log: log}
	s.Start()
	if !s.ReadyForConnections(startTimeout) {
		e.stop()
		return nil, fmt.Errorf("start embedded server: not ready after %s", startTimeout)
	}
	if !s.JetStreamEnabled() {
		e.stop()
		return nil, fmt.Errorf("start embedded server: jetstream is off: is %s writable and the disk not full?", c.Dir)
	}
	return e, nil
}

func (e *embedded) stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
	if err := e.power.end(); err != nil {
		e.log.Warn("bus stopped, but not in order", "err", err)
	}
	_ = e.lock.unlock() // the process's end unlocks it at the latest
}

// serverLog passes on what the server finds wrong; its notices are for debugging. Traces, which would show
// payloads, are off.
type serverLog struct{ log *slog.Logger }

var _ server.Logger = (*serverLog)(nil)

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("bus server", "says", fmt.Sprintf(format, v...))
}
func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("bus server", "says", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("bus server", "says", fmt.Sprintf(format, v...))
}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.log.Error("bus server", "says", fmt.Sprintf(format, v...))
}
