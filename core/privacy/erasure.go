package privacy

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Erasure is how far the erasing of one person has come.
type Erasure struct {
	Asked time.Time `json:"asked,omitzero"` // when the question was put
	Begun time.Time `json:"begun,omitzero"` // when the rules heard of it
	Done  time.Time `json:"done,omitzero"`  // when the member was gone
	// Door is the account that the end is told to, Language what is spoken there, Community what it was called.
	Door      chat.Identity `json:"door,omitzero"`
	Language  string        `json:"language,omitempty"`
	Community string        `json:"community,omitempty"`
	Messages  int           `json:"messages,omitempty"`
	Deleted   int           `json:"deleted,omitempty"` // as the platforms say
	Stuck     []Stuck       `json:"stuck,omitempty"`
	Last      time.Time     `json:"last,omitzero"` // when a platform last said something
	Told      bool          `json:"told,omitempty"`
}

// Stuck counts what a platform has not deleted for one reason.
type Stuck struct {
	Platform chat.Platform `json:"platform"`
	Why      chat.Reason   `json:"why"`
	N        int           `json:"n"`
}

const (
	// answerIn is how long the question waits for a yes.
	answerIn = 15 * time.Minute
	// quiet is how long no platform says anything before the end is told.
	quiet = 5 * time.Minute
	// longest is when it is told at the latest, progressAt when somebody who waits hears how far it has come.
	longest    = 24 * time.Hour
	progressAt = time.Hour
)

// tagPrefix begins the tags of the engine's deletions; behind it stands the member.
const tagPrefix = "forget/"

// NewErasure returns the rule of /forget.
func NewErasure() rule.Rule {
	return rule.Of[Erasure]{
		Title:  "erasure",
		KeyOf:  erasureKey,
		Fold:   foldErasure,
		Secret: true,
		Ask: []rule.Command{
			{Name: "forget", Aliases: []string{"forgetme"}, Args: "me", Level: chat.Guest, Place: rule.InPrivate, Help: "help.forget"},
		},
	}
}

// keyOf is where the erasing of a member is kept: not under the person's key, for what is there goes with the person.
func keyOf(c chat.Community, who chat.MemberID) string {
	return string(c.ID) + "/erasure/" + string(who)
}

func erasureKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		return keyOf(c, e.Member), b.Command == "forget"
	case chat.Forgotten:
		return keyOf(c, b.Who), true
	case chat.Forgot:
		return keyOf(c, b.Who), true
	case chat.Claimed:
		return keyOf(c, b.Gone), b.Gone != ""
	case chat.Due:
		return b.Key, true
	case chat.Sent, chat.Failed:
		who, ok := strings.CutPrefix(e.Tag, tagPrefix)
		return keyOf(c, chat.MemberID(who)), ok
	}
	return "", false
}

func foldErasure(c chat.Community, s Erasure, e chat.Event) (Erasure, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		if e.Chat.Platform == chat.Local {
			return s, atHome(c, e, b)
		}
		return asked(c, s, e, b)
	case chat.Forgotten:
		return begin(c, s, e, b)
	case chat.Forgot:
		if s.Begun.IsZero() {
			return s, nil
		}
		s.Done, s.Messages = e.Now, b.Messages
		return s, []chat.Effect{chat.Wake{Rule: "erasure", Key: keyOf(c, b.Who), At: e.Now.Add(quiet)}}
	case chat.Claimed: // whoever asked, or is being erased, has another name now, and the engine begins anew with that
		return Erasure{}, []chat.Effect{chat.Cancel{Rule: "erasure", Key: keyOf(c, b.Gone)}}
	case chat.Sent:
		return s.heard(e, ""), nil
	case chat.Failed:
		return s.heard(e, b.Why), nil
	case chat.Due:
		return due(c, s, e, b.Key)
	}
	return s, nil
}

// asked puts the question, or does what was answered.
func asked(c chat.Community, s Erasure, e chat.Event, b chat.Asked) (Erasure, []chat.Effect) {
	voice := rule.Speak(c, e)
	card, ok := c.Members.ByID(e.Member)
	word := strings.ToLower(strings.Join(b.Args, " "))
	switch {
	case !ok:
		return s, []chat.Effect{passing(e, voice.Say("privacy.nobody"))}
	case !s.Begun.IsZero():
		return s, []chat.Effect{passing(e, voice.Say("forget.begun"))}
	case word == "yes" && (s.Asked.IsZero() || e.Now.After(s.Asked.Add(answerIn))):
		return Erasure{}, []chat.Effect{rule.Reply(e, voice.Say("forget.old"))}
	case word == "yes":
		return s, []chat.Effect{
			chat.Record{Log: "audit", About: card.ID, Line: string(e.By.Identity.Platform) + " forget: as they have asked"},
			passing(e, voice.Say("forget.begins")),
			chat.Forget{Who: card.ID},
		}
	case word == "no":
		return Erasure{}, []chat.Effect{rule.Reply(e, voice.Say("forget.kept")), chat.Cancel{Rule: "erasure", Key: keyOf(c, card.ID)}}
	case word != "" && word != "me":
		return s, []chat.Effect{rule.Reply(e, voice.Say("forget.usage"))}
	}
	s.Asked = e.Now
	return s, []chat.Effect{
		chat.Wake{Rule: "erasure", Key: keyOf(c, card.ID), At: e.Now.Add(answerIn + time.Second)},
		rule.Reply(e, question(c, card, voice), chat.Choice{Label: voice.Say("forget.yes").Plain, Ask: "forget yes"},
			chat.Choice{Label: voice.Say("forget.no").Plain, Ask: "forget no"}),
	}
}

