//go:build goolm

package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/adapters"
)

// errKeysLost is wrapped by everything that is asked of keys whose writing has failed: what is in memory is then
// ahead of the disk, and only the disk may be believed.
var errKeysLost = errors.New("the keys of encrypted rooms could not be written")

// rows are the keys of encrypted rooms as they lie in the vault. What is written counts at once for whoever reads, and
// is on the disk when its batch is committed, all of it together; what is written without a batch is committed alone.
type rows struct {
	vault adapters.Vault

	mu     sync.Mutex // guards all below
	fresh  map[string]cell
	serial uint64
	broken error
}

// cell is a value that is not on the disk yet; nil = taken away.
type cell struct {
	value []byte
	n     uint64
}

// changes is a batch: the keys that were written for it.
type changes struct {
	rows *rows
	keys map[string]struct{}
}

// changesKey finds a batch in a context: mautrix hands contexts through to the store and to the calls it makes.
type changesKey struct{}

func newRows(v adapters.Vault) *rows { return &rows{vault: v, fresh: map[string]cell{}} }

// begin returns a context whose writes wait for commit.
func (r *rows) begin(ctx context.Context) (context.Context, *changes) {
	c := &changes{rows: r, keys: map[string]struct{}{}}
	return context.WithValue(ctx, changesKey{}, c), c
}

// changesIn returns the batch of a context, nil if it has none.
func changesIn(ctx context.Context) *changes {
	c, _ := ctx.Value(changesKey{}).(*changes)
	return c
}

// key joins the parts of a key; none of them may hold a zero, which ids do not.
func key(parts ...string) string { return "keys\x00" + strings.Join(parts, "\x00") }

// lastName returns the last part of a key.
func lastName(key string) string { return key[strings.LastIndexByte(key, 0)+1:] }

// nameIn returns the part of a key behind its kind, empty if it has none.
func nameIn(key string) string {
	parts := strings.Split(key, "\x00")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// put writes a value, or takes one away (nil).
func (r *rows) put(ctx context.Context, key string, value []byte) error {
	r.mu.Lock()
	if r.broken != nil {
		defer r.mu.Unlock()
		return r.broken
	}
	r.serial++
	r.fresh[key] = cell{value: value, n: r.serial}
	c := changesIn(ctx)
	if c == nil {
		c = &changes{rows: r, keys: map[string]struct{}{key: {}}}
		r.mu.Unlock()
		return c.commit()
	}
	c.keys[key] = struct{}{}
	r.mu.Unlock()
	return nil
}

func (r *rows) putJSON(ctx context.Context, key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %q: %w", key, err)
	}
	return r.put(ctx, key, b)
}

// commit brings a batch to the disk. It can be called again, for what was written since.
func (c *changes) commit() error {
	r := c.rows
	r.mu.Lock()
	if r.broken != nil || len(c.keys) == 0 {
		defer r.mu.Unlock()
		return r.broken
	}
	batch, which := map[string][]byte{}, map[string]uint64{}
	for k := range c.keys {
		if f, ok := r.fresh[k]; ok { // else another batch with the same key has brought it there
			batch[k], which[k] = f.value, f.n
		}
	}
	clear(c.keys)
	r.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := r.vault.Put(batch)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.broken = fmt.Errorf("%w: %w", errKeysLost, err)
		return r.broken
	}
	for k, n := range which {
		if r.fresh[k].n == n {
			delete(r.fresh, k)
		}
	}
	return nil
}

// spoil makes everything fail from now on: the memory is ahead of the disk.
func (r *rows) spoil(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		r.broken = fmt.Errorf("%w: %w", errKeysLost, err)
	}
}

// failed returns why nothing can be written any more, nil if it can.
func (r *rows) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

// get returns a value, nil if there is none.
func (r *rows) get(key string) ([]byte, error) {
	r.mu.Lock()
	f, ok := r.fresh[key]
	r.mu.Unlock()
	if ok {
		return f.value, nil
	}
	return r.vault.Get(key)
}

// getJSON reads a value; false if there is none.
func (r *rows) getJSON(key string, v any) (bool, error) {
	b, err := r.get(key)
	if err != nil || b == nil {
		return false, err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, fmt.Errorf("read %q: %w", key, err)
	}
	return true, nil
}

// pair is a key with its value.
type pair struct {
	key   string
	value []byte
}

// list returns what has a prefix, in the order of the keys.
func (r *rows) list(prefix string) ([]pair, error) {
	// What is fresh is looked at first: it may be on the disk before that has been read through.
	r.mu.Lock()
	fresh := maps.Clone(r.fresh)
	r.mu.Unlock()
	found := map[string][]byte{}
	err := r.vault.Scan(prefix, func(k string, v []byte) bool {
		found[k] = bytes.Clone(v)
		return true
	})
	if err != nil {
		return nil, err
	}
	for k, f := range fresh {
		switch {
		case !strings.HasPrefix(k, prefix):
		case f.value == nil:
			delete(found, k)
		default:
			found[k] = f.value
		}
	}
	out := make([]pair, 0, len(found))
	for _, k := range slices.Sorted(maps.Keys(found)) {
		out = append(out, pair{k, found[k]})
	}
	return out, nil
}
