package signal

import (
	"context"
	"strings"
	"sync"
	"time"
)

// maxNames bounds how many names are remembered; beyond, all are forgotten and learnt anew.
const maxNames = 20_000

// names remembers what accounts are called, as their messages told.
type names struct {
	mu   sync.Mutex // guards byID
	byID map[string]string
}

func (n *names) get(aci string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name, ok := n.byID[aci]
	return name, ok
}

func (n *names) learn(aci, name string) {
	if aci == "" || name == "" || name == aci {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byID == nil || len(n.byID) >= maxNames {
		n.byID = map[string]string{}
	}
	n.byID[aci] = name
}

// look finds out what accounts are called of which nobody has told yet. It asks the daemon once, which may
// ask Signal; what it cannot find out in a few seconds stays unknown.
func (a *Adapter) look(ctx context.Context, c *client, acis ...string) {
	var unknown []string
	for _, aci := range acis {
		if _, ok := a.names.get(aci); !ok && isACI(aci) && aci != a.self() {
			unknown = append(unknown, aci)
		}
	}
	if len(unknown) == 0 || c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var list []listedContact
	params := a.params()
	params["recipient"] = unknown
	params["allRecipients"] = true
	if err := c.call(ctx, "listContacts", params, &list); err != nil {
		a.log.Debug("names not found", "people", len(unknown), "error", err)
		return
	}
	for _, p := range list {
		a.names.learn(p.UUID, p.displayName())
	}
}

// displayName is the profile's name; the address book's serves where there is none.
func (p listedContact) displayName() string {
	name := strings.TrimSpace(p.Profile.GivenName + " " + p.Profile.FamilyName)
	for _, other := range []string{p.NickName, p.Name, p.GivenName} {
		if name == "" {
			name = strings.TrimSpace(other)
		}
	}
	return name
}
