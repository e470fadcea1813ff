package prompts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The rule of questions without a name, and its commands.
const (
	asks        = "asks"
	commandAsk  = "ask"
	commandPost = "askpost" // only chosen
	// askTag begins the tags of such questions in the room, toldTag those of what is told to who asked.
	askTag  = "ask:"
	toldTag = "asked:"
)

const (
	maxAsk   = 500 // characters
	maxADay  = 2   // that one member asks
	maxOpen  = 200
	maxWords = 30 // answers that are passed on for one question
	draftFor = time.Hour
	openFor  = 14 * 24 * time.Hour
	barFor   = 14 * 24 * time.Hour
	// maxPassed is how many characters of an answer are passed on.
	maxPassed = 1500
)

// Asks is what is kept of one community. It says who has asked, so it is sealed.
type Asks struct {
	Count int `json:"count,omitempty"`
	// Drafts wait for the word of who has written them, Open for answers.
	Drafts []Question `json:"drafts,omitempty"`
	Open   []Question `json:"open,omitempty"`
	Barred []Bar      `json:"barred,omitempty"`
}

// Question is one that a member asks without a name.
type Question struct {
	N    int           `json:"n"`
	Who  chat.MemberID `json:"who"`
	Room chat.RoomID   `json:"room"`
	Text string        `json:"text"`
	At   time.Time     `json:"at"`
	// Passed is how many answers were passed on.
	Passed int `json:"passed,omitempty"`
	// Added is how often who asked has added something.
	Added int `json:"added,omitempty"`
	// Closed: moderators have taken it away; it counts for the day only.
	Closed bool `json:"closed,omitempty"`
}

func (q Question) tag() string { return askTag + strconv.Itoa(q.N) }

// addedTag names what was added to it; who answers that answers the question.
func (q Question) addedTag(n int) string { return q.tag() + "/" + strconv.Itoa(n) }

// Bar keeps somebody from asking without a name for a while. Nobody is told who it is.
type Bar struct {
	Who   chat.MemberID `json:"who"`
	Until time.Time     `json:"until"`
}

// maxTold is how many questions somebody is shown who asks what is kept.
const maxTold = 10

// mine is what a member sees, in private, of what is kept of them: their newest questions, and until when they may ask none.
func (s Asks) mine(who chat.MemberID) any {
	type question struct {
		N      int       `json:"number"`
		Text   string    `json:"words"`
		At     time.Time `json:"at"`
		Passed int       `json:"answers_passed_on,omitempty"`
		Added  int       `json:"additions,omitempty"`
		Closed bool      `json:"taken_away,omitempty"`
	}
	var out struct {
		Drafts []question `json:"drafts,omitempty"`
		Asked  []question `json:"asked_without_a_name,omitempty"`
		Barred time.Time  `json:"may_ask_none_until,omitzero"`
	}
	of := func(list []Question) (own []question) {
		for _, q := range list {
			if q.Who == who {
				own = append(own, question{N: q.N, Text: q.Text, At: q.At, Passed: q.Passed, Added: q.Added, Closed: q.Closed})
			}
		}
		return own[max(0, len(own)-maxTold):]
	}
	out.Drafts, out.Asked = of(s.Drafts), of(s.Open)
	for _, b := range s.Barred {
		if b.Who == who {
			out.Barred = b.Until
		}
	}
	return out
}

// NewAsks returns the rule of /ask: a member writes to the house in private, the house asks the room, and what people answer
// comes back to who asked. It stands behind the gates: what they hold back is no answer.
func NewAsks() rule.Rule {
	return rule.Of[Asks]{
		Title: asks, KeyOf: askKey, Fold: foldAsks, Mine: Asks.mine, Secret: true,
		Ask: []rule.Command{
			{Name: commandAsk, Aliases: []string{"stuck"}, Args: "anonymously QUESTION", Level: chat.Member, Help: "help.ask"},
			{Name: commandPost, Level: chat.Member},
		},
	}
}

