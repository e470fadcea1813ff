package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// boardAdapter is an adapter for the board that keeps the contract, except for its flaw.
type boardAdapter struct {
	board  *board
	open   adapters.Opener
	cursor adapters.Cursor
	flaw   string
	count  int
}

var _ adapters.Adapter = (*boardAdapter)(nil)

const boardText = 600 // characters of a message

func (a *boardAdapter) Platform() chat.Platform { return onBoard }

func (a *boardAdapter) Features() chat.Features {
	f := chat.Features{
		Platform: onBoard, Shows: map[chat.Kind]chat.Support{}, TextLimit: boardText, CaptionLimit: boardText,
		MediaLimit: 1 << 20, FetchLimit: 1 << 20, Idempotent: true, Ghosts: true,
	}
	for _, k := range chat.Kinds() {
		f.Shows[k] = chat.Support{How: chat.Native}
	}
	for _, k := range []chat.Kind{"forward", "location", "contact", "poll", "dice", "other", "avatar"} {
		f.Shows[k] = chat.Support{How: chat.Degraded, Note: string(k) + " told in words"}
	}
	f.Shows["underline"] = chat.Support{How: chat.Refused, Note: "no underline"}
	f.Shows["video note"] = chat.Support{How: chat.Degraded, Note: "round video shown as video"}
	if a.flaw == "no answer" {
		delete(f.Shows, "dice")
	}
	if a.flaw == "lies about underline" {
		f.Shows["underline"] = chat.Support{How: chat.Native}
	}
	return f
}

func (a *boardAdapter) Run(ctx context.Context, in adapters.In) error {
	if a.flaw == "leaks" {
		go a.forever()
	}
	saved, err := a.cursor.Load()
	if err != nil {
		return fmt.Errorf("load cursor: %w", err)
	}
	at, _ := strconv.Atoi(saved)
	if a.flaw == "forgets its position" {
		a.board.mu.Lock()
		at = len(a.board.updates)
		a.board.mu.Unlock()
	}
	for ctx.Err() == nil {
		updates, err := a.board.since(ctx, at)
		if err != nil {
			if a.flaw == "gives up" && ctx.Err() == nil {
				return err
			}
			pause(ctx, 5*time.Millisecond)
			continue
		}
		if a.flaw == "reorders" {
			pause(ctx, 2*time.Millisecond)
			updates, _ = a.board.since(ctx, at)
			if len(updates) > 1 && updates[0].kind == "posted" && updates[1].kind == "posted" {
				updates[0], updates[1] = updates[1], updates[0]
			}
		}
		for i := 0; i < len(updates); i++ {
			if a.flaw == "confirms too early" {
				_ = a.cursor.Save(strconv.Itoa(at + 1))
			}
			if err := a.deliver(ctx, in, at, updates[i]); err != nil {
				if a.flaw == "confirms too early" && ctx.Err() == nil {
					at++
				}
				pause(ctx, 5*time.Millisecond)
				break
			}
			at++
			if err := a.cursor.Save(strconv.Itoa(at)); err != nil {
				return fmt.Errorf("save cursor: %w", err)
			}
		}
	}
	if a.flaw == "stops late" {
		time.Sleep(1050 * time.Millisecond)
	}
	return nil
}

func (a *boardAdapter) forever() { select {} }

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (a *boardAdapter) deliver(ctx context.Context, in adapters.In, n int, u update) error {
	if u.own && a.flaw != "hears itself" {
		return nil
	}
	body := a.body(u)
	if body == nil {
		return nil
	}
	a.count++
	if _, ok := body.(chat.Posted); ok && a.flaw == "drops" && a.count%7 == 0 {
		return nil
	}
	e := chat.Event{
		ID: chat.EventID(fmt.Sprintf("board:%d", n)), At: u.at, Chat: chat.Chat{Platform: onBoard, ID: u.group}, Private: u.private,
		By: chat.Person{Identity: chat.Identity{Platform: onBoard, ID: u.by}, Name: u.name}, Body: body,
	}
	if a.flaw == "names events anew" {
		e.ID = chat.EventID(fmt.Sprintf("board:%d:%d", n, time.Now().UnixNano()))
	}
	if chat.LooksLikeCommand(u.text) {
		e.By.Level = chat.Member
		if u.by == u.owner && a.flaw != "does not know owners" {
			e.By.Level = chat.Organiser
		}
	}
	return in(ctx, e)
}

func (a *boardAdapter) ref(u update, id string) chat.Ref {
	return chat.Ref{Chat: chat.Chat{Platform: onBoard, ID: u.group}, ID: id}
}

