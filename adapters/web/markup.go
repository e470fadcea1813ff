package web

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/potluck-chat/potluck/core/chat"
)

// The pages are made as trees and written by html.Render, which escapes every word and every attribute: nothing that
// people have written is ever put into markup by us. (A template would do the same; its reflection keeps five megabytes
// of unused code in the program.)

// attributes are pairs of a name and a value.
type attributes []string

// tag makes an element.
func tag(name string, a attributes, kids ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for i := 0; i+1 < len(a); i += 2 {
		n.Attr = append(n.Attr, html.Attribute{Key: a[i], Val: clean(a[i+1])})
	}
	put(n, kids...)
	return n
}

// put adds to an element what is not nil. In what holds blocks each stands on a line of its own.
func put(n *html.Node, kids ...*html.Node) {
	blocks := slices.Contains([]string{"html", "head", "body", "main", "ol", "li", "form"}, n.Data)
	for _, k := range kids {
		if k == nil {
			continue
		}
		n.AppendChild(k)
		if blocks {
			n.AppendChild(say("\n"))
		}
	}
}

// say makes a piece of text.
func say(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: clean(s)} }

// clean writes ends of lines as a page has them, and takes out the one letter that none may have.
func clean(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(s)
}

func paragraph(class, text string) *html.Node {
	if class == "" {
		return tag("p", nil, say(text))
	}
	return tag("p", attributes{"class", class}, say(text))
}

// document is a whole page; script tells whether it has the talk's.
func document(title string, script bool, main ...*html.Node) *html.Node {
	head := tag("head", nil,
		tag("meta", attributes{"charset", "utf-8"}),
		tag("meta", attributes{"name", "viewport", "content", "width=device-width, initial-scale=1"}),
		tag("meta", attributes{"name", "referrer", "content", "no-referrer"}),
		tag("meta", attributes{"name", "robots", "content", "noindex"}),
		tag("title", nil, say(title)),
		tag("link", attributes{"rel", "stylesheet", "href", "/style.css"}))
	body := tag("body", nil, tag("main", nil, main...))
	if script {
		put(body, tag("script", attributes{"src", "/talk.js", "defer", ""}))
	}
	d := &html.Node{Type: html.DocumentNode}
	d.AppendChild(&html.Node{Type: html.DoctypeNode, Data: "html"})
	d.AppendChild(tag("html", attributes{"lang", "en"}, head, body))
	return d
}

func gatePage(v view) *html.Node {
	return document("Write in private", false,
		tag("h1", nil, say("Write in private")),
		paragraph("", "You can report something here, object to a decision, or ask what is kept about you. What you write goes to Potluck, "+
			"this community’s helper, and through it to the people who keep order here."),
		paragraph("", "There is no account and no name, and your internet address is not kept. You get an address of your own, to come back "+
			"and read the answers."),
		noticeOf(v.notice),
		writing("", "What has happened, or what do you want to ask?", v),
		paragraph("soft", "Is somebody in danger right now? Please call the emergency number where you are: it can take a while until a human "+
			"reads this."))
}

func conversationPage(v view) *html.Node {
	log := tag("ol", attributes{"id", "log", "role", "log", "aria-label", "Messages", "tabindex", "-1", "data-version", v.Version})
	for _, i := range v.Items {
		put(log, entry(v.Path, i))
	}
	switch {
	case v.Silent:
		put(log, tag("li", attributes{"class", "state"}, say("Nothing has answered yet. Should that stay so, this community may have a "+
			"new address: ask one of its members for it.")))
	case v.Unanswered:
		put(log, tag("li", attributes{"class", "state"}, say("Sent. No answer yet; when people answer, it can take a day or two. It will "+
			"stand here.")))
	}
	form := writing(v.Path, "Write", v)
	if n := noticeOf(v.notice); n != nil {
		form.InsertBefore(n, form.FirstChild)
	}
	return document("Private conversation", true,
		tag("h1", nil, say("Your private conversation")),
		tag("div", attributes{"class", "keep"},
			tag("p", nil, tag("strong", nil, say("Keep this address:")), say(" it is the only way back. Whoever has it can read what is here.")),
			tag("p", nil, tag("code", attributes{"class", "address", "translate", "no"}, say(v.Link))),
			paragraph("soft", "Everything here is removed half a year after the last word. On a device that others use, remove this page from "+
				"its history.")),
		log, form,
		tag("form", attributes{"method", "get", "action", v.Path, "id", "look"},
			tag("button", attributes{"class", "quiet"}, say("Look for answers"))))
}

// writing is the form to write with; without a path it goes to the page's own address.
func writing(path, label string, v view) *html.Node {
	a := attributes{"method", "post", "id", "write"}
	if path != "" {
		a = append(a, "action", path)
	}
	return tag("form", a,
		tag("label", attributes{"for", "text"}, say(label)),
		tag("textarea", attributes{
			"id", "text", "name", "text", "rows", "6", "maxlength", strconv.Itoa(maxText), "required", "", "dir", "auto", "autocomplete", "off",
		}, say(v.Text)),
		tag("input", attributes{"type", "hidden", "name", "once", "value", v.Once}),
		tag("button", nil, say("Send")))
}

