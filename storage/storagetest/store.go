package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
)

// Store is a state that can be closed.
type Store interface {
	core.Store
	Close() error
}

// OpenStore opens the state that lives in dir, empty at first. Opened again after Close, or after its
// process was killed, it has what was committed.
type OpenStore func(t testing.TB, dir string) Store

// RunStore tries an implementation.
func RunStore(t *testing.T, open OpenStore) {
	for name, test := range map[string]func(*testing.T, OpenStore){
		"every bucket exists and is empty":       testBuckets,
		"what is put is there":                   testPutGet,
		"a failed update changes nothing":        testFailedUpdate,
		"a view changes nothing and stays":       testView,
		"keys come in byte order":                testScan,
		"slices are the caller's":                testSlices,
		"bad names and keys are refused":         testBadKeys,
		"updates come one after another":         testUpdateRace,
		"nothing is lost or doubled by restarts": testStoreRestarts,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// do opens it and closes it with the test.
func (open OpenStore) do(t *testing.T, dir string) Store {
	t.Helper()
	s := open(t, dir)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func update(t *testing.T, s core.Store, fn func(core.Tx) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s core.Store, fn func(core.Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func testBuckets(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	look := func(tx core.Tx) error {
		if got := tx.Get("none", []byte("k")); got != nil {
			t.Errorf("an empty bucket has %q", got)
		}
		return tx.Scan("none", nil, func(k, _ []byte) bool {
			t.Errorf("an empty bucket has the key %q", k)
			return true
		})
	}
	view(t, s, look)
	update(t, s, look)
	update(t, s, func(tx core.Tx) error { return tx.Delete("none", []byte("k")) })
	view(t, s, look)
}

func testPutGet(t *testing.T, open OpenStore) {
	dir := t.TempDir()
	s := open(t, dir)
	update(t, s, func(tx core.Tx) error {
		err := errors.Join(
			tx.Put("a", []byte("k"), []byte("1")), tx.Put("b", []byte("k"), []byte("2")),
			tx.Put("a", []byte("empty"), []byte{}), tx.Put("a", []byte("nil"), nil),
			tx.Put("a", []byte("gone"), []byte("x")), tx.Delete("a", []byte("gone")))
		for key, want := range map[string]string{"k": "1", "empty": "", "nil": ""} {
			if got := tx.Get("a", []byte(key)); got == nil || string(got) != want {
				t.Errorf("within the update %s is %q (there: %t), want %q", key, got, got != nil, want)
			}
		}
		return err
	})
	check := func() {
		view(t, s, func(tx core.Tx) error {
			for _, w := range []struct {
				bucket     core.Bucket
				key, value string
				there      bool
			}{{"a", "k", "1", true}, {"b", "k", "2", true}, {"a", "empty", "", true}, {"a", "nil", "", true}, {"a", "gone", "", false}} {
				got := tx.Get(w.bucket, []byte(w.key))
				if string(got) != w.value || (got != nil) != w.there {
					t.Errorf("%s/%s is %q (there: %t), want %q (%t)", w.bucket, w.key, got, got != nil, w.value, w.there)
				}
			}
			return nil
		})
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s = open.do(t, dir)
	check()
}

func testFailedUpdate(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	update(t, s, func(tx core.Tx) error { return tx.Put("a", []byte("k"), []byte("before")) })
	want := errors.New("changed my mind")
	spoil := func(tx core.Tx) error {
		return errors.Join(tx.Put("a", []byte("k"), []byte("after")), tx.Put("new", []byte("k"), []byte("x")))
	}
	err := s.Update(func(tx core.Tx) error { return errors.Join(spoil(tx), want) })
	if !errors.Is(err, want) {
		t.Errorf("the update returned %v, want the function's error", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic in an update vanished")
			}
		}()
		_ = s.Update(func(tx core.Tx) error { panic(spoil(tx)) })
	}()
	update(t, s, func(tx core.Tx) error {
		if got := tx.Get("a", []byte("k")); string(got) != "before" {
			t.Errorf("after failed updates the value is %q", got)
		}
		if got := tx.Get("new", []byte("k")); got != nil {
			t.Errorf("a failed update left %q", got)
		}
		return nil
	})
}

func testView(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	update(t, s, func(tx core.Tx) error { return tx.Put("a", []byte("k"), []byte("old")) })
	view(t, s, func(tx core.Tx) error {
		if tx.Put("a", []byte("k"), []byte("x")) == nil || tx.Put("new", []byte("k"), nil) == nil {
			t.Error("a view let something be put")
		}
		if tx.Delete("a", []byte("k")) == nil || tx.Delete("new", []byte("k")) == nil {
			t.Error("a view let something be deleted")
		}
		done := make(chan error)
		go func() {
			done <- s.Update(func(tx core.Tx) error { return tx.Put("a", []byte("k"), []byte("new")) })
		}()
		if err := <-done; err != nil {
			t.Errorf("update beside a view: %v", err)
		}
		if got := tx.Get("a", []byte("k")); string(got) != "old" {
			t.Errorf("the view changed to %q", got)
		}
		return nil
	})
	want := errors.New("seen enough")
	if err := s.View(func(core.Tx) error { return want }); !errors.Is(err, want) {
		t.Errorf("the view returned %v, want the function's error", err)
	}
}

func testScan(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	keys := []string{"b", "a", "ab", "\xff", "\x00", "a\x00", "c"}
	for half := range 2 {
		update(t, s, func(tx core.Tx) error {
			for _, k := range keys[4*half : min(4*half+4, len(keys))] {
				if err := tx.Put("s", []byte(k), []byte("v"+k)); err != nil {
					return err
				}
			}
			if half == 1 { // within the update, too
				wantScan(t, tx, "", keys)
			}
			return nil
		})
	}
	view(t, s, func(tx core.Tx) error {
		for _, from := range []string{"", "a", "aa", "b", "c\x00", "\xff", "\xff\xff"} {
			wantScan(t, tx, from, keys)
		}
		n := 0
		err := tx.Scan("s", nil, func(_, _ []byte) bool { n++; return n < 2 })
		if n != 2 {
			t.Errorf("a scan that wanted 2 got %d", n)
		}
		return err
	})
}

func wantScan(t *testing.T, tx core.Tx, from string, keys []string) {
	t.Helper()
	var want, got []string
	for _, k := range slices.Sorted(slices.Values(keys)) {
		if k >= from {
			want = append(want, k)
		}
	}
	err := tx.Scan("s", []byte(from), func(k, v []byte) bool {
		if string(v) != "v"+string(k) {
			t.Errorf("key %q has %q", k, v)
		}
		got = append(got, string(k))
		return true
	})
	if err != nil {
		t.Error(err)
	}
	wantSame(t, fmt.Sprintf("scanning from %q", from), got, want)
}

func testSlices(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	update(t, s, func(tx core.Tx) error {
		key, value := []byte("key"), []byte("value")
		err := tx.Put("a", key, value)
		copy(key, "xxx")
		copy(value, "xxxxx")
		return err
	})
	update(t, s, func(tx core.Tx) error {
		got := tx.Get("a", []byte("key"))
		err := tx.Put("a", []byte("key"), []byte("other"))
		// Enough beside it that pages split and the tree grows.
		for i := range 2000 {
			err = errors.Join(err, tx.Put("a", fmt.Appendf(nil, "k%d", i), bytes.Repeat([]byte("v"), 100)))
		}
		if string(got) != "value" {
			t.Errorf("what was got became %q", got)
		}
		return err
	})
}

func testBadKeys(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	for name, fn := range map[string]func(core.Tx) error{
		"empty key":        func(tx core.Tx) error { return tx.Put("a", nil, []byte("v")) },
		"huge key":         func(tx core.Tx) error { return tx.Put("a", make([]byte, 40_000), nil) },
		"bucket, no name":  func(tx core.Tx) error { return tx.Put("", []byte("k"), nil) },
		"scan, no name":    func(tx core.Tx) error { return tx.Scan("", nil, func(_, _ []byte) bool { return true }) },
		"delete, own name": func(tx core.Tx) error { return tx.Delete("\x00potluck", []byte("version")) },
		"put, own name":    func(tx core.Tx) error { return tx.Put("\x00potluck", []byte("version"), nil) },
	} {
		if err := s.Update(fn); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	view(t, s, func(tx core.Tx) error {
		if tx.Get("\x00potluck", []byte("version")) != nil || tx.Get("", nil) != nil || tx.Get("a", nil) != nil {
			t.Error("something was got that has no name")
		}
		return nil
	})
}

func testUpdateRace(t *testing.T, open OpenStore) {
	s := open.do(t, t.TempDir())
	const writers, each = 8, 20
	done := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for range each {
				err = errors.Join(err, s.Update(func(tx core.Tx) error {
					n := len(tx.Get("a", []byte("count")))
					return tx.Put("a", []byte("count"), make([]byte, n+1))
				}))
			}
			done <- err
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	view(t, s, func(tx core.Tx) error {
		if n := len(tx.Get("a", []byte("count"))); n != writers*each {
			t.Errorf("%d updates were counted, want %d", n, writers*each)
		}
		return nil
	})
}

// testStoreRestarts does random things and opens the state again between any two of them.
func testStoreRestarts(t *testing.T, open OpenStore) {
	r, dir := newRand(t), t.TempDir()
	model := map[string]string{}
	s := open(t, dir)
	defer func() { _ = s.Close() }()
	restarts := 20
	if testing.Short() {
		restarts = 5
	}
	for range restarts {
		for range r.IntN(5) {
			next := maps.Clone(model)
			fails := r.IntN(4) == 0
			err := s.Update(func(tx core.Tx) error { return randomChanges(r, tx, next, fails) })
			if fails != (err != nil) {
				t.Fatalf("update returned %v", err)
			}
			if !fails {
				model = next
			}
		}
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		start := time.Now()
		s = open(t, dir)
		if took := time.Since(start); took > patience/4 {
			t.Errorf("opening took %s", took)
		}
		wantState(t, s, model)
	}
}

// randomChanges changes the buckets and the model alike; with fail it then returns an error.
func randomChanges(r *rand.Rand, tx core.Tx, model map[string]string, fail bool) error {
	for range 1 + r.IntN(60) {
		bucket, key := fmt.Sprint("b", r.IntN(3)), fmt.Sprintf("%04d", r.IntN(300))
		var err error
		if r.IntN(3) == 0 {
			delete(model, bucket+key)
			err = tx.Delete(core.Bucket(bucket), []byte(key))
		} else {
			value := bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(2000))
			model[bucket+key] = string(value)
			err = tx.Put(core.Bucket(bucket), []byte(key), value)
		}
		if err != nil {
			return err
		}
	}
	if fail {
		return errors.New("as planned")
	}
	return nil
}

func wantState(t *testing.T, s core.Store, model map[string]string) {
	t.Helper()
	got := map[string]string{}
	view(t, s, func(tx core.Tx) error {
		var err error
		for _, b := range []core.Bucket{"b0", "b1", "b2"} {
			err = errors.Join(err, tx.Scan(b, nil, func(k, v []byte) bool {
				got[string(b)+string(k)] = string(v)
				return true
			}))
		}
		return err
	})
	if !maps.Equal(got, model) {
		t.Fatalf("the state has %d keys and is not the one of %d keys that was committed", len(got), len(model))
	}
}
