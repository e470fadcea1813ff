package core

import (
	"bytes"
	"fmt"

	"github.com/potluck-chat/potluck/core/chat"
)

// What a page may have at most.
const (
	maxPage     = 256 << 10
	maxPageName = 200
)

// show keeps a page for browsers, or takes it away. Whoever knows the name of a page of the same community can replace it;
// another community's is left alone.
func (f *fold) show(e *chat.Event, x chat.Show) error {
	key := []byte(x.Page)
	had := f.tx.Get(bucketPage, key)
	switch owner, _, _ := bytes.Cut(had, []byte{0}); {
	case had != nil && string(owner) != string(e.Community):
		return nil
	case x.Page == "" || len(x.Page) > maxPageName || len(x.Data) > maxPage:
		return f.bury("", parcel{}, fmt.Errorf("show a page of %d bytes under a name of %d", len(x.Data), len(x.Page)))
	case len(x.Data) == 0:
		return f.tx.Delete(bucketPage, key)
	}
	return f.tx.Put(bucketPage, key, append(joinKey(string(e.Community), x.Type, ""), x.Data...))
}

// Page returns what was last shown under a name and its MIME type; false if there is nothing. It is safe for concurrent use.
func (e *Engine) Page(name string) (mime string, data []byte, ok bool, err error) {
	if name == "" || len(name) > maxPageName {
		return "", nil, false, nil
	}
	err = e.store.View(func(tx Tx) error {
		parts := bytes.SplitN(tx.Get(bucketPage, []byte(name)), []byte{0}, 3)
		if ok = len(parts) == 3; ok {
			mime, data = string(parts[1]), bytes.Clone(parts[2])
		}
		return nil
	})
	if err != nil {
		return "", nil, false, fmt.Errorf("read page: %w", err)
	}
	return mime, data, ok, nil
}
