package telegram

import "github.com/potluck-chat/potluck/core/chat"

// topic notes what a topic is called, from the message that opened it, which all others in it answer, and from
// those that rename it.
func (m *memory) topic(msg *rawMessage) {
	at := msg.place()
	if at.thread == 0 {
		if msg.TopicEdited != nil && msg.TopicEdited.Name != "" {
			m.topics.put(at, msg.TopicEdited.Name) // General has got another name
		}
		return
	}
	switch {
	case msg.TopicCreated != nil && msg.TopicCreated.Name != "":
		m.topics.put(at, msg.TopicCreated.Name)
	case msg.TopicEdited != nil && msg.TopicEdited.Name != "":
		m.topics.put(at, msg.TopicEdited.Name)
	case msg.ReplyTo != nil && msg.ReplyTo.MessageID == msg.ThreadID && msg.ReplyTo.TopicCreated != nil:
		if _, known := m.topics.get(at); !known && msg.ReplyTo.TopicCreated.Name != "" {
			m.topics.put(at, msg.ReplyTo.TopicCreated.Name) // as it was called then; a later name comes before it
		}
	}
}

// general is what the topic is called that every forum begins with; its messages bear no thread.
const general = "General"

// title returns the chat's title, with the topic's name where it is known.
func (r *receiver) title(m *rawMessage) string {
	title, at := m.Chat.name(), m.place()
	name, known := r.memory.topics.get(at)
	switch {
	case known:
		return title + " · " + name
	case at.thread == 0 && m.Chat.IsForum:
		return title + " · " + general
	}
	return title
}

// isTopicGone tells that a refusal is about a topic that was deleted. The platform tells bots nothing of that, and what is
// sent without the topic's name would stand in General, before other people.
func isTopicGone(to place, e *callError) bool {
	return to.thread != 0 && e != nil && e.says("message thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID")
}

// topicGone lets Run tell, once, that the bot can no longer write in a topic.
func (a *Adapter) topicGone(to place) {
	if _, told := a.closed.get(to); told {
		return
	}
	a.closed.put(to, true)
	a.tell(chat.Event{ID: chat.EventID("tg:topic gone:" + to.chat().ID), Chat: to.chat(), Body: chat.Parted{}})
}
