package telegram

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// rawService is what the platform itself says in a chat: one member a message, each of its own kind. What is missing
// here and stands among silentKinds says nothing to people elsewhere: what the bot itself was given (users_shared,
// write_access_allowed, web_app_data …), and what only concerns paid messages to channels.
type rawService struct {
	NewTitle      string           `json:"new_chat_title"`
	NewPicture    []rawFile        `json:"new_chat_photo"`
	PictureGone   bool             `json:"delete_chat_photo"`
	Timer         *rawTimer        `json:"message_auto_delete_timer_changed"`
	PinnedMessage *rawHead         `json:"pinned_message"`
	TopicCreated  *rawNamed        `json:"forum_topic_created"`
	TopicEdited   *rawNamed        `json:"forum_topic_edited"`
	TopicClosed   *struct{}        `json:"forum_topic_closed"`
	TopicReopened *struct{}        `json:"forum_topic_reopened"`
	GeneralHidden *struct{}        `json:"general_forum_topic_hidden"`
	GeneralShown  *struct{}        `json:"general_forum_topic_unhidden"`
	CallStarted   *struct{}        `json:"video_chat_started"`
	CallEnded     *rawDuration     `json:"video_chat_ended"`
	CallPlanned   *rawStart        `json:"video_chat_scheduled"`
	CallInvited   *rawUsers        `json:"video_chat_participants_invited"`
	Paid          *rawAmount       `json:"successful_payment"`
	Refunded      *rawAmount       `json:"refunded_payment"`
	Gift          *rawGift         `json:"gift"`
	GiftUpgrade   *rawGift         `json:"gift_upgrade_sent"`
	UniqueGift    *rawUniqueGift   `json:"unique_gift"`
	GiveawayBegun *struct{}        `json:"giveaway_created"`
	GiveawayOver  *rawGiveaway     `json:"giveaway_completed"`
	Boost         *rawBoost        `json:"boost_added"`
	TasksDone     *rawTasksDone    `json:"checklist_tasks_done"`
	TasksAdded    *rawTasksAdded   `json:"checklist_tasks_added"`
	OptionAdded   *rawOptionChange `json:"poll_option_added"`
	OptionDeleted *rawOptionChange `json:"poll_option_deleted"`
	Near          *rawNear         `json:"proximity_alert_triggered"`
	NewBackground *struct{}        `json:"chat_background_set"`
	NewOwner      *rawOwner        `json:"chat_owner_changed"`
	OwnerGone     *rawOwner        `json:"chat_owner_left"`
}

type (
	rawTimer struct {
		Seconds int64 `json:"message_auto_delete_time"`
	}
	rawDuration struct {
		Seconds int64 `json:"duration"`
	}
	rawStart struct {
		Date int64 `json:"start_date"`
	}
	rawUsers struct {
		Users []rawUser `json:"users"`
	}
	rawGift struct {
		Text string `json:"text"`
		Gift struct {
			Stars   int `json:"star_count"`
			Sticker struct {
				Emoji string `json:"emoji"`
			} `json:"sticker"`
		} `json:"gift"`
	}
	rawUniqueGift struct {
		Gift struct {
			Name   string `json:"base_name"`
			Number int    `json:"number"`
		} `json:"gift"`
	}
	rawBoost struct {
		Count int `json:"boost_count"`
	}
	rawTasksDone struct {
		Of     *rawListMessage `json:"checklist_message"`
		Done   []int           `json:"marked_as_done_task_ids"`
		Undone []int           `json:"marked_as_not_done_task_ids"`
	}
	rawTasksAdded struct {
		Of    *rawListMessage `json:"checklist_message"`
		Tasks []rawTask       `json:"tasks"`
	}
	rawListMessage struct {
		Checklist *rawChecklist `json:"checklist"`
	}
	rawOptionChange struct {
		Text string `json:"option_text"`
	}
	rawNear struct {
		Traveler rawUser `json:"traveler"`
		Watcher  rawUser `json:"watcher"`
		Metres   int     `json:"distance"`
	}
	rawOwner struct {
		New *rawUser `json:"new_owner"`
	}
)

// service returns what a line of the platform's own tells; false where it is none, or says nothing to others.
func (s *rawService) service() (chat.Part, bool) {
	for _, tell := range []func() (chat.PartKind, string){s.chat, s.topic, s.call, s.money, s.list} {
		if kind, line := tell(); kind != "" {
			return chat.Part{Kind: kind, Line: line}, true
		}
	}
	return chat.Part{}, false
}

// chat tells what has changed about the chat as a whole.
func (s *rawService) chat() (chat.PartKind, string) {
	switch {
	case s.NewTitle != "":
		return chat.Title, s.NewTitle
	case len(s.NewPicture) > 0:
		return chat.Picture, "a new one"
	case s.PictureGone:
		return chat.Picture, "none any more"
	case s.Timer != nil:
		return chat.Timer, span(s.Timer.Seconds)
	case s.Near != nil:
		return chat.Notice, fmt.Sprintf("%s is within %d m of %s", s.Near.Traveler.name(), s.Near.Metres, s.Near.Watcher.name())
	case s.NewBackground != nil:
		return chat.Notice, "a new background"
	case s.NewOwner != nil && s.NewOwner.New != nil:
		return chat.Notice, s.NewOwner.New.name() + " owns the group now"
	case s.OwnerGone != nil:
		return chat.Notice, "the owner has left the group"
	}
	return "", ""
}

