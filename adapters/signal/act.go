package signal

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// pieces returns the names of a message's pieces that are there, and what is wrong if there are none.
func (a *Adapter) pieces(refs []chat.Ref) ([]chat.Ref, []name, error) {
	if len(refs) == 0 {
		return nil, nil, adapters.Refused(chat.NotFound, errors.New("no message named"))
	}
	for _, r := range refs {
		if _, err := parseName(r.ID); err != nil {
			return nil, nil, adapters.Refused(chat.Invalid, err)
		}
	}
	there := a.memory.pieces(refs)
	if len(there) == 0 {
		return nil, nil, adapters.Refused(chat.NotFound, errGone)
	}
	names := make([]name, len(there))
	for i, r := range there {
		n, err := parseName(r.ID)
		if err != nil {
			return nil, nil, adapters.Refused(chat.Invalid, err)
		}
		names[i] = n
	}
	return there, names, nil
}

// tooLate tells whether the clients would ignore a change of the message.
func (a *Adapter) tooLate(n name) bool { return a.now().Sub(time.UnixMilli(n.sent)) > window }

// delete takes a message away for everyone: the bot's own, or another's where the bot is an admin. One of the
// bot's that is gone is done; of others' messages nobody can be asked, the clients ignore a second time.
func (a *Adapter) delete(ctx context.Context, e chat.Delete) error {
	if err := address(map[string]any{}, e.To); err != nil {
		return err
	}
	refs, names, err := a.pieces(e.Target.Refs)
	if errors.Is(err, errGone) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, n := range names {
		if a.tooLate(n) {
			return adapters.Refused(chat.TooOld, fmt.Errorf("signal lets messages be deleted for %v", window))
		}
		if n.author == a.self() {
			err = a.unsend(ctx, e.To, refs[i])
		} else {
			err = a.takeDown(ctx, e.To, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unsend deletes one of the bot's messages.
func (a *Adapter) unsend(ctx context.Context, to chat.Chat, ref chat.Ref) error {
	newest, _ := a.memory.newest(ref)
	n, err := parseName(newest.ID)
	if err != nil {
		return adapters.Refused(chat.Invalid, err)
	}
	params := a.params()
	params["targetTimestamp"] = n.sent
	if err := a.tell(ctx, to, "remoteDelete", params); err != nil {
		return err
	}
	a.remember(mark{Kind: markGone, Of: a.memory.first(ref)})
	return nil
}

// takeDown deletes somebody else's message, as an admin of the group. Clients older than 2026 ignore it.
func (a *Adapter) takeDown(ctx context.Context, to chat.Chat, n name) error {
	if !isGroup(to.ID) {
		return adapters.Refused(chat.Forbidden, errForeign)
	}
	admin, err := a.isGroupAdmin(ctx, to.ID)
	if err != nil {
		return err
	}
	if !admin {
		return adapters.Refused(chat.Forbidden, errNotAdmin) // the daemon would say yes, and the clients ignore it
	}
	params := a.params()
	params["targetAuthor"], params["targetTimestamp"] = n.author, n.sent
	return again(a.tell(ctx, to, "sendAdminDelete", params))
}

// isGroupAdmin tells whether the bot is an admin of a group; it asks Signal where the roster does not know.
func (a *Adapter) isGroupAdmin(ctx context.Context, id string) (bool, error) {
	if r, known := a.groups.get(id); known && !r.stale {
		return r.Admin, nil
	}
	c, err := a.link()
	if err != nil {
		return false, err
	}
	g, err := a.groupNow(ctx, c, id)
	return err == nil && g.isAdmin(g.self), again(err)
}

// tell calls a method that sends something without content.
func (a *Adapter) tell(ctx context.Context, to chat.Chat, method string, params map[string]any) error {
	c, err := a.link()
	if err != nil {
		return err
	}
	if err := address(params, to); err != nil {
		return err
	}
	return c.call(ctx, method, params, nil)
}

// react sets the bot's one reaction to what most people elsewhere have given, or takes it back.
func (a *Adapter) react(ctx context.Context, e chat.React) error {
	if err := address(map[string]any{}, e.To); err != nil {
		return err
	}
	refs, _, err := a.pieces(e.Target.Refs)
	if err != nil {
		return err
	}
	emoji, off := e.Lead, e.Lead == ""
	if off {
		emoji = "👍" // whichever is named, the bot's one reaction goes
	}
	if !isEmoji(emoji) {
		return adapters.Refused(chat.Unsupported, fmt.Errorf("reaction of %d letters is no emoji", len(emoji)))
	}
	newest, _ := a.memory.newest(a.memory.face(refs))
	n, err := parseName(newest.ID)
	if err != nil {
		return adapters.Refused(chat.Invalid, err)
	}
	params := a.params()
	params["emoji"], params["remove"] = emoji, off
	params["targetAuthor"], params["targetTimestamp"] = n.author, n.sent
	return a.tell(ctx, e.To, "sendReaction", params)
}

// isEmoji tells whether the clients would show s as a reaction, roughly: one picture, no letters.
func isEmoji(s string) bool {
	symbols := false
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsSpace(r) || unicode.IsControl(r) {
			return false
		}
		symbols = symbols || r > 0x2000 || r == 0xA9 || r == 0xAE
	}
	return symbols && len([]rune(s)) <= 12
}

// whisper tells one person something in private. Where Signal does not let the bot do that, it is said in
// the chat, unless it is secret: then it waits for a limit to pass, and is refused where nothing would help.
func (a *Adapter) whisper(ctx context.Context, id chat.EffectID, e chat.Whisper) (adapters.Receipt, error) {
	private := chatOf(e.Who.ID)
	var failed error
	if e.Who.Platform == chat.Signal && isACI(e.Who.ID) {
		send := chat.Send{To: private, Text: e.Text}
		if private == e.To {
			send.Answer = e.Answer
		}
		var r adapters.Receipt
		if r, failed = a.send(ctx, id, send); failed == nil {
			return r, nil
		}
		var retry *adapters.RetryError
		if errors.As(failed, &retry) && retry.After < time.Minute {
			return r, failed // soon, or unsure: saying it in the open would be too early
		}
		if !e.Secret {
			a.progress.set(id, nil, true)
		}
	} else {
		failed = adapters.Refused(chat.NotFound, errors.New("no such person on Signal"))
	}
	var refused *adapters.RefusedError
	if e.Secret && errors.As(failed, &refused) {
		return adapters.Receipt{}, adapters.Refused(chat.Forbidden, failed)
	}
	if e.Secret || private == e.To {
		return adapters.Receipt{}, failed
	}
	text := e.Text
	if e.Answer == nil && isACI(e.Who.ID) {
		who, _ := a.names.get(e.Who.ID)
		text = chat.Styled(chat.Mention, "@"+who, e.Who.String()).Append(chat.Plain(" "), text)
	}
	return a.send(ctx, id, chat.Send{To: e.To, Text: text, Answer: e.Answer})
}
