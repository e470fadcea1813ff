package core

import (
	"fmt"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// pruneAgain is when the engine looks again for what it may forget.
func pruneAgain(more bool) time.Duration {
	if more {
		return time.Second
	}
	return 6 * time.Hour
}

// apply does what an effect wants of the house, or puts it into the outbox for a platform. It tells
// whether the event ends here.
func (f *fold) apply(e *chat.Event, effect chat.Effect) (drop bool, err error) {
	switch x := effect.(type) {
	case chat.Drop:
		return true, nil
	case chat.Enrol:
		err = f.enrol(e, x)
	case chat.Link:
		err = f.link(e, x)
	case chat.Unlink:
		err = f.unlink(e, x)
	case chat.Claim:
		err = f.claim(e, x)
	case chat.Set:
		err = f.set(e, x)
	case chat.Wake:
		err = putTimer(f.tx, x, e.Community)
	case chat.Cancel:
		err = dropTimer(f.tx, x.Rule, x.Key)
	case chat.Emit:
		in := chat.CommunityID("")
		if e.Private { // else it could be another one's that the person belongs to, too
			in = e.Community
		}
		f.emitIn(e, in, x.Body)
		if x.House {
			last := &f.emits[len(f.emits)-1]
			last.By, last.Community = chat.Person{Identity: chat.House()}, e.Community
		}
	case chat.Record:
		err = f.record(e, x)
	case chat.Appoint:
		err = f.appoint(e, x)
	case chat.Look:
		err = f.look(e, x)
	case chat.Show:
		err = f.show(e, x)
	case chat.Forget:
		err = f.forget(e, x)
	case chat.Outgoing:
		err = f.send(e, x)
	default:
		err = f.bury("", parcel{}, fmt.Errorf("apply effect %T: %w", effect, chat.ErrKind))
	}
	return false, err
}

// emit lets another event happen after this one.
func (f *fold) emit(e *chat.Event, body chat.Body) { f.emitIn(e, "", body) }

// emitIn lets it happen in a community that is not the one of the event's chat.
func (f *fold) emitIn(e *chat.Event, community chat.CommunityID, body chat.Body) {
	f.made++
	f.emits = append(f.emits, chat.Event{
		Community: community,
		ID:        chat.EventID(string(e.ID) + "+" + strconv.Itoa(f.made)), At: e.At, Chat: e.Chat, Title: e.Title,
		Private: e.Private, By: e.By, Body: body,
	})
}

func (f *fold) enrol(e *chat.Event, x chat.Enrol) error {
	c := f.engine.house.communities[e.Community]
	if c == nil {
		return nil
	}
	who := x.Who
	if who.Identity.IsZero() {
		who = e.By
	}
	if err := c.enrol(f.tx, who, f.engine.house.persons[who.Identity], f.now); err != nil {
		return err
	}
	if card := c.members[c.identities[who.Identity]]; !e.Private && !e.Chat.IsZero() {
		if _, knocks := e.Body.(chat.Knocked); !knocks {
			if err := c.appear(f.tx, card, e.Chat); err != nil {
				return err
			}
		}
	}
	if err := f.who(e); err != nil {
		return err
	}
	if e.Message != nil && e.Message.Author == "" && e.Message.By == e.By.Identity {
		e.Message.Author = e.Member
		f.graph.touch(e.Message)
		return f.attribute(e.Message)
	}
	return nil
}
