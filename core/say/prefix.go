package say

import "github.com/potluck-chat/potluck/core/chat"

// Prefix returns the sign that commands begin with on a platform when we print them: '/' on Telegram, '!'
// elsewhere, for clients of Matrix take '/' for themselves and Signal has no commands. Both are read
// everywhere.
func Prefix(p chat.Platform) string {
	switch p {
	case chat.Telegram:
		return "/"
	case chat.Local, chat.Web:
		return ""
	}
	return "!"
}

// Platform returns the platform's name as people of a language write it.
func Platform(language string, p chat.Platform) string {
	return Text(language, "platform."+string(p)).Plain
}
