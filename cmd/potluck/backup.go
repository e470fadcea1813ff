package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/potluck-chat/potluck/adapters/local"
	"github.com/potluck-chat/potluck/storage/state"
)

// runBackup copies the state: through the running program if there is one, else from the file.
func runBackup(ctx context.Context, c *console, args []string) error {
	f := c.flags("backup")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return &usageError{"name the file to write, like: potluck backup potluck-monday.db"}
	}
	config, err := load()
	if err != nil {
		return err
	}
	path := f.Arg(0)
	if err := writeWhole(path, func(w io.Writer) error { return copyState(ctx, config, c, w) }); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The state is in %s. To bring it back: potluck restore %s\n", path, path)
	fmt.Fprintf(c.out, "What is sealed in it (reports, evidence, words) needs %s: keep a copy of that apart.\n", config.sealPath())
	return nil
}

func copyState(ctx context.Context, config Config, c *console, w io.Writer) error {
	err := local.Backup(ctx, config.socketPath(), w)
	if !errors.Is(err, local.ErrNotRunning) {
		return err
	}
	if _, err := os.Stat(config.statePath()); err != nil {
		return fmt.Errorf("there is no state in %s yet: %w", config.Data, err)
	}
	s, err := state.Open(config.statePath(), state.Options{}, c.log)
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	return errors.Join(s.Backup(w), s.Close())
}

// writeWhole writes a file that is there only when it is whole, and never in the place of another.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: there is a file of that name already; name another", path)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// runRestore puts a backup in the place of the state.
func runRestore(_ context.Context, c *console, args []string) error {
	f := c.flags("restore")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return &usageError{"name the file to read, like: potluck restore potluck-monday.db"}
	}
	config, err := load()
	if err != nil {
		return err
	}
	backup, err := os.Open(f.Arg(0))
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	kept, err := state.Restore(backup, config.statePath(), nil)
	if err = errors.Join(err, backup.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The state of %s is now in %s.\n", f.Arg(0), config.statePath())
	if kept != "" {
		fmt.Fprintf(c.out, "What was there is kept in %s.\n", kept)
	}
	fmt.Fprintln(c.out, "Start again with: potluck run. What has happened since the backup is folded again, as far as the bus still holds it.")
	return nil
}
