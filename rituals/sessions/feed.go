package sessions

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// feedTag begins the tag of the question for the page's address: whose feed, and who has asked, stand behind it.
const feedTag = "calendar feed:"

// refreshEvery is how often the feeds are looked at though nothing has happened here.
const refreshEvery = 6 * time.Hour

const (
	feedType = "text/calendar; charset=utf-8"
	maxFeed  = 256_000 // bytes of a page
)

// Feed is a calendar that programs read.
type Feed struct {
	// Who has it; empty = it is the community's.
	Who chat.MemberID `json:"who,omitempty"`
	// Token is the part of its address that nobody can guess.
	Token string `json:"token"`
	// Sum is that of what it shows.
	Sum string `json:"sum,omitempty"`
}

func (f Feed) page() string { return "calendar/" + f.Token + ".ics" }

// Told is how often a ritual has changed.
type Told struct {
	ID       string    `json:"id"`
	Sum      string    `json:"sum"`
	Sequence int       `json:"sequence,omitempty"`
	Changed  time.Time `json:"changed"`
}

// askedFeed is /calendar feed: an address for the asker's own dates, or with "all" for the community's.
func (t *turn) askedFeed(words []string) {
	whose, verb := t.e.Member, ""
	for _, w := range words {
		switch w = strings.ToLower(w); w {
		case "all", "community":
			whose = ""
		case "rotate", "off":
			verb = w
		default:
			t.answer("session.feed.how")
			return
		}
	}
	switch {
	case t.e.Member == "" || t.e.Level < chat.Member:
		t.answer("session.feed.members")
		return
	case whose == "" && t.e.Level < chat.Organiser:
		t.answer("session.feed.organisers")
		return
	}
	i := slices.IndexFunc(t.s.Feeds, func(f Feed) bool { return f.Who == whose })
	if verb != "" && i >= 0 { // the old address shows nothing any more
		t.do(chat.Show{Page: t.s.Feeds[i].page()})
		t.s.Feeds = slices.Delete(t.s.Feeds, i, i+1)
		i = -1
	}
	switch {
	case verb == "off":
		t.answer("session.feed.off")
		return
	case i < 0 && len(t.s.Feeds) >= maxFeeds:
		t.answer("session.feed.toomany")
		return
	case i < 0:
		t.s.Feeds = append(t.s.Feeds, Feed{Who: whose, Token: token16(t.e.Seed)})
	}
	tag := feedTag + string(t.e.Member)
	if whose == "" {
		tag += "/all"
	}
	t.do(chat.Invite{To: chat.Chat{Platform: chat.Web, ID: string(t.c.ID)}, Who: t.e.By.Identity, Tag: tag})
	if !t.e.Private {
		t.answer("page.coming")
	}
}

