package adaptertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// boardAdapter is an adapter for the board that keeps the contract, except for its flaw.
type boardAdapter struct {
	board  *board
	open   adapters.Opener
	cursor adapters.Cursor
	flaw   string
	count  int
	// restricted are those whom this one restricted, and not the one before it: only a flawed one looks at it.
	restricted []string
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
	for _, k := range []chat.Kind{"forward", "dice", "other", "avatar", "mention of all"} {
		f.Shows[k] = chat.Support{How: chat.Degraded, Note: string(k) + " told in words"}
	}
	if a.board.plain {
		for _, k := range []chat.Kind{"new room", "archive", "cite"} {
			f.Shows[k] = chat.Support{How: chat.Refused, Note: "not on a board"}
		}
		for _, k := range []chat.Kind{"hidden media", "partial quote", "thread", "vote", "animated sticker"} {
			f.Shows[k] = chat.Support{How: chat.Degraded, Note: string(k) + " told in words"}
		}
		for _, k := range thingKinds() {
			f.Shows[chat.Kind(k)] = chat.Support{How: chat.Degraded, Note: string(k) + " told in words"}
		}
		f.Shows["choices"] = chat.Support{How: chat.Degraded, Note: "choices as lines"}
		f.Shows["private"] = chat.Support{How: chat.Degraded, Note: "to those who have opened it"}
		f.Shows["knock"] = chat.Support{How: chat.Degraded, Note: "a knock without words"}
		f.Shows["invite"] = chat.Support{How: chat.Degraded, Note: "a link for one person"}
		f.Shows["restrict"] = chat.Support{How: chat.Refused, Note: "everybody can write"}
		f.Shows["pin"] = chat.Support{How: chat.Refused, Note: "no pins"}
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
	if a.mayAsk(u) {
		e.By.Level = chat.Member
		if u.by == u.owner && a.flaw != "does not know owners" {
			e.By.Level = chat.Organiser
		}
	}
	return in(ctx, e)
}

// mayAsk tells whether an update can be a command or a choice.
func (a *boardAdapter) mayAsk(u update) bool {
	switch u.kind {
	case "pressed", "reacted":
		return a.flaw != "does not know who chooses"
	case "posted":
		number := u.reply != "" && len(u.text.Plain) == 1 && u.text.Plain >= "1" && u.text.Plain <= "9"
		return chat.LooksLikeCommand(u.text) || (number && a.flaw != "does not know who answers")
	}
	return false
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
		return a.posted(u)
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
	case "pressed":
		if a.flaw == "counts choices from one" {
			u.n++
		}
		return chat.Pressed{Ref: a.ref(u, u.message), N: u.n}
	case "voted":
		if a.flaw == "counts options from one" {
			for i := range u.options {
				u.options[i]++
			}
		}
		return chat.Voted{Ref: a.ref(u, u.message), Options: u.options}
	case "poll ended":
		return chat.PollEnded{Ref: a.ref(u, u.message)}
	case "pinned":
		return chat.Pinned{Ref: a.ref(u, u.message), On: u.on || a.flaw == "knows no unpinning"}
	case "knocked":
		if a.board.plain || a.flaw == "loses notes" {
			u.note = ""
		}
		return chat.Knocked{Who: who, Note: u.note}
	case "joined":
		return chat.Joined{Who: who}
	case "left":
		return chat.Left{Who: who}
	}
	return nil
}

func (a *boardAdapter) Open(_ context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	a.board.mu.Lock()
	defer a.board.mu.Unlock()
	b, ok := a.board.files[m.Key]
	if who, isPortrait := chat.PortraitOf(m); isPortrait && (a.board.names[who.ID] != "" || a.flaw == "has a face for everybody") {
		b, ok = []byte("a face"), true
	}
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
