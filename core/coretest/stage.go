package coretest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// stage is where a script is played.
type stage struct {
	t        *testing.T
	rules    func() []rule.Rule
	restarts bool // after every event
	drafts   []Draft

	engine  *core.Engine
	store   *Store
	now     time.Time
	seq     uint64
	count   int
	out     []string
	numbers numbers
	code    string                     // shown last
	before  string                     // shown before that
	labels  map[string]string          // ref → what the script calls the message
	refs    map[string]chat.Ref        // label → the original
	effects map[chat.EffectID]string   // Send → label, for targets that have no ref yet
	refused map[chat.Chat]chat.Reason  // the next effect there fails
	slow    map[chat.Chat][]chat.Event // receipts that are held back there
	texts   map[string]string          // ref → the words of a message without a label
	last    map[chat.Chat]chat.Ref     // what the house has said last there
	offers  map[chat.Chat]chat.Ref     // the last of it that offers choices
	older   map[chat.Chat]chat.Ref     // and the one before that
	written map[chat.EventID]string    // what people have posted → label
	parts   map[string][]chat.Part     // ref → what people have sent with it
	unseen  map[string]chat.Ref        // label and chat → what was named before it was there
	called  string                     // what the line that is played calls its message
	always  map[refusedKind]chat.Reason
	once    map[refusedKind]chat.Reason
	notes   map[chat.Chat][]string             // of the next receipt there
	counts  map[chat.Platform]*core.LedgerLine // what was shown and what came
}

// refusedKind is a kind of effects in one chat.
type refusedKind struct {
	in   chat.Chat
	kind string
}

var (
	action  = regexp.MustCompile(`^(\*?)(\w+)@(\w+)/([\w-]+)(?: ([^:]*?))?(?:: (.*))?$`)
	refusal = regexp.MustCompile(`^(\w+)/([\w-]+) (refuses|takes|notes) (.+)$`)
	pace    = regexp.MustCompile(`^(\w+)/([\w-]+) (is slow|catches up)$`)
	offered = regexp.MustCompile(`within 15 minutes.*\n\W*(?:link|claim) ([2-9A-HJ-NP-Z-]{9})`)
	holes   = regexp.MustCompile(`\{\w+\}`)
	codes   = regexp.MustCompile(`\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b`)
)

func (s *stage) do(line string) error {
	if d, ok := strings.CutPrefix(line, "wait "); ok {
		wait, err := time.ParseDuration(d)
		if err != nil {
			return err
		}
		return s.wait(wait)
	}
	if d, ok := strings.CutPrefix(line, "stand still "); ok {
		pause, err := time.ParseDuration(d)
		if err != nil {
			return err
		}
		s.now = s.now.Add(pause)
		return s.wait(0)
	}
	if m := refusal.FindStringSubmatch(line); m != nil {
		s.refuse(chat.Chat{Platform: chat.Platform(m[1]), ID: m[2]}, m[3], m[4])
		return nil
	}
	if m := pace.FindStringSubmatch(line); m != nil {
		return s.hold(chat.Chat{Platform: chat.Platform(m[1]), ID: m[2]}, m[3] == "is slow")
	}
	m := action.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not a line of a script")
	}
	e := chat.Event{
		At: s.now, Chat: chat.Chat{Platform: chat.Platform(m[3]), ID: m[4]}, Title: strings.ToUpper(m[4][:1]) + m[4][1:],
		By: chat.Person{
			Identity: chat.Identity{Platform: chat.Platform(m[3]), ID: m[2]},
			Name:     strings.ToUpper(m[2][:1]) + m[2][1:], Level: chat.Member,
		},
	}
	if m[1] == "*" {
		e.By.Level = chat.Organiser
	}
	if m[4] == "private" {
		e.Chat.ID, e.Private, e.Title = m[2], true, ""
		if e.Chat.Platform == chat.Web {
			e.Chat.ID = firstCommunity + "." + m[2]
		}
	}
	switch m[2] {
	case "anonymous":
		e.By.Anonymous, e.By.Level = true, chat.Organiser
	case "robot":
		e.By.Bot = true
	case "nameless":
		e.By.Name = ""
	}
	e.Body = s.body(&e, strings.Fields(m[5]), strings.ReplaceAll(m[6], " / ", "\n"))
	if e.Body == nil {
		return fmt.Errorf("nobody can %q", m[5])
	}
	if p, ok := e.Body.(chat.Posted); ok {
		s.texts[p.Ref.String()], s.parts[p.Ref.String()] = p.Text.Plain, p.Parts
	}
	return s.happen(e)
}

// name makes a ref for a new message.
func (s *stage) name(c chat.Chat, label string) chat.Ref {
	s.count++
	r := chat.Ref{Chat: c, ID: strconv.Itoa(s.count)}
	if label != "" {
		place := label + "@" + c.String()
		if early, named := s.unseen[place]; named {
			r = early
			delete(s.unseen, place)
		}
		s.labels[r.String()], s.refs[place] = label, r
	}
	return r
}

// nameCopy makes a ref for what the house posts for a member.
func (s *stage) nameCopy(c chat.Chat, label string) chat.Ref {
	if _, taken := s.refs[label+"@"+c.String()]; taken && label != "" {
		label += "+"
	}
	return s.name(c, label)
}

// refIn returns the ref that a message has in a chat.
func (s *stage) refIn(c chat.Chat, label string) chat.Ref {
	if label == "potluck" {
		return s.last[c]
	}
	if r, ok := s.refs[label+"@"+c.String()]; ok {
		return r
	}
	early := chat.Ref{Chat: c, ID: "unknown-" + label}
	s.unseen[label+"@"+c.String()] = early
	return early
}

