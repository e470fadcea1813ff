package bus

import (
	"errors"
	"fmt"
	"time"
)

// MaxData is the largest event or effect in bytes; the server's own limit is 1 MiB with the headers.
const MaxData = 1_000_000

// What streams keep unless the Config says otherwise.
const (
	defaultKeep      = 7 * 24 * time.Hour
	defaultMaxBytes  = 4 << 30
	defaultSyncEvery = time.Second
	maxPartition     = 1 << 16
)

// Config says where the streams live and how much they keep. The zero value of every field but Dir is a
// sane default.
type Config struct {
	// Dir holds the streams of the embedded server; it is made if it is not there. Unused with URL.
	Dir string
	// URL names the servers of an external cluster, separated by commas; empty = embedded.
	URL string
	// Credentials and CA are files for URL: a NATS credentials file, and the PEM of a private authority.
	Credentials, CA string
	// Partition is the part of the communities whose streams these are, from 0.
	Partition int
	// Replicas of each stream, for URL: 1 or 3. 0 = what an existing stream has, else 3 if the
	// cluster can, else 1.
	Replicas int
	// SyncAlways makes the embedded server flush every message to the disk before it is taken: a power cut
	// loses nothing, at one disk flush per event. Without it a power cut may lose the last SyncEvery,
	// a crash of the process never anything.
	SyncAlways bool
	// SyncEvery is how often the embedded server flushes; 0 = 1 s.
	SyncEvery time.Duration
	// KeepEvents and KeepEffects are how long entries stay; 0 = 7 days. A platform that is away for
	// longer than KeepEffects misses effects.
	KeepEvents, KeepEffects time.Duration
	// MaxEvents and MaxEffects bound the streams in bytes; 0 = 4 GiB. A full stream takes nothing more
	// until old entries expire.
	MaxEvents, MaxEffects int64
}

// Validate tells what an operator must mend.
func (c Config) Validate() error {
	switch {
	case c.URL == "" && c.Dir == "":
		return errors.New("validate bus config: neither a directory nor a url: set one")
	case c.Partition < 0 || c.Partition >= maxPartition:
		return fmt.Errorf("validate bus config: partition %d: use 0 to %d", c.Partition, maxPartition-1)
	case c.Replicas < 0 || c.Replicas > 5:
		return fmt.Errorf("validate bus config: replicas %d: use 1 or 3", c.Replicas)
	case c.Replicas > 1 && c.URL == "":
		return errors.New("validate bus config: the embedded server has one replica: set a url or leave replicas out")
	case c.KeepEvents < 0 || c.KeepEffects < 0 || c.SyncEvery < 0:
		return errors.New("validate bus config: a time is negative")
	case c.MaxEvents < 0 || c.MaxEffects < 0:
		return errors.New("validate bus config: a size is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.SyncEvery == 0 {
		c.SyncEvery = defaultSyncEvery
	}
	if c.KeepEvents == 0 {
		c.KeepEvents = defaultKeep
	}
	if c.KeepEffects == 0 {
		c.KeepEffects = defaultKeep
	}
	if c.MaxEvents == 0 {
		c.MaxEvents = defaultMaxBytes
	}
	if c.MaxEffects == 0 {
		c.MaxEffects = defaultMaxBytes
	}
	return c
}
