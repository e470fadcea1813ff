package signal

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// sweep deletes received files that are old, where the operator wants that: signal-cli never does.
func (a *Adapter) sweep(ctx context.Context) {
	if a.cfg.KeepFiles <= 0 || a.cfg.Attachments == "" {
		return
	}
	for {
		a.sweepOnce()
		select {
		case <-time.After(time.Hour):
		case <-ctx.Done():
			return
		}
	}
}

func (a *Adapter) sweepOnce() {
	entries, err := os.ReadDir(a.cfg.Attachments)
	if err != nil {
		a.log.Warn("signal attachments not swept", "error", err)
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || a.now().Sub(info.ModTime()) < a.cfg.KeepFiles {
			continue
		}
		if err := os.Remove(filepath.Join(a.cfg.Attachments, e.Name())); err != nil {
			a.log.Warn("signal attachment not deleted", "error", err)
		}
	}
}
