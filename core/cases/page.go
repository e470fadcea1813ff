package cases

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	pageRule = "page"
	pageTag  = "page/" // and the member who has asked
)

// NewPage returns the rule of /page: it gives the address of the community's web page, where people who are in none of
// the chats (any more) can report something, appeal, or ask for what is kept about them. Organisers hand it on.
func NewPage() rule.Rule {
	return rule.Of[struct{}]{
		Title: pageRule,
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return "", b.Command == "page"
			case chat.Sent, chat.Failed:
				return "", strings.HasPrefix(e.Tag, pageTag)
			}
			return "", false
		},
		Fold: foldPage,
		Ask:  []rule.Command{{Name: "page", Level: chat.Organiser, Help: "help.page"}},
	}
}

func foldPage(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
	asker, ok := c.Members.ByID(chat.MemberID(strings.TrimPrefix(e.Tag, pageTag)))
	switch b := e.Body.(type) {
	case chat.Asked:
		out := []chat.Effect{chat.Invite{To: chat.Chat{Platform: chat.Web, ID: string(c.ID)}, Who: e.By.Identity, Tag: pageTag + string(e.Member)}}
		if !e.Private {
			out = append(out, rule.Discreetly(e, rule.Speak(c, e).Say("page.coming")))
		}
		return s, out
	case chat.Sent:
		if !ok || b.Link == "" {
			return s, nil
		}
		return s, rule.Secretly(c, asker, "", func(v rule.Voice) chat.Text { return v.Say("page.link", "link", b.Link) })
	case chat.Failed:
		if !ok || b.Why != chat.Unsupported {
			return s, nil
		}
		return s, rule.Secretly(c, asker, "", func(v rule.Voice) chat.Text { return v.Say("page.off") })
	}
	return s, nil
}
