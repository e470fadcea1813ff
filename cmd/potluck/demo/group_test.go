package demo

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
)

// opens lets the bot of a platform make a group and ask people to come; it returns whom.
func (s *site) opens(platform chat.Platform, title string, names ...string) (id string, people []person) {
	s.t.Helper()
	at, _ := s.table.seatOf(platform)
	var ids []string
	for _, name := range names {
		who, ok := at.byName(name)
		if !ok {
			s.t.Fatalf("there is no %s on %s", name, platform)
		}
		people, ids = append(people, who), append(ids, who.id)
	}
	return at.world.(*hall).botOpens(title, ids...), people
}

// shown returns a chat of a state.
func shown(p pageState, id string) chatState {
	if i := slices.IndexFunc(p.Chats, func(c chatState) bool { return c.ID == id }); i >= 0 {
		return p.Chats[i]
	}
	return chatState{}
}

func TestPageShowsWhatTheBotOpens(t *testing.T) {
	s := open(t, false)
	bread, people := s.opens(chat.Signal, "Bread", "Elif", "Farid")
	s.await(func(p pageState) error {
		if c := shown(p, bread); c.Title != "Bread" || !slices.Equal(c.Members, []string{people[0].id, people[1].id}) {
			return fmt.Errorf("the new group is %q of %v", c.Title, c.Members)
		}
		return nil
	})
	in := s.from(chat.Signal, "Elif")
	in.Chat, in.Text, in.Sample = bread, "rye", "picture"
	s.do(t, "say", in)
	said := newest(shown(s.state(), bread))
	if said.Text.Plain != "rye" || len(said.Media) != 1 {
		t.Fatalf("the new group shows %+v", said)
	}
	if r, _ := s.get(said.Media[0].URL); r.StatusCode != http.StatusOK {
		t.Errorf("a picture in the new group answers %d", r.StatusCode)
	}
	in = s.from(chat.Signal, "Dilan")
	in.Chat, in.Text = bread, "let me in"
	if status, answer := s.post("say", in, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("somebody who is not in the group gets %d %s", status, answer)
	}
	at, _ := s.table.seatOf(chat.Signal)
	at.world.(*hall).retitle(bread, "Bread (over)")
	s.await(func(p pageState) error {
		if c := shown(p, bread); c.Title != "Bread (over)" {
			return fmt.Errorf("the group with another title is %q", c.Title)
		}
		return nil
	})
}

func TestNobodyComesAfterTheEnd(t *testing.T) {
	s := open(t, false)
	s.table.Close()
	bread, people := s.opens(chat.Matrix, "Bread", "Hugo")
	at, _ := s.table.seatOf(chat.Matrix)
	if all := at.world.Groups(); !slices.Equal(all[len(all)-1].Invited, []string{people[0].id}) {
		t.Errorf("after the end the groups are %+v", all)
	}
	if in := at.world.Members(bread); len(in) > 0 {
		t.Errorf("after the end %v have come", in)
	}
}

func TestLiveSendsWhatTheBotOpens(t *testing.T) {
	s := open(t, false)
	r, err := http.Get(s.url + "/api/live")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	bread, people := s.opens(chat.Matrix, "Bread", "Hugo")
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), bread) && strings.Contains(lines.Text(), `"members":["`+people[0].id+`"]`) {
			return
		}
	}
	t.Error(errors.Join(errors.New("the new group does not come with who is in it"), lines.Err()))
}