func askKey(c chat.Community, e chat.Event) (string, bool) {
	key := string(c.ID)
	switch b := e.Body.(type) {
	case chat.Asked:
		return key, b.Command == commandAsk || b.Command == commandPost
	case chat.Posted:
		return key, !e.Private && !e.By.Bot && e.ReplyTo != nil && strings.HasPrefix(e.ReplyTo.Tag, askTag)
	case chat.Claimed:
		return key, c.ID != "" && b.Gone != ""
	case chat.Forgotten:
		return key, c.ID != ""
	}
	return "", false
}

func foldAsks(c chat.Community, s Asks, e chat.Event) (Asks, []chat.Effect) {
	s = s.pruned(e.Now)
	switch b := e.Body.(type) {
	case chat.Asked:
		return s.asked(c, e, b)
	case chat.Posted:
		return s.answered(c, e, b)
	case chat.Claimed:
		return s.renamed(b.Gone, b.Kept), nil
	case chat.Forgotten:
		return s.renamed(b.Who, ""), nil
	}
	return s, nil
}

// pruned forgets what is over.
func (s Asks) pruned(now time.Time) Asks {
	s.Drafts = slices.DeleteFunc(slices.Clone(s.Drafts), func(q Question) bool { return now.Sub(q.At) > draftFor })
	s.Open = slices.DeleteFunc(slices.Clone(s.Open), func(q Question) bool { return now.Sub(q.At) > openFor })
	s.Barred = slices.DeleteFunc(slices.Clone(s.Barred), func(b Bar) bool { return now.After(b.Until) })
	return s
}

// renamed puts one member in the place of another, or lets the questions of who is erased be.
func (s Asks) renamed(gone, kept chat.MemberID) Asks {
	fit := func(list []Question) []Question {
		var out []Question
		for _, q := range list {
			if q.Who == gone {
				q.Who = kept
			}
			if q.Who != "" {
				out = append(out, q)
			}
		}
		return out
	}
	s.Drafts, s.Open = fit(s.Drafts), fit(s.Open)
	for i := range s.Barred { // the bar of who is erased says nothing of them any more, and is over in two weeks
		if s.Barred[i].Who == gone {
			s.Barred[i].Who = kept
		}
	}
	s.Barred = slices.DeleteFunc(s.Barred, func(b Bar) bool { return b.Who == "" })
	return s
}

func (s Asks) asked(c chat.Community, e chat.Event, b chat.Asked) (Asks, []chat.Effect) {
	v := rule.Speak(c, e)
	if c.ID == "" || e.Member == "" {
		return s, []chat.Effect{rule.Reply(e, v.Say("refuse.nobody"))}
	}
	if b.Command == commandPost {
		return s.chosen(c, e, v, b)
	}
	verb := ""
	if len(b.Args) > 0 && b.Alias != "stuck" {
		verb = strings.ToLower(b.Args[0])
	}
	switch {
	case verb == "close":
		return s.close(c, e, v)
	case !e.Private: // everybody may have read it, so it is nameless no more
		away := chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}}
		return s, []chat.Effect{away, rule.Discreetly(e, v.Say("ask.private"))}
	case verb == "more":
		return s.more(c, e, v, b)
	}
	text := b.Text.Plain
	if slices.Contains([]string{"anonymously", "anonymous", "anon"}, verb) {
		text = strings.TrimSpace(text)[len(b.Args[0]):]
	}
	return s.draft(c, e, v, chat.Uncalled(chat.OneLine(text)))
}

