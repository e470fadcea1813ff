package telegramtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
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

func pinChatMessage(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	if m == nil || m.deleted {
		return nil, bad("message to pin not found")
	}
	if to.kind != "private" && !to.members[botID].can("can_pin_messages") {
		return nil, bad("not enough rights to manage pinned messages in the chat")
	}
	_, err = s.post(to, &message{from: botID, thread: m.thread, service: &wireMessage{PinnedMessage: s.wire(to, m, false)}})
	return true, err
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
		if one.Description == "" || len(one.Description) > 256 {
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

// callback is a button that a person has pressed and the bot has not answered.
type callback struct {
	id    string
	until int64
}

// Press presses a button under a message and returns the callback query's id.
func (s *Server) Press(person, group, id, data string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return "", err
	}
	m, err := c.find(id)
	if err != nil {
		return "", err
	}
	quoted, _ := json.Marshal(data)
	if !regexp.MustCompile(`"callback_data":\s*` + regexp.QuoteMeta(string(quoted))).Match(m.markup) {
		return "", fmt.Errorf("message %s has no button %q", id, data)
	}
	query := &callback{id: strconv.Itoa(4000000 + len(s.callbacks)), until: s.options.Now().Add(callbackLife).Unix()}
	s.callbacks[query.id] = query
	s.emit("callback_query", wireCallback{ID: query.id, From: u.wire(), Message: s.wire(c, m, false), ChatInstance: "1", Data: data}, lane{"callback_query", u.id})
	return query.id, nil
}

func answerCallbackQuery(s *Server, c *call) (any, error) {
	query := s.callbacks[c.values["callback_query_id"]]
	if query == nil || s.options.Now().Unix() > query.until {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	query.until = 0
	return true, nil
}
