package health

import (
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// pictured is how many weeks the picture shows, at least pictureFrom.
	pictured    = 12
	pictureFrom = 2
	// maxNames is the most newcomers who are named to the organisers.
	maxNames = 20
)

// answer is what /health says: to everybody, so without a name.
func (s State) answer(c chat.Community, ask Ask, wins []chat.Line, now time.Time) chat.Effect {
	n := s.numbers(c, now)
	n.Won = winsIn(wins, now)
	v := rule.Aloud(c, ask.Chat.Platform)
	if card, ok := c.Members.ByID(ask.Who); ok && ask.Private {
		v = rule.To(c, card, ask.Chat.Platform)
	}
	out := chat.Send{To: ask.Chat}
	if !ask.Ref.IsZero() {
		out.Answer = &chat.Answer{Target: chat.Target{Refs: []chat.Ref{ask.Ref}}, Name: ask.Name}
	}
	if n.Members < fewest {
		out.Text = v.Say("health.small", "few", fewest)
		return out
	}
	out.Text = lines(v.Say("health.head"), n.shown(v))
	if ask.Chat.Platform == chat.Local {
		return out
	}
	if out.Parts = s.picture(v); len(out.Parts) > 0 {
		out.Text = lines(out.Text, s.pictureTold(v))
	}
	return out
}

// letter is what organisers read on Mondays.
func (s State) letter(c chat.Community, v rule.Voice, w Week) chat.Text {
	text := lines(v.Say("health.letter", "until", w.Numbers.At.Add(-time.Minute)), w.Numbers.shown(v))
	if names := s.names(c, w.Numbers.At); names != "" {
		text = lines(text, v.Say("health.waiting", "names", names))
	}
	if s.picture(v) != nil {
		text = lines(text, s.pictureTold(v))
	}
	return text
}

func (s State) names(c chat.Community, now time.Time) string {
	var names []string
	for _, card := range s.waiting(c, now) {
		if card.Name != "" && len(names) < maxNames {
			names = append(names, card.Name)
		}
	}
	return strings.Join(names, ", ")
}

func lines(texts ...chat.Text) chat.Text {
	out := texts[0]
	for _, t := range texts[1:] {
		out = out.Append(chat.Plain("\n"), t)
	}
	return out
}

// shown says the four numbers.
func (n Numbers) shown(v rule.Voice) chat.Text {
	wrote := v.Say("health.wrote", "band", n.wroteBand(), "percent", percent(n.Wrote, n.Members), "week", percent(n.WroteWeek, n.Members))
	if n.Active > 0 {
		wrote = wrote.Append(chat.Plain(" "), v.Say("health.share", "share", percent(n.WroteWeek, n.Active)))
	}
	wins := v.Say("health.wins.none")
	if n.Wins > 0 {
		wins = v.Say("health.wins", "band", n.winsBand(), "week", n.WinsWeek, "month", n.Wins, "rate", n.rate(), "job", n.Job, "solved", n.Solved,
			"collab", n.Collab, "other", n.Other)
	}
	out := lines(v.Say("health.active", "band", n.activeBand(), "percent", percent(n.Active, n.Members), "n", n.Active, "of", n.Members),
		wrote, n.Replies.shown(v), wins)
	if n.Excluded > 0 {
		out = lines(out, v.Say("health.excluded", "n", n.Excluded))
	}
	return out
}

// rate is the wins for each hundred members in four weeks.
func (n Numbers) rate() string {
	if n.Members == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 100*float64(n.Wins)/float64(n.Members))
}

// shown says how soon newcomers were answered.
func (r Replies) shown(v rule.Voice) chat.Text {
	switch {
	case r.Posts == 0:
		return v.Say("health.replies.none")
	case r.Posts < fewest:
		return v.Say("health.replies.few", "n", r.Posts)
	}
	first := v.Say("health.replies.never", "band", r.replyBand())
	if r.Median != never {
		first = v.Say("health.replies.median", "band", r.replyBand(), "median", r.Median)
	}
	slow := v.Say("health.replies.most.never")
	if r.P90 != never {
		slow = v.Say("health.replies.most", "most", r.P90)
	}
	rest := v.Say("health.replies.rest", "share", percent(r.InADay, r.Posts), "others", percent(r.Others, r.Answered), "waiting", r.Waiting)
	return first.Append(chat.Plain(" "), slow, chat.Plain(" "), rest)
}

// recent are the weeks of the picture.
func (s State) recent() []Week {
	var out []Week
	for _, w := range s.Weeks[max(0, len(s.Weeks)-pictured):] {
		if w.Numbers.Members >= fewest {
			out = append(out, w)
		}
	}
	return out
}

// picture is a drawing of the last weeks, which is made when it is sent: its key has the numbers, week by week.
func (s State) picture(v rule.Voice) []chat.Part {
	weeks := s.recent()
	if len(weeks) < pictureFrom {
		return nil
	}
	var points []string
	for _, w := range weeks {
		n := w.Numbers
		points = append(points, fmt.Sprintf("%s-%d-%d", w.Start.In(v.Zone).Format("20060102"), percent(n.Active, n.Members), percent(n.Wrote, n.Members)))
	}
	key := "chart/" + strings.Join(points, ".")
	return []chat.Part{{
		Kind: chat.Photo, Media: chat.Media{Platform: chat.Local, Key: key, MIME: "image/png", Name: "weeks.png"},
		Line: v.Say("health.picture.line").Plain,
	}}
}

// pictureTold says what the picture shows, for whoever cannot see it.
func (s State) pictureTold(v rule.Voice) chat.Text {
	weeks := s.recent()
	var active, wrote []string
	for _, w := range weeks {
		n := w.Numbers
		active = append(active, fmt.Sprint(percent(n.Active, n.Members)))
		wrote = append(wrote, fmt.Sprint(percent(n.Wrote, n.Members)))
	}
	return v.Say("health.picture", "weeks", len(weeks), "active", strings.Join(active, " "), "wrote", strings.Join(wrote, " "))
}
