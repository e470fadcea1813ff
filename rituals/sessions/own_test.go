package sessions

import (
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	session := func(id, title string, by chat.MemberID, d *Date) Session {
		return Session{ID: id, Title: title, Start: "2026-03-02T18:00", Zone: "Europe/Berlin", By: by, Date: d}
	}
	draft := session("", "Supper", "", nil)
	coretest.CheckOwn(t, New(nil), State{
		Sessions: []Session{
			session("s1", "Bread", "m2", &Date{Going: []chat.MemberID{"m1", "m2"}, Named: []chat.MemberID{"m1"}}),
			session("s2", "Salt", "m1", &Date{Going: []chat.MemberID{"m2"}, Wait: []chat.MemberID{"m3"}, Maybe: []chat.MemberID{"m1"}, No: []chat.MemberID{"m4"}}),
			session("s3", "Soup", "m4", nil),
		},
		Drafts:  []Draft{{N: 1, By: "m3", New: &draft}},
		Letters: []Letter{{To: "m9", Kind: letterMoved, Title: "Bread"}},
		Feeds:   []Feed{{Token: "everybodys"}, {Who: "m1", Token: "secret"}},
	}, map[chat.MemberID]string{
		"m1": `{"comes_to":[{"id":"s1","title":"Bread","at":"2026-03-02T17:00:00Z","shows_your_name":true}],` +
			`"maybe":[{"id":"s2","title":"Salt","at":"2026-03-02T17:00:00Z"}],"planned":[{"id":"s2","title":"Salt"}],"calendar":true}`,
		"m2": `{"comes_to":[{"id":"s1","title":"Bread","at":"2026-03-02T17:00:00Z"},{"id":"s2","title":"Salt","at":"2026-03-02T17:00:00Z"}],` +
			`"planned":[{"id":"s1","title":"Bread"}]}`,
		"m3": `{"waits_for":[{"id":"s2","title":"Salt","at":"2026-03-02T17:00:00Z"}],"drafts":[{"title":"Supper"}]}`,
		"m4": `{"declined":[{"id":"s2","title":"Salt","at":"2026-03-02T17:00:00Z"}],"planned":[{"id":"s3","title":"Soup"}]}`,
		"m9": "",
	})
}
