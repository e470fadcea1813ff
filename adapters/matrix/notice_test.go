package matrix_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// parts returns what was told in a room in parts, one line each.
func parts(events []chat.Event, room string) []string {
	var out []string
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && e.Chat == in(room) && len(p.Parts) > 0 {
			out = append(out, e.By.Name+" "+p.Parts[0].Describe())
		}
	}
	return out
}

func TestChangesOfARoomAreTold(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	set := func(by, kind, content string) {
		t.Helper()
		r.inject(group, fmt.Sprintf(`{"type":%q,"state_key":"","sender":%q,"content":%s}`, kind, by, content))
	}
	set(ana, "m.room.name", `{"name":"the big kitchen"}`)
	set(ana, "m.room.name", `{"name":"the big kitchen","other":1}`)
	set(r.server.BotID(), "m.room.name", `{"name":"Potluck's kitchen"}`)
	set(ana, "m.room.name", `{}`)
	set(ana, "m.room.topic", `{"topic":"what is\nin the oven"}`)
	set(ana, "m.room.topic", `{"topic":""}`)
	set(ana, "m.room.avatar", `{"url":"mxc://localhost/a"}`)
	set(ana, "m.room.avatar", `{"url":"mxc://localhost/b"}`)
	set(ana, "m.room.avatar", `{"url":"mxc://localhost/b"}`)
	set(ana, "m.room.avatar", `{}`)
	set(ana, "m.room.retention", `{"max_lifetime":604800000}`)
	set(ana, "m.room.retention", `{"max_lifetime":31536000000}`)
	set(ana, "com.beeper.disappearing_timer", `{"type":"after_send","timer":5400000}`)
	set(ana, "m.room.guest_access", `{"guest_access":"forbidden"}`)
	set(ana, "m.room.pinned_events", `"nonsense"`)
	want := []string{
		"Ana [title · the big kitchen]", "Ana [title · none any more]", "Ana [notice · the topic is now: what is in the oven]",
		"Ana [notice · there is no topic any more]", "Ana [picture · a new one]", "Ana [picture · a new one]",
		"Ana [picture · none any more]", "Ana [timer · 1 week]", "Ana [timer · off]", "Ana [timer · 90 minutes]",
	}
	if diff := cmp.Diff(want, parts(r.settled(ana, group), group)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	private := r.world.Private(ana)
	r.settled(ana, private)
	r.inject(private, fmt.Sprintf(`{"type":"m.room.topic","state_key":"","sender":%q,"content":{"topic":"us"}}`, ana))
	if got := parts(r.settled(ana, private), private); len(got) != 0 {
		t.Errorf("in private was told %q", got)
	}
}

func TestMessagesOfARoomVanishAsItSays(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	for _, c := range []struct {
		lifetime string
		want     float64
	}{{"3600000", 1}, {"31536000000", 0}, {"-1", 0}, {`"x"`, 0}} {
		r.inject(group, fmt.Sprintf(`{"type":"m.room.retention","state_key":"","sender":%q,"content":{"max_lifetime":%s}}`, ana, c.lifetime))
		id := r.say(ana, group, "soup")
		if _, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == id }); p.Vanish.Hours() != c.want {
			t.Errorf("with %s it vanishes after %s", c.lifetime, p.Vanish)
		}
	}
}

func TestPinsAreToldByWhatHasChanged(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	one, two, three := r.say(ana, group, "one"), r.say(ana, group, "two"), r.say(ben, group, "three")
	r.settled(ana, group)
	pin := func(by, ids string) {
		t.Helper()
		r.inject(group, fmt.Sprintf(`{"type":"m.room.pinned_events","state_key":"","sender":%q,"content":{"pinned":%s}}`, by, ids))
	}
	pin(ana, fmt.Sprintf(`[%q,%q,7,"no id"]`, one, two))
	if _, err := r.do(chat.Pin{To: in(group), Target: chat.Target{Refs: []chat.Ref{{Chat: in(group), ID: three}}}}); err != nil {
		t.Fatal(err)
	}
	pin(ana, fmt.Sprintf(`[%q,%q,%q]`, two, three, two))
	pin(ben, `[]`)
	var got []string
	ids := map[chat.EventID]bool{}
	for _, e := range r.settled(ana, group) {
		if p, ok := e.Body.(chat.Pinned); ok {
			got = append(got, fmt.Sprint(e.By.Name, " ", e.By.Level, " ", p.Ref.ID, " ", p.On))
			if ids[e.ID] {
				t.Errorf("%s is told twice", e.ID)
			}
			ids[e.ID] = true
		}
	}
	want := []string{
		"Ana organiser " + one + " true", "Ana organiser " + two + " true", "Ana organiser " + one + " false",
		"Ben member " + two + " false", "Ben member " + three + " false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
}

func TestCallsAreToldOnce(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	at := int64(1_700_000_000_000)
	device := func(who, content string) {
		t.Helper()
		at += 1000
		r.inject(group, fmt.Sprintf(`{"type":"org.matrix.msc3401.call.member","state_key":"_%s_X_m.call","sender":%q,"origin_server_ts":%d,"content":%s}`, who, who, at, content))
	}
	device(ana, `{"application":"m.call"}`)
	r.inject(group, fmt.Sprintf(`{"type":"m.rtc.notification","sender":%q,"origin_server_ts":%d,"content":{}}`, ana, at+1))
	device(ben, `{"application":"m.call"}`)
	device(ana, `{}`)
	device(ana, `{}`)
	device(ben, `{}`)
	if diff := cmp.Diff([]string{"Ana [call · begun]", "Ben [call · ended]"}, parts(r.settled(ana, group), group)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALivePlaceIsToldOnce(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	beacon := r.asks(ana, group, chat.Part{Kind: chat.LiveLocation, Place: &chat.Place{Latitude: 1, Longitude: 2}})
	_, p := first(r, func(_ chat.Event, p chat.Posted) bool { return p.Ref.ID == beacon })
	if want := (chat.Place{Latitude: 1, Longitude: 2}); p.Parts[0].Place == nil || *p.Parts[0].Place != want {
		t.Errorf("it is at %+v", p.Parts[0])
	}
	if _, err := r.world.MoveLive(ana, group, beacon, chat.Place{Latitude: 3, Longitude: 4}); err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.start()
	if _, err := r.world.MoveLive(ana, group, beacon, chat.Place{Latitude: 5, Longitude: 6}); err != nil {
		t.Fatal(err)
	}
	ids := map[chat.EventID]bool{}
	for _, e := range r.settled(ana, group) {
		if p, ok := e.Body.(chat.Posted); ok && len(p.Parts) > 0 {
			ids[e.ID] = true // the house folds what has the same id once
		}
	}
	if len(ids) != 1 {
		t.Errorf("it was told as %v", ids)
	}
}
