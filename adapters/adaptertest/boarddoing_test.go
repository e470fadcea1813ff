package adaptertest

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// bot is the account of the bot; ghosts are called after the person.
const bot = "bot"

func (a *boardAdapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	var files []world.Media
	var err error
	switch e := d.Effect.(type) {
	case chat.Send:
		files, err = a.fetch(ctx, e.Parts)
	case chat.Edit:
		files, err = a.fetch(ctx, e.Parts)
	}
	if err != nil {
		return adapters.Receipt{}, a.errorOf(err)
	}
	key := string(d.ID)
	if a.flaw == "does things twice" {
		key = ""
	}
	r := adapters.Receipt{}
	made, err := a.board.call(key, func() (adapters.Receipt, error) { return a.act(d.Effect, files) })
	if err == nil {
		r = made
	}
	return r, a.errorOf(err)
}

// act carries out an effect; the board's lock is held.
func (a *boardAdapter) act(e chat.Outgoing, files []world.Media) (r adapters.Receipt, err error) {
	to := e.Where()
	var ids []string
	switch e := e.(type) {
	case chat.Send:
		ids, err = a.send(to.ID, e, files)
	case chat.Edit:
		ids, err = a.edit(to.ID, e, files)
	case chat.Delete:
		err = a.remove(to.ID, e.Target.Refs)
	case chat.React:
		if a.flaw == "takes back others' reactions" && !e.On {
			for _, name := range []string{"Gita Ginger", "Hugo Honey"} {
				_ = a.board.react("", name, to.ID, e.Target.Refs[0].ID, e.Emoji, false, true)
			}
		}
		err = a.board.react(e.As.Identity.String(), e.As.Name, to.ID, e.Target.Refs[0].ID, e.Emoji, e.On, true)
	case chat.Whisper:
		to.ID, ids, err = a.whisper(to.ID, e)
	case chat.Vote:
		err = a.vote(to.ID, e)
	case chat.Open:
		return a.openRoom(e)
	case chat.Shut:
		err = a.shutRoom(e)
	case chat.EndPoll:
		err = a.board.endPoll(to.ID, e.Target.Refs[0].ID)
	default:
		return a.govern(e)
	}
	for _, id := range ids {
		r.Refs = append(r.Refs, chat.Ref{Chat: to, ID: id})
	}
	return r, err
}

func (a *boardAdapter) errorOf(err error) error {
	var limited limitedError
	switch {
	case err == nil:
		return nil
	case a.flaw == "errors are plain":
		return errors.New(err.Error())
	case errors.As(err, &limited) && a.flaw == "waits as it likes":
		return adapters.Retry(time.Second, err)
	case errors.As(err, &limited):
		return adapters.Retry(limited.after, err)
	case errors.Is(err, errDown) && a.flaw == "gives up":
		return adapters.Refused(chat.Broken, err)
	case errors.Is(err, errDown):
		return adapters.Retry(0, err)
	case errors.Is(err, errMissing):
		return adapters.Refused(chat.NotFound, err)
	case errors.Is(err, errNoMeans):
		return adapters.Refused(chat.Unsupported, err)
	case errors.Is(err, errNotYour):
		return adapters.Refused(chat.Forbidden, err)
	case errors.Is(err, adapters.ErrTooLarge):
		return adapters.Refused(chat.TooLarge, err)
	}
	return err
}

func (a *boardAdapter) fetch(ctx context.Context, parts []chat.Part) ([]world.Media, error) {
	var out []world.Media
	for _, p := range parts {
		if p.Media.Key == "" {
			continue
		}
		if a.flaw == "does not hear cancel" {
			ctx = context.WithoutCancel(ctx)
		}
		r, err := a.open(ctx, p.Media, 1<<20)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		kind := p.Kind
		if kind == chat.Photo && a.flaw == "shows photos as files" {
			kind = chat.File
		}
		hidden := p.Hidden && a.flaw != "uncovers photos"
		out = append(out, world.Media{Kind: kind, Name: p.Media.Name, MIME: p.Media.MIME, Bytes: b, Hidden: hidden})
	}
	return out, nil
}

