//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

const (
	// heldFor is how long a device that did not get one of our keys may ask for it.
	heldFor = 30 * 24 * time.Hour
	// readFor is how long messages stay readable, to be edited, deleted and quoted: a little longer than the house
	// remembers them.
	readFor = 400 * 24 * time.Hour
)

// prune forgets what is too old to be needed.
func (s *keystore) prune(ctx context.Context, now time.Time) error {
	var old []string
	err := s.rows.vault.Scan(key("holder", ""), func(k string, v []byte) bool {
		ms, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil || now.Sub(time.UnixMilli(ms)) > heldFor {
			old = append(old, k)
		}
		return true
	})
	if err != nil {
		return err
	}
	var sessions []string
	err = s.rows.vault.Scan(key("in", ""), func(k string, v []byte) bool {
		var row roomKeyRow
		if json.Unmarshal(v, &row) != nil || now.Sub(row.Received) > readFor {
			old, sessions = append(old, k), append(sessions, lastName(k))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, session := range sessions {
		err := s.rows.vault.Scan(key("index", session, ""), func(k string, _ []byte) bool {
			old = append(old, k)
			return true
		})
		if err != nil {
			return err
		}
	}
	for _, k := range old {
		if err := s.rows.put(ctx, k, nil); err != nil {
			return err
		}
	}
	return nil
}
