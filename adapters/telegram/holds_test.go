package telegram

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestWhatCannotBeKeptIsNotTaken(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	s.cursor.fail(errors.New("the disk is full"))
	_, err := s.try(chat.Restrict{To: at(group), Who: who(ben)})
	s.retried(err, 0, false)
	s.same(s.Rights(ben, group).Raw, "member")
	s.cursor.fail(nil)
	s.do(chat.Restrict{To: at(group), Who: who(ben)})
	s.same(s.Rights(ben, group).MayWrite, false)
}

func TestReleaseBeforeRunKnowsWhatWasKept(t *testing.T) {
	s := newStage(t, options())
	_, ben, group := s.table()
	s.must(s.RestrictPerson(group, ben, time.Time{}, "can_send_messages"))
	was := s.Rights(ben, group)
	s.do(chat.Restrict{To: at(group), Who: who(ben)})
	s.stop()
	a := newAdapter(t, Config{Token: s.Token(), API: s.URL()}, s.open, s.cursor)
	if _, err := a.Do(t.Context(), chat.Dispatch{ID: "x#1", Effect: chat.Release{To: at(group), Who: who(ben)}}); err != nil {
		t.Fatal(err)
	}
	s.same(s.Rights(ben, group), was)
	s.same(strings.Contains(s.cursor.position, "holds"), false)
	if newMemory().load(s.cursor.position).IsZero() {
		t.Error("when telegram was heard last is forgotten by a save before run")
	}
	a.calls.http.CloseIdleConnections()
}

func TestHoldsAreBounded(t *testing.T) {
	h := newHolds()
	for i := range int64(maxHolds + 10) {
		h.put(presenceKey{-1, i}, hold{})
	}
	list := h.save()
	if len(list) != maxHolds || list[0].User != 10 {
		t.Errorf("%d are kept, from %d on", len(list), list[0].User)
	}
	again := newHolds()
	again.load(list)
	if got := again.save(); len(got) != maxHolds || got[0].User != 10 || got[maxHolds-1].User != maxHolds+9 {
		t.Error("their order is not kept")
	}
}