func (s *rawService) topic() (chat.PartKind, string) {
	switch {
	case s.TopicCreated != nil:
		return chat.Topic, joinWords(" · ", "new", s.TopicCreated.Name)
	case s.TopicEdited != nil && s.TopicEdited.Name != "":
		return chat.Topic, "now called " + s.TopicEdited.Name
	case s.TopicEdited != nil:
		return chat.Topic, "a new icon"
	case s.TopicClosed != nil:
		return chat.Topic, "closed"
	case s.TopicReopened != nil:
		return chat.Topic, "open again"
	case s.GeneralHidden != nil:
		return chat.Topic, "General is hidden"
	case s.GeneralShown != nil:
		return chat.Topic, "General is shown again"
	}
	return "", ""
}

func (s *rawService) call() (chat.PartKind, string) {
	switch {
	case s.CallStarted != nil:
		return chat.Call, "a video chat has begun"
	case s.CallEnded != nil:
		return chat.Call, "the video chat is over after " + span(s.CallEnded.Seconds)
	case s.CallPlanned != nil:
		return chat.Call, "a video chat is planned for " + when(s.CallPlanned.Date).Format("2006-01-02 15:04 MST")
	case s.CallInvited != nil:
		return chat.Call, joinWords(" ", "invited to the video chat:", namesOf(s.CallInvited.Users))
	}
	return "", ""
}

// money tells of payments and gifts.
func (s *rawService) money() (chat.PartKind, string) {
	switch {
	case s.Paid != nil:
		return chat.Payment, s.Paid.amount() + " paid"
	case s.Refunded != nil:
		return chat.Payment, s.Refunded.amount() + " given back"
	case s.Gift != nil:
		return chat.Gift, s.Gift.line()
	case s.GiftUpgrade != nil:
		return chat.Gift, joinWords(" · ", "an upgrade", s.GiftUpgrade.line())
	case s.UniqueGift != nil:
		return chat.Gift, fmt.Sprintf("%s #%d", s.UniqueGift.Gift.Name, s.UniqueGift.Gift.Number)
	case s.GiveawayBegun != nil:
		return chat.Gift, "a giveaway has begun"
	case s.GiveawayOver != nil:
		return chat.Gift, "a giveaway is over, with " + counted(s.GiveawayOver.Count, "winner", "winners")
	case s.Boost != nil:
		return chat.Gift, counted(s.Boost.Count, "boost", "boosts") + " for the group"
	}
	return "", ""
}

func (g *rawGift) line() string {
	return joinWords(" · ", g.Gift.Sticker.Emoji, counted(g.Gift.Stars, "star", "stars"), g.Text)
}

// list tells what has changed in a checklist or in a poll's options.
func (s *rawService) list() (chat.PartKind, string) {
	switch {
	case s.TasksDone != nil:
		lines := append(s.TasksDone.named("☑ ", s.TasksDone.Done), s.TasksDone.named("☐ ", s.TasksDone.Undone)...)
		return chat.Checklist, joinWords(" · ", append([]string{titleOf(s.TasksDone.Of)}, lines...)...)
	case s.TasksAdded != nil:
		added := rawChecklist{Tasks: s.TasksAdded.Tasks}
		return chat.Checklist, joinWords(" · ", append([]string{titleOf(s.TasksAdded.Of), "new:"}, added.lines()...)...)
	case s.OptionAdded != nil:
		return chat.Notice, "a new option in the poll: " + s.OptionAdded.Text
	case s.OptionDeleted != nil:
		return chat.Notice, "an option taken from the poll: " + s.OptionDeleted.Text
	}
	return "", ""
}

func titleOf(m *rawListMessage) string {
	if m == nil || m.Checklist == nil {
		return ""
	}
	return m.Checklist.Title
}

// named returns the tasks with these ids as far as the message tells them.
func (t *rawTasksDone) named(box string, ids []int) []string {
	var out []string
	if t.Of != nil && t.Of.Checklist != nil {
		for _, task := range t.Of.Checklist.Tasks {
			if slices.Contains(ids, task.ID) {
				out = append(out, box+task.Text)
			}
		}
	}
	if more := len(ids) - len(out); more > 0 {
		out = append(out, box+counted(more, "task", "tasks"))
	}
	return out
}

// span tells a length of time in its largest two units, "off" for none.
func span(seconds int64) string {
	if seconds <= 0 {
		return "off"
	}
	var out []string
	left := time.Duration(min(seconds, 100*365*24*3600)) * time.Second
	for _, unit := range []struct {
		of        time.Duration
		one, many string
	}{{24 * time.Hour, "day", "days"}, {time.Hour, "hour", "hours"}, {time.Minute, "minute", "minutes"}, {time.Second, "second", "seconds"}} {
		if n := int(left / unit.of); n > 0 && len(out) < 2 {
			out = append(out, counted(n, unit.one, unit.many))
			left -= time.Duration(n) * unit.of
		}
	}
	return strings.Join(out, " ")
}
