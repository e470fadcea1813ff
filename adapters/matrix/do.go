package matrix

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Do carries out one effect. It signs in by itself, so it works before Run does.
func (a *Adapter) Do(ctx context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	room := d.Effect.Where().ID
	if w, ok := d.Effect.(chat.Whisper); !isRoomID(room) && (!ok || w.To != chat.Chat(w.Who)) {
		return adapters.Receipt{}, refuse(chat.NotFound, "%q is no room", room)
	}
	s, err := a.connect(ctx)
	if err != nil {
		if final(err) {
			return adapters.Receipt{}, adapters.Retry(lastWait, err) // Run tells the operator
		}
		return adapters.Receipt{}, failure(err)
	}
	j := &job{a: a, s: s, room: room, d: d}
	r, err := j.carry(ctx)
	if err == nil {
		return r, nil
	}
	a.lost(s, err)
	err = failure(err)
	var retry *adapters.RetryError
	if errors.As(err, &retry) && (retry.Unsure || ctx.Err() != nil) {
		a.sent.doubt(j.room)
	}
	return r, err
}

func (j *job) do(ctx context.Context) (adapters.Receipt, error) {
	switch e := j.d.Effect.(type) {
	case chat.Send:
		return j.send(ctx, e)
	case chat.Edit:
		return j.edit(ctx, e)
	case chat.Delete:
		return adapters.Receipt{}, j.delete(ctx, e)
	case chat.React:
		return adapters.Receipt{}, j.react(ctx, e)
	case chat.Whisper:
		return j.whisper(ctx, e)
	case chat.Pin:
		return adapters.Receipt{}, j.pin(ctx, e)
	case chat.Unpin:
		return adapters.Receipt{}, j.unpin(ctx, e)
	case chat.Vote:
		return adapters.Receipt{}, j.vote(ctx, e)
	case chat.EndPoll:
		return adapters.Receipt{}, j.endPoll(ctx, e)
	case chat.Open:
		return j.open(ctx, e)
	case chat.Shut:
		return adapters.Receipt{}, j.shut(ctx)
	}
	return adapters.Receipt{}, j.moderate(ctx)
}

// moderate does what is done to people.
func (j *job) moderate(ctx context.Context) error {
	switch e := j.d.Effect.(type) {
	case chat.Restrict:
		return j.restrict(ctx, e.Who)
	case chat.Release:
		return j.release(ctx, e.Who)
	case chat.Remove:
		return j.remove(ctx, e.Who)
	case chat.Ban:
		return j.ban(ctx, e.Who)
	case chat.Unban:
		return j.unban(ctx, e.Who)
	case chat.Admit:
		return j.admit(ctx, e.Who)
	case chat.Decline:
		return j.decline(ctx, e.Who)
	case chat.Invite:
		return j.invite(ctx, e.Who)
	}
	return refuse(chat.Unsupported, "%T is unknown here", j.d.Effect)
}

// job is one effect on its way to one room; a Whisper's goes on in the private one.
type job struct {
	a    *Adapter
	s    *session
	room string
	d    chat.Dispatch
	r    adapters.Receipt
}

func (j *job) note(n string) {
	if n == "" {
		return
	}
	for _, had := range j.r.Notes {
		if had == n {
			return
		}
	}
	j.r.Notes = append(j.r.Notes, n)
}

// post sends one event of the effect once, whatever happened before, and returns its id. content is made
// only if it must be sent.
func (j *job) post(ctx context.Context, v voice, kind, part string, content func() (map[string]any, error)) (string, error) {
	origin := originOf(j.d.ID, part)
	done, err := j.a.already(ctx, j.s, j.room, origin, j.d.At)
	if err != nil || done != "" {
		return done, err
	}
	c, err := content()
	if err != nil {
		return "", err
	}
	c[originKey] = origin
	id, err := j.putOrPlain(ctx, v.user, kind, transactionOf(origin), c)
	if err == nil {
		j.a.sent.done(j.room, origin, id)
		j.a.messages.stands(standingAs(id, v.user, c))
	}
	return id, err
}

// putOrPlain sends one event; one that the server does not take as it is goes again without its formatting.
func (j *job) putOrPlain(ctx context.Context, user, kind, txn string, c map[string]any) (string, error) {
	id, err := j.put(ctx, user, kind, txn, c)
	if st := statusOf(err); st != http.StatusBadRequest && st != http.StatusRequestEntityTooLarge || !unformat(c) {
		return id, err
	}
	j.note("as plain text")
	return j.put(ctx, user, kind, txn, c)
}

// unformat takes the formatting from a content; false if it had none.
func unformat(c map[string]any) bool {
	_, had := c["formatted_body"]
	delete(c, "format")
	delete(c, "formatted_body")
	if inner, ok := c["m.new_content"].(map[string]any); ok {
		return unformat(inner) || had
	}
	return had
}

// put sends one event.
func (j *job) put(ctx context.Context, user, kind, txn string, c map[string]any) (string, error) {
	kind, c, err := j.seal(ctx, user, kind, c)
	if err != nil {
		return "", err
	}
	cli, err := j.a.as(j.s, user)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	resp, err := cli.SendMessageEvent(ctx, id.RoomID(j.room), event.Type{Type: kind, Class: event.MessageEventType}, c,
		mautrix.ReqSendEvent{TransactionID: txn})
	if err != nil {
		if statusOf(err) == http.StatusForbidden && user != j.a.config.User {
			j.a.rooms.drop(j.room, "m.room.member", user) // it may have left without our seeing it
		}
		return "", err
	}
	return string(resp.EventID), nil
}

// redact takes an event away in the name of its sender, if that is ours, or else by the bot's rights.
func (j *job) redact(ctx context.Context, sender, target string) error {
	users := []string{j.a.config.User}
	if j.a.isOurs(sender) && sender != j.a.config.User {
		users = []string{sender, j.a.config.User}
	}
	var err error
	for _, user := range users {
		var cli *mautrix.Client
		if cli, err = j.a.as(j.s, user); err != nil {
			return err
		}
		callCtx, cancel := context.WithTimeout(ctx, callTime)
		_, err = cli.RedactEvent(callCtx, id.RoomID(j.room), id.EventID(target), mautrix.ReqRedact{
			TxnID: transactionOf(originOf(j.d.ID, "r"+target+user)),
		})
		cancel()
		if err == nil {
			j.a.messages.goes(target)
		}
		if statusOf(err) != http.StatusForbidden {
			return err
		}
	}
	return err
}

// refsOf returns the event ids of a target that are in the room. Where the room has been replaced and the message stands
// in the one before, the effect goes on there.
func (j *job) refsOf(t chat.Target) ([]string, error) {
	inRoom := func(r chat.Ref) bool { return r.Chat.ID == j.room }
	if len(t.Refs) > 0 && !slices.ContainsFunc(t.Refs, inRoom) && isRoomID(t.Refs[0].Chat.ID) {
		j.room = t.Refs[0].Chat.ID
	}
	var out []string
	for _, r := range t.Refs {
		if r.Chat.ID == j.room && isEventID(r.ID) {
			out = append(out, trueID(r.ID))
		}
	}
	if len(out) == 0 {
		return nil, refuse(chat.NotFound, "the message has no name in the room")
	}
	return out, nil
}
