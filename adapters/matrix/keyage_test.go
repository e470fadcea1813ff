//go:build goolm

package matrix

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

func TestOldKeysAreForgottenAndOthersStay(t *testing.T) {
	k := newLooseKeyring(t)
	ctx := t.Context()
	made, err := olm.NewOutboundGroupSession()
	if err != nil {
		t.Fatal(err)
	}
	g, err := crypto.NewInboundGroupSession("sender", "signing", "!a:b", made.Key(), 0, 0, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.store.PutGroupSession(ctx, g); err != nil {
		t.Fatal(err)
	}
	if ok, err := k.store.ValidateMessageIndex(ctx, g.ID(), "$x", 0, 7); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := k.store.MarkOutboundGroupSessionShared(ctx, "@ana:b", "key", g.ID()); err != nil {
		t.Fatal(err)
	}
	has := func(at time.Time) (read, index, holder bool) {
		t.Helper()
		if err := k.store.prune(ctx, at); err != nil {
			t.Fatal(err)
		}
		got, err := k.store.GetGroupSession(ctx, "!a:b", g.ID())
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.store.ValidateMessageIndex(ctx, g.ID(), "$other", 0, 8)
		if err != nil {
			t.Fatal(err)
		}
		holder, err = k.store.IsOutboundGroupSessionShared(ctx, "@ana:b", "key", g.ID())
		if err != nil {
			t.Fatal(err)
		}
		return got != nil, !again, holder
	}
	if read, index, holder := has(time.Now().Add(29 * 24 * time.Hour)); !read || !index || !holder {
		t.Errorf("after 29 days there is the key: %v, its use: %v, its holder: %v", read, index, holder)
	}
	if read, index, holder := has(time.Now().Add(31 * 24 * time.Hour)); !read || !index || holder {
		t.Errorf("after 31 days there is the key: %v, its use: %v, its holder: %v", read, index, holder)
	}
	if read, index, _ := has(time.Now().Add(401 * 24 * time.Hour)); read || index {
		t.Errorf("after 401 days there is the key: %v, its use: %v", read, index)
	}
}

func TestKeyFromSomebodyElseIsKeptOnlyIfAskedFor(t *testing.T) {
	k := newLooseKeyring(t)
	made, err := olm.NewOutboundGroupSession()
	if err != nil {
		t.Fatal(err)
	}
	g, err := crypto.NewInboundGroupSession("sender", "signing", "!a:b", made.Key(), 0, 0, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	g.KeySource = id.KeySourceForward
	for _, asked := range []bool{false, true} {
		if asked {
			k.store.want(g.ID())
		}
		if err := k.store.PutGroupSession(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		got, err := k.store.GetGroupSession(t.Context(), "!a:b", g.ID())
		if err != nil || (got != nil) != asked {
			t.Errorf("asked for: %v, kept: %v, %v", asked, got != nil, err)
		}
	}
}