// entry is one message of a conversation.
func entry(path string, i item) *html.Node {
	class, who := "house", i.Name
	switch {
	case i.Mine:
		class, who = "mine", "You"
	case who == "":
		who = "Potluck"
	}
	head := tag("p", attributes{"class", "who"}, say(who+" "), tag("time", attributes{"datetime", i.When()}, say(i.Shown())))
	if i.Changed {
		put(head, say(" · changed"))
	}
	li := tag("li", attributes{"class", class, "id", "m" + strconv.Itoa(i.N)}, head)
	switch {
	case i.Gone:
		put(li, paragraph("soft", "This message was taken away."))
	case i.Pressed:
		put(li, tag("p", attributes{"class", "text chosen", "dir", "auto"}, append([]*html.Node{say("You chose: ")}, markup(i.Text)...)...))
	default:
		put(li, tag("div", attributes{"class", "text", "dir", "auto", "lang", ""}, markup(i.Text)...))
	}
	if i.Waiting {
		put(li, paragraph("soft", "Kept, but not handed over yet. It will be, as soon as that is possible; you need not send it again."))
	}
	if len(i.Choices) > 0 {
		put(li, choosing(path, i))
	}
	return li
}

// choosing is the form with a message's choices.
func choosing(path string, i item) *html.Node {
	form := tag("form", attributes{"method", "post", "action", path + "/press", "class", "choices"},
		tag("input", attributes{"type", "hidden", "name", "about", "value", strconv.Itoa(i.N)}),
		tag("input", attributes{"type", "hidden", "name", "revision", "value", strconv.Itoa(i.Revision)}))
	for n, c := range i.Choices {
		put(form, tag("button", attributes{"name", "choice", "value", strconv.Itoa(n), "dir", "auto"}, say(c.Label)))
	}
	return form
}

// markup shows a text with its styles; one that a page does not have is plain.
func markup(nodes []node) []*html.Node {
	var out []*html.Node
	for _, n := range nodes {
		kids := markup(n.Kids)
		switch n.Style {
		case "":
			out = append(out, say(n.Words))
		case chat.Bold, chat.Mention:
			out = append(out, tag("strong", nil, kids...))
		case chat.Italic:
			out = append(out, tag("em", nil, kids...))
		case chat.Underline:
			out = append(out, tag("u", nil, kids...))
		case chat.Strike:
			out = append(out, tag("s", nil, kids...))
		case chat.Spoiler:
			out = append(out, tag("span", attributes{"class", "spoiler", "tabindex", "0"}, kids...))
		case chat.Code:
			out = append(out, tag("code", nil, kids...))
		case chat.Pre:
			out = append(out, tag("code", attributes{"class", "pre"}, kids...))
		case chat.Quote:
			out = append(out, tag("span", attributes{"class", "quote"}, kids...))
		case chat.Hyperlink:
			if n.URL != "" {
				kids = []*html.Node{tag("a", attributes{"href", n.URL, "rel", "noreferrer noopener nofollow"}, kids...)}
			}
			out = append(out, kids...)
		default:
			out = append(out, kids...)
		}
	}
	return out
}

// noticeOf says why something was not taken; nil if it was.
func noticeOf(n notice) *html.Node {
	text := ""
	switch {
	case n.Wait > 0:
		text = "That was a lot in a short time. Nothing is lost: what you wrote stands below. You can send it in " + strconv.Itoa(n.Wait) + " min."
	case n.Long:
		text = "That is too long for one message: it can have " + strconv.Itoa(maxText) + " characters. Please send it in parts."
	case n.Full:
		text = "There is no more room here. Please begin a new conversation with the community's address, or write to one of its moderators."
	case n.Failed:
		text = "This could not be kept just now, so it was not sent. Please try again in a few minutes; what you wrote stands below."
	case n.Stale:
		text = "That message has changed meanwhile, so nothing was chosen. Please look at it again."
	case n.Empty:
		text = "There was nothing in your message. Please write something first."
	default:
		return nil
	}
	return tag("p", attributes{"class", "notice", "role", "alert"}, say(text))
}

func lostPage() *html.Node {
	return document("Nothing here", false,
		tag("h1", nil, say("There is nothing here")),
		paragraph("", "Maybe a part of the address is missing, or the conversation is over: they are removed half a year after the last word. "+
			"To begin a new one, open the address that the community has given out."))
}

func brokenPage() *html.Node {
	return document("Not now", false,
		tag("h1", nil, say("This cannot be shown now")),
		paragraph("", "Something is wrong on this side. What you have sent before is kept. Please try again later."))
}
