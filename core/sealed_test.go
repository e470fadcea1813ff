package core_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// holds tells whether the bytes are anywhere in the state.
func (b *table) holds(needle string) bool {
	b.t.Helper()
	found := false
	err := b.store.View(func(tx core.Tx) error {
		for _, bucket := range []core.Bucket{"meta", "community", "member", "message", "ref", "words", "said", "log", "rule.vault", "rule.relay", "outbox"} {
			if bucket == "outbox" {
				continue // what is on its way is no state
			}
			err := tx.Scan(bucket, nil, func(k, v []byte) bool {
				found = found || bytes.Contains(k, []byte(needle)) || bytes.Contains(v, []byte(needle))
				return true
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

func TestSealedStatesAndWordsCannotBeReadFromTheState(t *testing.T) {
	var last string
	vault := rule.Of[string]{
		Title: "vault", Secret: true,
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) { _, ok := e.Body.(chat.Posted); return "one", ok },
		Fold: func(_ chat.Community, s string, e chat.Event) (string, []chat.Effect) {
			last = s
			return e.Body.(chat.Posted).Text.Plain, nil
		},
	}
	b := newTable(t, append(allRules(), vault)...)
	b.fold(post(ana(), kitchen, "1", "marzipan"))
	if b.holds("marzipan") {
		t.Error("the words lie open in the state")
	}
	b.restart()
	b.fold(post(ana(), kitchen, "2", "saffron"))
	if last != "marzipan" {
		t.Errorf("after a restart the rule sees %q", last)
	}
	// With another key the engine does not start, unless what is sealed is given up.
	config := core.Config{Store: b.store, Rules: b.rules, Log: discard(), Secret: [32]byte{1}, Seal: [32]byte{9}}
	if _, err := core.New(config); !errors.Is(err, core.ErrSeal) {
		t.Fatalf("with another key: %v", err)
	}
	config.NewSeal = true
	other, err := core.New(config)
	if err != nil {
		t.Fatal(err)
	}
	b.engine, last = other, "unseen"
	b.fold(post(ana(), kitchen, "3", "cumin"))
	if last != "" || !strings.Contains(b.deadLetters(), "Nothing lies here") {
		t.Errorf("the rule has seen %q; dead letters: %s", last, b.deadLetters())
	}
	config.NewSeal = false
	if _, err := core.New(config); err != nil {
		t.Errorf("with the new key: %v", err)
	}
}

// spoil changes the values of a bucket so that nobody can read them.
func spoil(t *testing.T, store core.Store, bucket core.Bucket) {
	t.Helper()
	err := store.Update(func(tx core.Tx) error {
		var keys [][]byte
		if err := tx.Scan(bucket, nil, func(k, _ []byte) bool { keys = append(keys, bytes.Clone(k)); return true }); err != nil {
			return err
		}
		if len(keys) == 0 {
			t.Errorf("nothing lies in %s", bucket)
		}
		for _, k := range keys {
			if err := tx.Put(bucket, k, []byte("odd")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStatesOfTwoMembersWhoAreOneAreJoined(t *testing.T) {
	counter := rule.Of[int]{
		Title: "counter", Join: func(kept, gone int) int { return kept + gone },
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			if _, ok := e.Body.(chat.Posted); !ok || e.Private {
				return "", false
			}
			return rule.ByMember(c, e)
		},
		Fold: func(_ chat.Community, s int, _ chat.Event) (int, []chat.Effect) { return s + 1, nil },
	}
	vault := counter
	vault.Title, vault.Secret = "vault", true
	b, o := watched(t)
	b.rules = append(b.rules, vault, counter)
	b.restart()
	b.link(kitchen, tea)
	ben := person(chat.Signal, "ben")
	b.fold(post(ana(), kitchen, "1", "a"), post(ana(), kitchen, "2", "b"), post(ben, tea, "1", "c"))
	spoil(t, b.store, "rule.vault") // what cannot be read of one rule stops no other
	b.claim(ana(), ben)
	if letters := b.deadLetters(); !strings.Contains(letters, "vault") {
		t.Errorf("dead letters: %s", letters)
	}
	card, _ := o.member(ana())
	if other, _ := o.member(ben); other.ID != card.ID || card.Handle == "" || len(card.In) != 2 || len(card.Reach) != 2 {
		t.Errorf("cards %+v and %+v", card, other)
	}
	got := map[string]string{}
	err := b.store.View(func(tx core.Tx) error {
		return tx.Scan("rule.counter", nil, func(k, v []byte) bool { got[string(k)] = string(v); return true })
	})
	if err != nil || len(got) != 1 || got[rule.PersonKey(o.community.ID, card.ID)] != "3" {
		t.Errorf("states %v, %v", got, err)
	}
}