// mayAsk returns the sentence for one who may not ask without a name now, empty if they may.
func (s Asks) mayAsk(c chat.Community, e chat.Event) string {
	card, ok := c.Members.ByID(e.Member)
	today := 0
	for _, q := range s.Open {
		if q.Who == e.Member && e.Now.Sub(q.At) < 24*time.Hour {
			today++
		}
	}
	switch {
	case !ok:
		return "refuse.nobody"
	case card.Settings["sanction"] != "" && rule.Away(chat.Card{Settings: map[string]string{"sanction": card.Settings["sanction"]}}, e.Now):
		return "ask.held"
	case slices.ContainsFunc(s.Barred, func(b Bar) bool { return b.Who == e.Member }):
		return "ask.barred"
	case today >= maxADay:
		return "ask.enough"
	case len(s.Open) >= maxOpen:
		return "ask.many"
	}
	return ""
}

// draft shows somebody what would be asked, and where, before anybody else sees it.
func (s Asks) draft(c chat.Community, e chat.Event, v rule.Voice, text string) (Asks, []chat.Effect) {
	card, _ := c.Members.ByID(e.Member)
	room, ok := roomOf(c, card)
	problem := s.mayAsk(c, e)
	switch n := len([]rune(text)); {
	case problem != "":
		return s, []chat.Effect{rule.Reply(e, v.Say(problem, "n", maxADay))}
	case n < minText:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.how"))}
	case n > maxAsk:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.long", "max", maxAsk, "n", n))}
	case !ok:
		return s, []chat.Effect{rule.Reply(e, v.Say("ask.noroom"))}
	}
	s.Drafts = slices.DeleteFunc(s.Drafts, func(q Question) bool { return q.Who == e.Member })
	if len(s.Drafts) >= maxOpen {
		s.Drafts = s.Drafts[1:]
	}
	s.Count++
	s.Drafts = append(s.Drafts, Question{N: s.Count, Who: e.Member, Room: room.ID, Text: text, At: e.Now})
	n := strconv.Itoa(s.Count)
	return s, []chat.Effect{rule.Reply(e, v.Say("ask.draft", "room", titleOf(room, e.Chat), "text", text),
		chat.Choice{Label: v.Say("ask.draft.yes").Plain, Ask: commandPost + " yes " + n},
		chat.Choice{Label: v.Say("ask.draft.no").Plain, Ask: commandPost + " no " + n})}
}

// roomOf is where a member's question is asked: the room that the house asks, if they read it, else the first that they do.
func roomOf(c chat.Community, card chat.Card) (chat.Room, bool) {
	var first chat.Room
	for _, r := range c.Rooms {
		reads := slices.ContainsFunc(r.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) })
		if !reads || r.Settings[rule.Moderators] == "on" {
			continue
		}
		if r.Settings[settingPrompts] == "on" {
			return r, true
		}
		if first.ID == "" {
			first = r
		}
	}
	return first, first.ID != ""
}

// chosen asks the room, or lets the draft be. What may be is looked at once more: the draft may be an hour old.
func (s Asks) chosen(c chat.Community, e chat.Event, v rule.Voice, b chat.Asked) (Asks, []chat.Effect) {
	n := 0
	if len(b.Args) == 2 {
		n, _ = strconv.Atoi(b.Args[1])
	}
	i := slices.IndexFunc(s.Drafts, func(q Question) bool { return q.N == n && q.Who == e.Member })
	if i < 0 || !e.Private {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("ask.over"))}
	}
	q := s.Drafts[i]
	s.Drafts = slices.Delete(s.Drafts, i, i+1)
	if b.Args[0] != "yes" {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("ask.dropped"))}
	}
	room, ok := c.Room(q.Room)
	if problem := s.mayAsk(c, e); problem != "" || !ok {
		if problem == "" {
			problem = "ask.noroom"
		}
		return s, []chat.Effect{rule.Discreetly(e, v.Say(problem, "n", maxADay))}
	}
	q.At = e.Now
	s.Open = append(s.Open, q)
	out := rule.Everywhere(c, room, q.tag(), func(v rule.Voice) chat.Text { return v.Say("ask.post", "text", q.Text) })
	return s, append(out, rule.Discreetly(e, v.Say("ask.done", "room", titleOf(room, e.Chat))))
}
