package matrixtest_test

import (
	"testing"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
)

func TestTheDoorIsKept(t *testing.T) {
	for _, bare := range []bool{false, true} {
		s := start(t, matrixtest.Options{BareKnocks: bare, BareState: bare})
		w := s.World()
		ana, ben, eve := w.NewPerson("Ana"), w.NewPerson("Ben"), w.NewPerson("Eve")
		group := w.NewGroup("kitchen", ana, ben)
		b := bot(t, s)
		as := func(who string) caller { return caller{t: t, base: s.URL(), token: s.Token(who)} }
		path := room(group) + "/state/m.room.member/" + eve
		knock := map[string]string{"membership": "knock", "reason": "hello"}

		as(eve).want(403, "M_FORBIDDEN", "PUT", path, knock) // nobody may knock yet
		if bare {
			as(eve).want(404, "M_UNRECOGNIZED", "POST", v3+"/knock/"+group, nil)
		} else {
			as(eve).want(403, "M_FORBIDDEN", "POST", v3+"/knock/"+group, nil)
		}
		as(ana).want(200, "", "PUT", room(group)+"/state/m.room.join_rules", map[string]string{"join_rule": "knock"})
		as(ben).want(403, "M_FORBIDDEN", "PUT", path, knock) // not for somebody else
		as(eve).want(200, "", "PUT", path, knock)
		as(eve).want(403, "M_FORBIDDEN", "POST", room(group)+"/join", nil)
		as(eve).want(403, "M_FORBIDDEN", "PUT", room(group)+"/send/m.room.message/1", text("let me in"))
		kick, leave := 200, 403 // it is over with the kick
		if bare {
			kick, leave = 403, 400
		}
		b.want(kick, "", "POST", room(group)+"/kick", map[string]string{"user_id": eve})
		as(eve).want(leave, "", "POST", room(group)+"/leave", nil)
		if bare {
			b.want(200, "", "PUT", path, map[string]string{"membership": "leave"})
		}
		b.want(403, "M_FORBIDDEN", "POST", room(group)+"/unban", map[string]string{"user_id": eve})
		b.want(200, "", "POST", room(group)+"/ban", map[string]string{"user_id": eve})
		as(eve).want(403, "M_FORBIDDEN", "PUT", path, knock)
		b.want(403, "M_FORBIDDEN", "POST", room(group)+"/invite", map[string]string{"user_id": eve})

		e := b.want(200, "", "GET", path+"?format=event", nil)
		if unsigned, _ := e["unsigned"].(map[string]any); (unsigned["replaces_state"] != nil) == bare {
			t.Errorf("bare=%v: the state's unsigned is %v", bare, unsigned)
		}
		data := v3 + "/user/" + s.BotID() + "/rooms/" + group + "/account_data/a.b"
		b.want(404, "M_NOT_FOUND", "GET", data, nil)
		b.want(200, "", "PUT", data, map[string]any{"x": nil})
		if got := b.want(200, "", "GET", data, nil); len(got) != 1 {
			t.Errorf("the room's account data is %v", got)
		}
		as(ana).want(403, "M_FORBIDDEN", "GET", data, nil)
		as(ana).want(403, "M_FORBIDDEN", "PUT", data, map[string]any{})
	}
}