// refuse notes which effects in a chat fail from now on, or no more, and what the next receipt there notes.
func (s *stage) refuse(c chat.Chat, verb, rest string) {
	what, why, of := strings.Cut(rest, " with ")
	switch one, next := strings.CutPrefix(what, "a "); {
	case verb == "notes":
		s.notes[c] = append(s.notes[c], rest)
	case verb == "takes":
		delete(s.always, refusedKind{c, strings.TrimSuffix(rest, "s")})
	case !of:
		s.refused[c] = chat.Reason(rest)
	case next:
		s.once[refusedKind{c, one}] = chat.Reason(why)
	default:
		s.always[refusedKind{c, strings.TrimSuffix(what, "s")}] = chat.Reason(why)
	}
}

// refusal returns why an effect fails, if it does.
func (s *stage) refusal(e chat.Outgoing) (chat.Reason, bool) {
	of := refusedKind{e.Where(), strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "chat."))}
	if why, refused := s.refused[of.in]; refused {
		delete(s.refused, of.in)
		return why, true
	}
	if why, refused := s.once[of]; refused {
		delete(s.once, of)
		return why, true
	}
	why, refused := s.always[of]
	return why, refused
}

// hold keeps the receipts of a chat back, or tells those that were kept.
func (s *stage) hold(c chat.Chat, back bool) error {
	late := s.slow[c]
	delete(s.slow, c)
	if back {
		s.slow[c] = []chat.Event{}
	}
	for _, receipt := range late {
		if err := s.happen(receipt); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) wait(d time.Duration) error {
	end := s.now.Add(d)
	for {
		next := s.engine.NextDue()
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(s.now) {
			s.now = next
		}
		if err := s.happen(chat.Event{At: s.now, Body: chat.Due{}}); err != nil {
			return err
		}
	}
	s.now = end
	return nil
}

// happen folds an event, shows the effects and tells their receipts, until it is quiet.
func (s *stage) happen(e chat.Event) error {
	queue := []chat.Event{e}
	for len(queue) > 0 {
		e, queue = queue[0], queue[1:]
		s.seq++
		if e.ID == "" {
			e.ID = chat.EventID("e" + strconv.FormatUint(s.seq, 10))
		}
		label := ""
		if p, ok := e.Body.(chat.Posted); ok {
			label = s.labels[p.Ref.String()]
			s.written[e.ID] = label
		}
		data, err := chat.EncodeEvent(e)
		if err != nil {
			return err
		}
		if s.restarts {
			s.start()
		}
		rows, err := s.engine.Fold([]core.Entry{{Seq: s.seq, At: s.now, Data: data}})
		if err != nil {
			return err
		}
		s.came(e)
		for _, row := range rows {
			d, err := chat.DecodeDispatch(row.Data)
			if err != nil {
				return err
			}
			receipt := s.show(d, label)
			s.shown(d.Effect, receipt)
			if late, slow := s.slow[d.Effect.Where()]; slow {
				s.slow[d.Effect.Where()] = append(late, receipt)
				continue
			}
			queue = append(queue, receipt)
			if queue, err = s.drafted(queue, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// show writes an effect down and returns its receipt.
func (s *stage) show(d chat.Dispatch, label string) chat.Event {
	event, _, _ := strings.Cut(string(d.ID), "#")
	if of, ok := s.written[chat.EventID(event)]; ok { // an album's come later than what is called so
		label = of
	}
	to := d.Effect.Where()
	receipt := chat.Event{ID: chat.EventID(d.ID + "!"), At: s.now, Chat: to}
	where := "  " + string(to.Platform) + "/" + to.ID + ": "
	if why, refused := s.refusal(d.Effect); refused {
		s.out = append(s.out, where+"(refused, "+string(why)+")")
		receipt.Body = chat.Failed{Effect: d.ID, Why: why}
		return receipt
	}
	sent := chat.Sent{Effect: d.ID}
	switch x := d.Effect.(type) {
	case chat.Send:
		if x.As == nil {
			label = ""
		}
		s.effects[d.ID] = label
		sent.Refs = []chat.Ref{s.nameCopy(to, label)}
		s.saidBy(x.As == nil, sent.Refs[0], x.Tag, x.Choices)
	case chat.Whisper:
		in := chat.Chat(x.Who)
		sent.Refs = []chat.Ref{s.name(in, "")}
		receipt.Chat = in
		s.saidBy(true, sent.Refs[0], x.Tag, x.Choices)
	case chat.Edit:
		if len(x.Choices) > 0 && len(x.Target.Refs) > 0 {
			s.offers[to] = x.Target.Refs[0]
		}
	case chat.Open: // a script finds it under its title: "Small table" is small-table
		sent.Made = chat.Chat{Platform: to.Platform, ID: strings.ToLower(strings.Join(strings.Fields(x.Title), "-"))}
	case chat.Invite:
		sent.Link = map[chat.Platform]string{chat.Web: "https://table.example.org/talk", chat.Telegram: "https://t.me/+" + x.Who.ID}[to.Platform]
	}
	sent.Notes = s.notes[to]
	delete(s.notes, to)
	words := s.words(d.Effect)
	if hole := holes.FindString(words); hole != "" && !isRelayed(d.Effect) {
		s.t.Errorf("there is a hole in %s%s", where, words)
	}
	s.out = append(s.out, where+s.numbers.hide(words))
	receipt.Body = sent
	return receipt
}
