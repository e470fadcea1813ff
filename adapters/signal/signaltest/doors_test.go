package signaltest

import (
	"slices"
	"strings"
	"testing"
)

func change(c *testClient, params map[string]any) answer {
	params["groupId"] = testGroup
	return c.call("updateGroup", params)
}

func newcomer(w *fixtureWorld, name string) string { return w.AddPerson(Person{Name: name}) }

// TestKnockIsTakenOverAndToldToNobody shows what makes the adapter look for itself.
func TestKnockIsTakenOverAndToldToNobody(t *testing.T) {
	t.Parallel()
	for _, unheard := range []bool{false, true} {
		w := newFixtureWorld(t, Options{UnheardKnocks: unheard})
		w.group().member(alice).admin = true
		w.group().linkState = linkApproval
		c := dialTest(t, w.Server)
		c.must("subscribeReceive", nil)
		carl := newcomer(w, "Carl")
		if err := w.Join(carl, testGroup); err != nil {
			t.Fatal(err)
		}
		knows := func() bool { return strings.Contains(string(c.must("listGroups", nil).Result), carl) }
		if unheard && knows() {
			t.Error("the daemon knows of him whose phone tells nobody")
		}
		if err := w.says(bob, testGroup, "behind it"); err != nil {
			t.Fatal(err)
		}
		if got := notified(t, c); got != "behind it" {
			t.Errorf("the daemon tells %q", got)
		}
		if !knows() {
			t.Error("the daemon does not know of him")
		}
		if !strings.Contains(string(c.must("listGroups", map[string]any{"groupId": testGroup}).Result), carl) {
			t.Error("Signal's server does not know of him")
		}
		if err := w.Knock(carl, testGroup, ""); err == nil {
			t.Error("he asks twice")
		}
		if got := w.Waiting(testGroup); !slices.Equal(got, []string{carl}) {
			t.Errorf("waiting are %v", got)
		}
	}
}

func TestServerRefusesWhatSignalRefuses(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	nobody := "99999999-9999-4999-8999-999999999999"
	if a := change(c, map[string]any{"ban": nobody}); a.Error != nil || !w.Rights(nobody, testGroup).Banned {
		t.Errorf("a ban of an account that nobody knows: %+v", a)
	}
	carl := newcomer(w, "Carl")
	if a := change(c, map[string]any{"ban": []string{bob, carl}}); a.Error != nil {
		t.Fatalf("ban: %+v", a)
	}
	for _, who := range []string{bob, carl} {
		if r := w.Rights(who, testGroup); r.In || !r.Banned || r.MayWrite {
			t.Errorf("rights of who is banned: %+v", r)
		}
		if w.Join(who, testGroup) == nil || w.Knock(who, testGroup, "") == nil {
			t.Error("who is banned comes in")
		}
	}
	w.group().member(bot).admin = false
	if a := change(c, map[string]any{"unban": bob}); a.Error == nil || a.Error.Code != codeInternal {
		t.Errorf("unban by a member: %+v", a)
	}
	dora := newcomer(w, "Dora")
	if a := change(c, map[string]any{"member": dora}); a.Error != nil || !w.Rights(dora, testGroup).In {
		t.Errorf("a member adds: %+v", a)
	}
	emil := newcomer(w, "Emil")
	for len(w.group().members) < maxMembers {
		w.group().members = append(w.group().members, groupMember{aci: newcomer(w, "Guest")})
	}
	if a := change(c, map[string]any{"member": emil}); a.Error == nil || w.Rights(emil, testGroup).In {
		t.Errorf("into a full group: %+v", a)
	}
}

func TestFaultsOfChangesOfGroups(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	w.Break(Fault{Kind: Ignore})
	if a := change(c, map[string]any{"removeMember": bob}); a.Error != nil || !w.Rights(bob, testGroup).In {
		t.Errorf("ignored: %+v", a)
	}
	w.Break(Fault{Kind: Deny})
	if a := change(c, map[string]any{"removeMember": bob}); a.Error == nil || a.Error.Code != codeInternal || !w.Rights(bob, testGroup).In {
		t.Errorf("denied: %+v", a)
	}
	w.Break(Fault{Kind: RateLimit, Method: "updateGroup", Times: -1})
	if a := change(c, map[string]any{"removeMember": bob}); a.Error == nil || a.Error.Code != codeRateLimit || w.Rights(bob, testGroup).In {
		t.Errorf("a change that nobody is told of: %+v", a)
	}
}

func TestPhonesShowThreePins(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	var sent []int64
	for range 4 {
		sent = append(sent, c.must("send", map[string]any{"groupId": testGroup, "message": "x"}).timestamp(t))
	}
	pin := func(method string, at int64) {
		t.Helper()
		c.must(method, map[string]any{"groupId": testGroup, "targetAuthor": bot, "targetTimestamp": at, "pinDuration": -1})
	}
	want := func(what string, which ...int) {
		t.Helper()
		var names []string
		for _, i := range which {
			names = append(names, messageName(bot, sent[i]))
		}
		if got := w.Pinned(testGroup); !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", what, got, names)
		}
	}
	for _, at := range sent {
		pin("sendPinMessage", at)
	}
	want("four", 1, 2, 3)
	pin("sendPinMessage", sent[1])
	want("once more", 2, 3, 1)
	pin("sendUnpinMessage", sent[0])
	pin("sendUnpinMessage", sent[3])
	want("taken down", 2, 1)
	c.must("remoteDelete", map[string]any{"groupId": testGroup, "targetTimestamp": sent[2]})
	want("deleted", 1)
	w.group().member(bot).admin = false
	w.group().editDetails = onlyAdmins
	pin("sendPinMessage", sent[3])
	want("without the right", 1)
}

// TestPeoplePress has them give the keycap of the choice.
func TestPeoplePress(t *testing.T) {
	t.Parallel()
	w := newFixtureWorld(t, Options{})
	c := dialTest(t, w.Server)
	at := c.must("send", map[string]any{"groupId": testGroup, "message": "1  Claim"}).timestamp(t)
	c.must("subscribeReceive", nil)
	if err := w.Press(bob, testGroup, messageName(bot, at), 0); err != nil {
		t.Fatal(err)
	}
	if line := c.read(); !strings.Contains(line, "\"emoji\":\"1\uFE0F\u20E3\"") || !strings.Contains(line, bot) {
		t.Errorf("the daemon tells %s", line)
	}
	if w.Press(bob, testGroup, messageName(bot, at), 9) == nil || w.Press(bob, testGroup, "no such message", 0) == nil {
		t.Error("what cannot be pressed is pressed")
	}
}
