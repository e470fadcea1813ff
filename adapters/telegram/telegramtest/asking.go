package telegramtest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

func getMe(s *Server, _ *call) (any, error) {
	return wireMe{wireUser: s.users[botID].wire(), CanJoinGroups: true, CanReadAllGroupMessages: !s.options.Privacy}, nil
}

func getChat(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	full := wireFullChat{wireChat: to.wire(), MaxReactionCount: 11, AcceptedGiftTypes: map[string]bool{
		"unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false, "gifts_from_channels": false,
	}}
	full.AutoDelete = int(to.vanish / time.Second)
	if to.linked != nil {
		full.LinkedChatID = to.linked.id
	}
	return full, nil
}

func (s *Server) askedMember(c *call) (*conversation, *user, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, nil, err
	}
	u := s.users[c.number("user_id")]
	if u == nil {
		return nil, nil, bad("user not found")
	}
	return to, u, nil
}

func getChatMember(s *Server, c *call) (any, error) {
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, err
	}
	if to.kind == "channel" && !to.members[botID].isAdministrator() {
		return nil, bad("member list is inaccessible")
	}
	return to.members[u.id].wire(u), nil
}

func getChatMemberCount(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, m := range to.members {
		if m.isIn() {
			n++
		}
	}
	return n, nil
}

// getChatAdministrators leaves other bots out, as the API does.
func getChatAdministrators(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if to.kind == "private" {
		return nil, bad("there are no administrators in the private chat")
	}
	out := []json.RawMessage{}
	for _, id := range slices.Sorted(maps.Keys(to.members)) {
		if u := s.users[id]; to.members[id].isAdministrator() && (!u.bot || id == botID) {
			out = append(out, to.members[id].wire(u))
		}
	}
	return out, nil
}

func leaveChat(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if to.kind == "private" {
		return nil, bad("chat member status can't be changed in private chats")
	}
	s.exit(to, s.users[botID], s.users[botID], &membership{status: "left"})
	return true, nil
}

func setMyCommands(s *Server, c *call) (any, error) {
	var list []struct {
		Command, Description string
	}
	if err := c.object("commands", &list); err != nil {
		return nil, err
	}
	valid := regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	if len(list) > 100 {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	for _, one := range list {
		if !valid.MatchString(one.Command) {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if one.Description == "" || utf8.RuneCountInString(one.Description) > 256 {
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[c.values["scope"]+c.values["language_code"]] = json.RawMessage(c.values["commands"])
	return true, nil
}

func getMyCommands(s *Server, c *call) (any, error) {
	if list := s.commands[c.values["scope"]+c.values["language_code"]]; list != nil {
		return list, nil
	}
	return []struct{}{}, nil
}

func createForumTopic(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if !to.members[botID].can("can_manage_topics") {
		return nil, bad("not enough rights to create a topic")
	}
	thread, err := s.openTopic(to, botID, c.values["name"])
	if err != nil {
		return nil, err
	}
	return map[string]any{"message_thread_id": thread, "name": c.values["name"], "icon_color": 7322096}, nil
}