// question says what will happen, before it does.
func question(c chat.Community, card chat.Card, voice rule.Voice) chat.Text {
	var on []string
	for _, i := range card.Identities {
		if name := platformName(voice, i.Platform); !slices.Contains(on, name) {
			on = append(on, name)
		}
	}
	parts := []chat.Text{
		voice.Say("forget.ask", "community", hereName(c, voice), "platforms", strings.Join(on, ", ")),
		voice.Say("forget.what"), voice.Say("forget.cannot"), voice.Say("forget.keep"), voice.Say("forget.stay"),
	}
	if card.Level == chat.Organiser && len(rule.Team(c, chat.Organiser)) == 1 {
		parts = append(parts, voice.Say("forget.organiser"))
	}
	return paragraphs(append(parts, voice.Say("forget.sure", "wait", answerIn))...)
}

// atHome lets the operator have somebody erased who can no longer ask for it in person.
func atHome(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	voice := rule.Speak(c, e)
	card, rest, problem := rule.Target(c, e)
	if problem != "" {
		return []chat.Effect{rule.Reply(e, voice.Say(problem, rule.Meant(c, b)...))}
	}
	if strings.ToLower(strings.Join(rest, " ")) != "yes" {
		return []chat.Effect{rule.Reply(e, voice.Say("forget.home", "name", card.Name, "handle", card.Handle))}
	}
	return []chat.Effect{
		chat.Record{Log: "audit", About: card.ID, Line: string(e.By.Identity.Platform) + " forget: by the operator"},
		rule.Reply(e, voice.Say("forget.home.begins", "name", card.Name)),
		chat.Forget{Who: card.ID},
	}
}

// begin notes whom the end is told to, as long as that is known.
func begin(c chat.Community, s Erasure, e chat.Event, b chat.Forgotten) (Erasure, []chat.Effect) {
	card, ok := c.Members.ByID(b.Who)
	if !ok || !s.Begun.IsZero() {
		return s, nil
	}
	door, _ := rule.Door(card)
	s = Erasure{Begun: e.Now, Door: door, Language: c.LanguageOf(card), Community: c.Name}
	return s, []chat.Effect{chat.Wake{Rule: "erasure", Key: keyOf(c, b.Who), At: e.Now.Add(quiet)}}
}

// heard counts a receipt: an empty reason is a deletion. What is not there (any more) is as good as deleted.
func (s Erasure) heard(e chat.Event, why chat.Reason) Erasure {
	if s.Begun.IsZero() {
		return s
	}
	s.Last = e.Now
	if why == "" || why == chat.NotFound {
		s.Deleted++
		return s
	}
	s.Stuck = slices.Clone(s.Stuck)
	for i := range s.Stuck {
		if s.Stuck[i].Platform == e.Chat.Platform && s.Stuck[i].Why == why {
			s.Stuck[i].N++
			return s
		}
	}
	s.Stuck = append(s.Stuck, Stuck{Platform: e.Chat.Platform, Why: why, N: 1})
	return s
}

// due lets an old question lapse, tells somebody who waits how it goes, and tells the end when it is quiet.
func due(c chat.Community, s Erasure, e chat.Event, key string) (Erasure, []chat.Effect) {
	if s.Begun.IsZero() {
		return Erasure{}, nil
	}
	var out []chat.Effect
	last := s.Done
	if s.Last.After(last) {
		last = s.Last
	}
	over := e.Now.Sub(s.Begun) >= longest
	if !s.Done.IsZero() && (over || e.Now.Sub(last) >= quiet) {
		return Erasure{}, s.tell(account(c, s))
	}
	if over {
		return Erasure{}, nil // the community has gone meanwhile, and with it all that was to be erased
	}
	if !s.Told && e.Now.Sub(s.Begun) >= progressAt {
		s.Told = true
		out = s.tell(s.voice(c).Say("forget.progress", "deleted", s.Deleted))
	}
	next := e.Now.Add(quiet)
	if !s.Done.IsZero() && last.Add(quiet).After(e.Now) {
		next = last.Add(quiet)
	}
	return s, append(out, chat.Wake{Rule: "erasure", Key: key, At: next})
}