// token16 makes an address of an event's seed. The seed itself is not shown: other codes are made of it, too.
func token16(seed [16]byte) string {
	sum := sha256.Sum256(append([]byte("calendar feed"), seed[:]...))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// feedAsked finds whose feed the answer of the web is about, and who has asked.
func (t *turn) feedAsked() (f Feed, asker chat.Card, ok bool) {
	who, all := strings.CutSuffix(strings.TrimPrefix(t.e.Tag, feedTag), "/all")
	asker, known := t.c.Members.ByID(chat.MemberID(who))
	i := slices.IndexFunc(t.s.Feeds, func(f Feed) bool { return f.Who == chat.MemberID(who) && !all || f.Who == "" && all })
	if !known || i < 0 || all && asker.Level < chat.Organiser {
		return Feed{}, chat.Card{}, false
	}
	return t.s.Feeds[i], asker, true
}

// addressed tells who has asked the address. The web says where its talk is; the calendars stand beside it.
func (t *turn) addressed(link string) {
	f, asker, ok := t.feedAsked()
	base, _, found := strings.Cut(link, "/talk")
	if !ok || !found {
		return
	}
	t.do(rule.Secretly(t.c, asker, "", func(v rule.Voice) chat.Text {
		if f.Who == "" {
			return v.Say("session.feed.all", "link", base+"/"+f.page())
		}
		return v.Say("session.feed.own", "link", base+"/"+f.page())
	})...)
}

// unaddressed tells that there are no pages here, and keeps none up to date.
func (t *turn) unaddressed(why chat.Reason) {
	if f, asker, ok := t.feedAsked(); ok && why == chat.Unsupported {
		t.s.Feeds = slices.DeleteFunc(t.s.Feeds, func(other Feed) bool { return other.Who == f.Who })
		t.do(rule.Secretly(t.c, asker, "", func(v rule.Voice) chat.Text { return v.Say("page.off") })...)
	}
}

// feedsOf takes away the feed of a member who is gone; if he is another one now, that one's feed is enough.
func (t *turn) feedsOf(gone, kept chat.MemberID) {
	i := slices.IndexFunc(t.s.Feeds, func(f Feed) bool { return f.Who == gone && gone != "" })
	if i < 0 {
		return
	}
	if kept != "" && !slices.ContainsFunc(t.s.Feeds, func(f Feed) bool { return f.Who == kept }) {
		t.s.Feeds[i].Who = kept
		return
	}
	t.do(chat.Show{Page: t.s.Feeds[i].page()})
	t.s.Feeds = slices.Delete(t.s.Feeds, i, i+1)
}

// version is another whenever something has changed that stands in more than one member's calendar.
func (t *turn) version() string {
	if len(t.s.Feeds) == 0 {
		return ""
	}
	var b strings.Builder
	for _, s := range t.s.Sessions {
		name := ""
		if s.Date != nil {
			name = s.Date.Name
		}
		fmt.Fprintln(&b, s.ID, s.Sequence, s.Changed.UnixNano(), name, s.Over.UnixNano(), s.Cancelled)
	}
	for _, r := range t.s.Rituals {
		fmt.Fprintln(&b, r.ID, r.Sequence)
	}
	return b.String()
}

// showFeeds shows the pages of which something has changed. There can be many: one whose member has done nothing is only
// looked at when something has changed that concerns all, or now and then.
func (t *turn) showFeeds(before string) {
	if len(t.s.Feeds) == 0 {
		t.s.Feeds, t.s.Rituals, t.s.Quiet, t.s.Refreshed = nil, nil, "", time.Time{}
		return
	}
	t.noteQuiet()
	t.noteRituals()
	all := before != t.version()
	if t.e.Now.Sub(t.s.Refreshed) >= refreshEvery {
		t.s.Refreshed, all = t.e.Now.Truncate(refreshEvery), true
	}
	for i, f := range t.s.Feeds {
		if !all && f.Sum != "" && !t.touched[f.Who] {
			continue
		}
		data := t.feed(f)
		if len(data) > maxFeed {
			continue // what is shown stays; the limits of titles, texts and numbers keep it smaller
		}
		sum := sumOf(data)
		if sum == f.Sum {
			continue
		}
		t.s.Feeds[i].Sum = sum
		t.do(chat.Show{Page: f.page(), Type: feedType, Data: data})
	}
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// noteQuiet counts that a quiet week takes dates out of every series, or gives them back.
func (t *turn) noteQuiet() {
	quiet := "none"
	if days := rule.QuietDays(t.c); len(days) > 0 {
		quiet = sumOf(fmt.Append(nil, days))
	}
	known := t.s.Quiet
	t.s.Quiet = quiet
	if known == "" || known == quiet {
		return
	}
	for _, s := range t.active() {
		if s.Rule != "" {
			s.changed(t.e.Now)
		}
	}
}

// noteRituals counts the changes of the rituals, which their rule does not tell.
func (t *turn) noteRituals() {
	var out []Told
	for _, r := range rituals(t.c) {
		told := Told{ID: r.ID, Sum: sumOf([]byte(strings.Join([]string{r.Name, r.Rule, r.Start, r.Zone, r.Room}, "\n") + t.s.Quiet)), Changed: t.e.Now}
		i := slices.IndexFunc(t.s.Rituals, func(x Told) bool { return x.ID == r.ID })
		if i >= 0 {
			told.Sequence, told.Changed = t.s.Rituals[i].Sequence, t.s.Rituals[i].Changed
			if t.s.Rituals[i].Sum != told.Sum {
				told.Sequence, told.Changed = told.Sequence+1, t.e.Now
			}
		}
		out = append(out, told)
	}
	t.s.Rituals = out
}