func (a *boardAdapter) body(u update) chat.Body {
	who := chat.Person{Identity: chat.Identity{Platform: onBoard, ID: u.by}, Name: u.name}
	switch u.kind {
	case "added":
		return chat.Arrived{}
	case "posted":
		p := chat.Posted{Ref: a.ref(u, u.message), Text: u.text, Parts: u.media}
		if len(u.media) > 1 {
			p.Album = u.message
		}
		if u.reply != "" && a.flaw != "loses replies" {
			p.Reply = &chat.Reply{Ref: a.ref(u, u.reply)}
		}
		return p
	case "edited":
		if a.flaw == "forgets photos" {
			u.media = nil
		}
		return chat.Edited{Ref: a.ref(u, u.message), Text: u.text, Parts: u.media}
	case "deleted":
		return chat.Deleted{Ref: a.ref(u, u.message)}
	case "reacted":
		change := chat.ReactionAdded
		if !u.on && a.flaw != "keeps reactions" {
			change = chat.ReactionRemoved
		}
		return chat.Reacted{Ref: a.ref(u, u.message), Emoji: []string{u.emoji}, Change: change}
	case "joined":
		return chat.Joined{Who: who}
	case "left":
		return chat.Left{Who: who}
	}
	return nil
}

// bot is the account of the bot; ghosts are called after the person.
const bot = "bot"

func (a *boardAdapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	to := d.Effect.Where()
	var ids []string
	var err error
	key := string(d.ID)
	if a.flaw == "does things twice" {
		key = ""
	}
	switch e := d.Effect.(type) {
	case chat.Send:
		var files []world.Media
		if files, err = a.fetch(ctx, e.Parts); err != nil {
			break
		}
		ids, err = a.board.call(key, func() ([]string, error) { return a.send(to.ID, e, files) })
	case chat.Edit:
		var files []world.Media
		if files, err = a.fetch(ctx, e.Parts); err != nil {
			break
		}
		ids, err = a.board.call(key, func() ([]string, error) { return a.edit(to.ID, e, files) })
	case chat.Delete:
		_, err = a.board.call(key, func() ([]string, error) { return nil, a.remove(to.ID, e.Target.Refs) })
	case chat.React:
		_, err = a.board.call(key, func() ([]string, error) {
			if a.flaw == "takes back others' reactions" && !e.On {
				for _, name := range []string{"Gita Ginger", "Hugo Honey"} {
					_ = a.board.react("", name, to.ID, e.Target.Refs[0].ID, e.Emoji, false, true)
				}
			}
			return nil, a.board.react(e.As.Identity.String(), e.As.Name, to.ID, e.Target.Refs[0].ID, e.Emoji, e.On, true)
		})
	case chat.Whisper:
		ids, err = a.board.call(key, func() ([]string, error) { return a.whisper(to.ID, e) })
	}
	r := adapters.Receipt{}
	for _, id := range ids {
		r.Refs = append(r.Refs, chat.Ref{Chat: to, ID: id})
	}
	return r, a.errorOf(err)
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
		out = append(out, world.Media{Kind: kind, Name: p.Media.Name, MIME: p.Media.MIME, Bytes: b})
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
			if e.Answer != nil && len(e.Answer.Target.Refs) > 0 {
				what.ReplyTo = e.Answer.Target.Refs[0].ID
			}
		}
		id, err := a.board.post(group, by, name, true, what)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
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
	return made, nil
}

func (a *boardAdapter) remove(group string, refs []chat.Ref) error {
	for i, ref := range refs {
		if i > 0 && a.flaw == "deletes the first" {
			break
		}
		_, m, err := a.board.find(group, ref.ID)
		if err == nil {
			err = a.board.remove(m.Author, group, ref.ID, true)
		}
		if err != nil && a.flaw != "accepts nonsense" {
			return err
		}
	}
	return nil
}

func (a *boardAdapter) whisper(group string, e chat.Whisper) ([]string, error) {
	to := "private-" + e.Who.ID
	if a.board.groups[to] == nil {
		if e.Secret && a.flaw != "tells secrets" {
			return nil, errNotYour
		}
		to = group
	}
	id, err := a.board.post(to, bot, "Potluck", true, world.Say{Text: e.Text})
	if err != nil {
		return nil, err
	}
	return []string{id}, nil
}

func (a *boardAdapter) Open(_ context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	a.board.mu.Lock()
	defer a.board.mu.Unlock()
	b, ok := a.board.files[m.Key]
	if !ok {
		return nil, adapters.Refused(chat.NotFound, errMissing)
	}
	if int64(len(b)) > limit && a.flaw != "opens without limit" {
		return io.NopCloser(io.MultiReader(bytes.NewReader(b[:limit]), tooLarge{})), nil
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (a *boardAdapter) Check(context.Context) []adapters.Finding {
	a.board.mu.Lock()
	defer a.board.mu.Unlock()
	if a.board.down && a.flaw != "finds all well" {
		return []adapters.Finding{{What: "the board does not answer", Do: "look for the board"}}
	}
	return []adapters.Finding{{OK: true, What: "the board answers"}}
}
