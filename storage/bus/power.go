package bus

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// runningFile holds the boot id of the machine from the start of the embedded server to its orderly stop.
const runningFile = "running"

// syncedBlocks is how many of a stream's newest blocks may hold what was not flushed by the time of a
// stop; a block has several MiB and the server flushes every SyncEvery.
const syncedBlocks = 8

// powerMark tells a start after a power cut from all others.
//
// The server keeps a summary of every stream beside its blocks (index.db). After a power cut the summary
// may be younger than the blocks; the server then believes the summary, and messages that never reached
// the disk leave a hole under a last sequence that nobody can fill. Without the summary it reads the
// blocks, and the stream ends where they end, which the engine and the chain know how to mend. After a
// crash of the process alone nothing is lost, because the kernel has it, and the summary is right.
type powerMark struct{ dir, boot string }

// begin forgets the summaries if the machine has been restarted under a running server.
func (p powerMark) begin(log *slog.Logger) error {
	path := filepath.Join(p.dir, runningFile)
	before, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("read mark: %w", err)
	case p.boot == "" || string(before) != p.boot:
		log.Warn("the machine went down under the bus, reading its streams through")
		if err := p.forgetSummaries(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, []byte(p.boot), 0o600); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	return errors.Join(syncFile(path), syncFile(p.dir))
}

// end flushes what the server has left to the kernel and takes the mark away.
func (p powerMark) end() error {
	streams, err := p.streams()
	if err != nil {
		return err
	}
	for _, msgs := range streams {
		files, err := newestBlocks(msgs)
		if err != nil {
			return err
		}
		for _, f := range append(files, msgs) {
			if err := syncFile(f); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(filepath.Join(p.dir, runningFile)); err != nil {
		return fmt.Errorf("remove mark: %w", err)
	}
	return nil
}

func (p powerMark) streams() ([]string, error) {
	dirs, err := filepath.Glob(filepath.Join(p.dir, "jetstream", "*", "streams", "*", "msgs"))
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	return dirs, nil
}

func (p powerMark) forgetSummaries() error {
	streams, err := p.streams()
	if err != nil {
		return err
	}
	for _, msgs := range streams {
		err := os.Remove(filepath.Join(msgs, "index.db"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove summary: %w", err)
		}
	}
	return nil
}

func newestBlocks(msgs string) ([]string, error) {
	blocks, err := filepath.Glob(filepath.Join(msgs, "*.blk"))
	if err != nil {
		return nil, fmt.Errorf("list blocks: %w", err)
	}
	slices.SortFunc(blocks, func(a, b string) int { return blockNumber(b) - blockNumber(a) })
	return blocks[:min(len(blocks), syncedBlocks)], nil
}

func blockNumber(path string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".blk"))
	if err != nil {
		return -1
	}
	return n
}

// syncFile flushes a file or a directory, where the system can.
func syncFile(path string) error {
	if runtime.GOOS == "windows" {
		return nil // it does not flush what was opened for reading; its server's own flushes remain
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open to flush: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("flush %s: %w", filepath.Base(path), err)
	}
	return nil
}

// bootID names this run of the machine, empty where the system does not tell (it is Linux's).
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