// pieces splits a text as the board wants it, and drops what the flaw does not show.
func (a *boardAdapter) pieces(t chat.Text) []chat.Text {
	if a.flaw == "lies about bold" {
		t.Spans = nil
	}
	if a.flaw == "lies about underline" {
		for i := range t.Spans {
			if t.Spans[i].Style == chat.Underline {
				t.Spans[i].Style = chat.Italic
			}
		}
	}
	if a.flaw == "counts bytes" {
		for i := range t.Spans {
			t.Spans[i].Start += len(t.Plain) - t.Len()
		}
	}
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Style == chat.Cite && a.flaw != "leads nowhere" {
			s.Style, s.Value = chat.Hyperlink, "https://board.example/"+s.Value
		}
		if s := &t.Spans[i]; s.Style == chat.Mention && !strings.HasPrefix(s.Value, string(onBoard)+":") {
			s.Style = "none"
		}
	}
	out := t.Normal().Split(boardText, chat.Units)
	if len(out) > 1 && a.flaw == "cuts long texts" {
		out = out[:1]
	}
	if len(out) == 0 {
		out = []chat.Text{{}}
	}
	return out
}

// author returns the account and the name that a message is posted under.
func author(as *chat.Person) (id, name string) {
	if as == nil {
		return bot, "Potluck"
	}
	return as.Identity.String(), as.Name
}

func (a *boardAdapter) send(group string, e chat.Send, files []world.Media) ([]string, error) {
	by, name := author(e.As)
	if a.flaw == "hides names" {
		name = "Potluck"
	}
	var ids []string
	for i, t := range a.pieces(e.Text) {
		what := world.Say{Text: t}
		if i == 0 {
			what.Media = files
			a.stand(&what, e)
		}
		id, err := a.board.post(group, by, name, true, what)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, a.offer(group, ids[len(ids)-1], e.Choices)
}

// offer puts choices under a message: buttons, or keycaps to tap on.
func (a *boardAdapter) offer(group, id string, choices []chat.Choice) error {
	_, m, err := a.board.find(group, id)
	if err != nil {
		return err
	}
	if len(choices) == 0 && a.flaw == "keeps old choices" {
		return nil
	}
	m.Choices = nil
	for n := range chat.MaxChoices {
		if a.board.plain {
			_ = a.board.react(bot, "Potluck", group, id, chat.Keycap(n), n < len(choices), true)
		} else if n < len(choices) && a.flaw != "loses choices" {
			m.Choices = append(m.Choices, choices[n].Label)
		}
	}
	return nil
}

func (a *boardAdapter) edit(group string, e chat.Edit, files []world.Media) ([]string, error) {
	by, name := author(e.As)
	if len(e.Target.Refs) == 0 {
		return nil, errMissing
	}
	var made []string
	pieces := a.pieces(e.Text)
	for i, ref := range e.Target.Refs {
		if i >= len(pieces) {
			if err := a.board.remove(by, group, ref.ID, true); err != nil {
				return nil, err
			}
			continue
		}
		if a.flaw == "edits the first" && i > 0 {
			break
		}
		if err := a.board.edit(by, group, ref.ID, pieces[i], files, true); err != nil {
			return nil, err
		}
		files = nil
	}
	for _, t := range pieces[min(len(pieces), len(e.Target.Refs)):] {
		id, err := a.board.post(group, by, name, true, world.Say{Text: t})
		if err != nil {
			return nil, err
		}
		made = append(made, id)
	}
	return made, a.offer(group, e.Target.Refs[0].ID, e.Choices)
}

func (a *boardAdapter) remove(group string, refs []chat.Ref) error {
	for i, ref := range refs {
		if i > 0 && a.flaw == "deletes the first" {
			break
		}
		_, m, err := a.board.find(group, ref.ID)
		if err == nil && a.flaw == "deletes its own alone" && !m.FromBot {
			err = errNotYour
		}
		if err == nil {
			err = a.board.remove(m.Author, group, ref.ID, true)
		}
		if err != nil && a.flaw != "accepts nonsense" {
			return err
		}
	}
	return nil
}

func (a *boardAdapter) whisper(group string, e chat.Whisper) (string, []string, error) {
	if a.flaw == "whispers only from a room" && group == e.Who.ID {
		return "", nil, errNotYour
	}
	to := "private-" + e.Who.ID
	if a.board.names[e.Who.ID] != "" && !a.board.plain && a.flaw != "tells secrets" {
		to = a.board.alone(e.Who.ID)
	}
	if a.board.groups[to] == nil {
		if e.Secret && a.flaw != "tells secrets" {
			return "", nil, errNotYour
		}
		to = group
	}
	id, err := a.board.post(to, bot, "Potluck", true, world.Say{Text: e.Text})
	if err != nil {
		return "", nil, err
	}
	err = a.offer(to, id, e.Choices)
	switch a.flaw {
	case "forgets what it whispered":
		return to, nil, err
	case "takes a whisper for said in the group":
		return group, []string{id}, err
	}
	return to, []string{id}, err
}
