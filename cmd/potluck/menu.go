package main

import (
	"github.com/potluck-chat/potluck/adapters/telegram"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// menus are the lists of commands that Telegram offers to people, in every language that we speak. What is for moderators and
// organisers is shown to the administrators of a chat alone, who are most likely to be such.
func menus(commands []rule.Command) []telegram.Menu {
	var out []telegram.Menu
	for _, language := range say.Languages() {
		m := telegram.Menu{Language: language}
		for _, c := range commands {
			if c.Help == "" || c.Place == rule.AtHome {
				continue
			}
			item := telegram.MenuItem{Name: c.Name, Description: say.Text(language, c.Help).Plain}
			if c.Place != rule.InPrivate && c.Level > chat.Member {
				m.Admins = append(m.Admins, item)
			}
			if c.Place != rule.InPrivate && c.Level <= chat.Member {
				m.Groups = append(m.Groups, item)
			}
			if c.Place != rule.InRoom && c.Level <= chat.Member {
				m.Private = append(m.Private, item)
			}
		}
		out = append(out, m)
		if language == "en" { // for all others, too
			m.Language = ""
			out = append(out, m)
		}
	}
	return out
}
