package telegram

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

func TestContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "telegram", New: newFixture})
}

func newFixture(t *testing.T) adaptertest.Fixture {
	s := startServer(t, telegramtest.Options{Strict: true, Second: 20 * time.Millisecond})
	return adaptertest.Fixture{
		World: s,
		Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
			return newAdapter(t, Config{Token: s.Token(), API: s.URL()}, open, cursor)
		},
		Outage: s.Outage,
		Limit: func(n int, after time.Duration) {
			s.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Visible: true, Times: n, RetryAfter: int(after / time.Second)})
		},
		Skips: map[string]string{
			"delete arrives":                   "the Bot API tells bots nothing of deleted messages",
			"vote in a member's poll arrives":  "the Bot API tells bots of the votes in their own polls alone",
			"unpin by a member arrives":        "the Bot API tells bots of pins, but not that they are taken away: see TestPinsByMembers",
			"open makes a chat for the people": "a group without topics has no room for another chat: see TestContractInATopic",
			"open is no arrival":               "a group without topics has no room for another chat: see TestContractInATopic",
			"shut lets people read alone":      "a group without topics has no room for another chat: see TestContractInATopic",
		},
	}
}

// startServer starts a Telegram and fails the test for every violation of the schema.
func startServer(t *testing.T, o telegramtest.Options) *telegramtest.Server {
	t.Helper()
	s := telegramtest.New(o)
	t.Cleanup(func() {
		s.Close()
		for _, v := range s.Violations() {
			t.Errorf("schema violation: %s", v)
		}
	})
	return s
}

func newAdapter(t *testing.T, c Config, open adapters.Opener, cursor adapters.Cursor) *Adapter {
	t.Helper()
	a, err := New(c, open, cursor, discard())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// topics is a world in which every group is a topic of a forum.
type topics struct {
	*telegramtest.Server
	t *testing.T
}

func (w topics) NewGroup(title, owner string, others ...string) string {
	w.t.Helper()
	id, err := w.NewTopic(owner, w.NewForum(title, owner, others...), title)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestContractInATopic keeps the same contract where the chats are topics.
func TestContractInATopic(t *testing.T) {
	if testing.Short() {
		t.Skip("the contract is kept in groups in short runs")
	}
	adaptertest.Run(t, adaptertest.Subject{Name: "telegram in a topic", New: func(t *testing.T) adaptertest.Fixture {
		fx := newFixture(t)
		fx.World = topics{fx.World.(*telegramtest.Server), t}
		delete(fx.Skips, "open makes a chat for the people")
		delete(fx.Skips, "open is no arrival")
		delete(fx.Skips, "shut lets people read alone")
		for _, name := range []string{"join and leave arrive", "being added to a group arrives", "knock arrives and is admitted", "knock is declined"} {
			fx.Skips[name] = "people, and the bot, are in the group as a whole: it is told of that, not of its topics"
		}
		fx.Skips["features answer for every kind"] = "they are those of groups, where all that they say is proved"
		return fx
	}})
}
