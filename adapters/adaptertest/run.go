package adaptertest

import (
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Subject is an adapter under test.
type Subject struct {
	Name string
	// New makes a fresh world for one test and cleans up after it by t.Cleanup.
	New func(t *testing.T) Fixture
	// Patience is how long to wait for what must happen; 0 = 5 s.
	Patience time.Duration
}

// Fixture is one world and the way to our adapter in it.
type Fixture struct {
	World world.World
	// Adapter makes a fresh adapter on the world, as after a restart; the one before it has stopped. It may
	// not keep anything but what the world and the cursor hold, and what the adapter keeps on a disk.
	Adapter func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter
	// Outage makes the platform unreachable for the adapter (true) and reachable again; people in the
	// world can still act. nil = cannot.
	Outage func(down bool)
	// Limit lets the platform answer the next n calls that show something to people with its "too many,
	// wait so long" (whole seconds). nil = cannot.
	Limit func(n int, after time.Duration)
	// Skips names tests of the contract that the platform cannot pass and says why: the platform's
	// differences as data. A name that no test has is an error.
	Skips map[string]string
}

// promise is one test of the contract.
type promise struct {
	name string
	keep func(*stage)
	// proves are the kinds that are seen to be native by this test.
	proves []chat.Kind
}

// promises returns the whole contract.
func promises() []promise {
	return slices.Concat(
		tablePromises(),
		arrivingPromises(),
		peoplePromises(),
		showingPromises(),
		textPromises(),
		stylePromises(),
		partPromises(),
		thingPromises(),
		answerPromises(),
		roomPromises(),
		choosingPromises(),
		governingPromises(),
		doorPromises(),
		refusalPromises(),
		outagePromises(),
		restartPromises(),
		endPromises(),
	)
}

// Run checks that the subject keeps the contract of adapters.Adapter.
func Run(t *testing.T, s Subject) {
	if s.Patience == 0 {
		s.Patience = 5 * time.Second
	}
	all := promises()
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			fx := s.New(t)
			for name := range fx.Skips {
				if !slices.ContainsFunc(all, func(p promise) bool { return p.name == name }) {
					t.Fatalf("skips name %q, which is no test of the contract", name)
				}
			}
			if why, ok := fx.Skips[p.name]; ok {
				t.Skip(why)
			}
			st := newStage(t, fx, s.Patience)
			p.keep(st)
			st.close()
		})
	}
}
