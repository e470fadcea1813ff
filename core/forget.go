package core

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// forgetTimer is the engine's own, by which a member is erased part by part.
const forgetTimer = "forget"

// forgetPart is how many messages are erased each second: no more than platforms delete at once, for what moderators
// do in the same chats must not wait behind it.
const forgetPart = 10

// forget begins to erase a member: the rules hear of it first. Whoever is being erased already is not erased twice.
func (f *fold) forget(e *chat.Event, x chat.Forget) error {
	c := f.engine.house.communities[e.Community]
	if c == nil || c.members[x.Who] == nil {
		return nil
	}
	begun, err := f.isForgetting(c.ID, x.Who)
	if err != nil || begun {
		return err
	}
	card := c.members[x.Who]
	f.emitIn(e, c.ID, chat.Forgotten{Who: x.Who, Identities: slices.Clone(card.Identities)})
	return f.forgetOn(erasure{in: c.ID, who: x.Who, account: c.Pseudonym(card.Identities[0])}, f.now)
}

// erasure is how far the erasing of a member has come. Account is the pseudonym of one of the member's, by which they are
// found should they turn out to be one with another member meanwhile.
type erasure struct {
	in      chat.CommunityID
	who     chat.MemberID
	done    int
	account string
}

func (x erasure) key() string {
	return strings.Join([]string{string(x.in), string(x.who), strconv.Itoa(x.done), x.account}, " ")
}

// erasureOf reads what key wrote.
func erasureOf(key string) (erasure, error) {
	words := strings.Fields(key)
	if len(words) != 4 {
		return erasure{}, fmt.Errorf("read timer %q: it has %d words", key, len(words))
	}
	done, err := strconv.Atoi(words[2])
	if err != nil {
		return erasure{}, fmt.Errorf("read timer %q: %w", key, err)
	}
	return erasure{in: chat.CommunityID(words[0]), who: chat.MemberID(words[1]), done: done, account: words[3]}, nil
}

func (f *fold) forgetOn(x erasure, at time.Time) error {
	return putTimer(f.tx, chat.Wake{Rule: forgetTimer, Key: x.key(), At: at}, x.in)
}

// isForgetting tells whether a member is being erased.
func (f *fold) isForgetting(in chat.CommunityID, who chat.MemberID) (bool, error) {
	prefix := joinKey(forgetTimer, string(in)+" "+string(who)+" ")
	found := false
	err := f.tx.Scan(bucketTimerName, prefix, func(key, _ []byte) bool {
		found = bytes.HasPrefix(key, prefix)
		return false
	})
	return found, err
}

// erase takes away the next part of what a member has written, and at the end the member.
func (f *fold) erase(e *chat.Event, key string) error {
	x, err := erasureOf(key)
	if err != nil {
		return f.bury(forgetTimer, parcel{}, err)
	}
	c := f.engine.house.communities[x.in]
	if c == nil {
		return nil // and with it all who were in it
	}
	if c.members[x.who] == nil {
		return f.eraseOther(e, c, x)
	}
	n, err := f.eraseSome(e, x)
	if err != nil {
		return err
	}
	x.done += n
	if n == forgetPart {
		return f.forgetOn(x, f.now.Add(time.Second))
	}
	if err := f.eraseMember(c, x.who); err != nil {
		return err
	}
	f.emitIn(e, c.ID, chat.Forgot{Who: x.who, Messages: x.done})
	return nil
}

// eraseOther goes on with the member who has the account now.
func (f *fold) eraseOther(e *chat.Event, c *community, x erasure) error {
	for _, card := range c.All() {
		for _, i := range card.Identities {
			if c.Pseudonym(i) == x.account {
				return f.forget(e, chat.Forget{Who: card.ID})
			}
		}
	}
	return nil
}

// eraseSome erases up to forgetPart messages and returns how many there were.
func (f *fold) eraseSome(e *chat.Event, x erasure) (int, error) {
	var messages []messageKey
	var keys [][]byte
	err := f.eachSaid(x.in, x.who, func(m messageKey, key []byte) bool {
		messages, keys = append(messages, m), append(keys, bytes.Clone(key))
		return len(keys) < forgetPart
	})
	if err != nil {
		return 0, err
	}
	for i, m := range messages {
		if err := f.eraseMessage(e, x.who, m); err != nil {
			return 0, err
		}
		if err := f.tx.Delete(bucketSaid, keys[i]); err != nil {
			return 0, err
		}
	}
	return len(messages), nil
}

// eraseMessage asks for the deletion of a message everywhere, and forgets it with its names, for on Signal they have the
// author's in them. The receipts of the deletions have the tag "forget/" and the member's id.
func (f *fold) eraseMessage(e *chat.Event, who chat.MemberID, key messageKey) error {
	m, err := f.graph.message(key.id())
	if err != nil || m == nil {
		return err
	}
	tag := forgetTimer + "/" + string(who)
	if !m.Gone && !m.Original.IsZero() {
		all, _ := m.In(m.Original.Chat)
		if err := f.send(e, chat.Delete{To: m.Original.Chat, Target: all, Tag: tag}); err != nil {
			return err
		}
	}
	for _, copied := range m.Copies {
		if m.Gone || copied.Failed != "" {
			continue
		}
		target := chat.Target{Refs: copied.Refs, Effect: copied.Effect}
		if err := f.send(e, chat.Delete{To: copied.Chat, Target: target, Tag: tag}); err != nil {
			return err
		}
	}
	return f.graph.drop(m)
}

// eraseMember forgets a member's card, what rules keep of them, and what the house has told them.
func (f *fold) eraseMember(c *community, who chat.MemberID) error {
	card := c.members[who]
	for _, r := range f.engine.rules {
		_, personal, err := r.Unite(nil, nil)
		if err != nil || !personal {
			continue
		}
		if err := f.setState(r, rule.PersonKey(c.ID, who), nil); err != nil {
			return err
		}
		if err := dropTimer(f.tx, r.Name(), rule.PersonKey(c.ID, who)); err != nil {
			return err
		}
	}
	for _, i := range card.Identities {
		delete(c.identities, i)
		if err := f.eraseTalk(c, i); err != nil {
			return err
		}
	}
	delete(c.members, who)
	c.all = nil
	if err := f.tx.Delete(bucketMember, joinKey(string(c.ID), string(who))); err != nil {
		return err
	}
	if err := f.erasePerson(c, card.Identities); err != nil {
		return err
	}
	return firstError(f.eraseEarly(card.Identities), f.eraseLetters(card.Identities))
}

// eraseTalk forgets what a community has told an account in private, and that it is the community meant there.
func (f *fold) eraseTalk(c *community, i chat.Identity) error {
	if string(f.tx.Get(bucketPrivate, []byte(i.String()))) == string(c.ID) {
		if err := f.tx.Delete(bucketPrivate, []byte(i.String())); err != nil {
			return err
		}
	}
	prefix := []byte(i.String() + " ") // a private chat is called as the person is
	var keys []messageKey
	err := f.tx.Scan(bucketRef, prefix, func(k, value []byte) bool {
		if !bytes.HasPrefix(k, prefix) {
			return false
		}
		if len(value) > messageKeySize && value[0] == 'm' {
			keys = append(keys, messageKeyOf(value[1:]))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		m, err := f.graph.message(key.id())
		if err != nil {
			return err
		}
		if m == nil || !m.By.IsZero() || m.Community != c.ID && f.still(m.Community) != "" {
			continue // another community's
		}
		if slices.ContainsFunc(m.Copies, func(other chat.Copy) bool { return other.Chat != chat.Chat(i) }) {
			continue // others read it, too
		}
		if err := f.graph.drop(m); err != nil {
			return err
		}
	}
	last, err := f.offered(chat.Chat(i))
	if err != nil || last != nil {
		return err // it is another community's
	}
	return f.tx.Delete(bucketChoice, []byte(i.String()))
}

// erasePerson forgets which accounts are one person, unless the person is a member elsewhere by one of them.
func (f *fold) erasePerson(from *community, accounts []chat.Identity) error {
	all := slices.Clone(accounts)
	for _, i := range accounts {
		all = append(all, f.engine.house.persons[i]...)
	}
	for _, c := range f.engine.house.communities {
		if slices.ContainsFunc(all, func(i chat.Identity) bool { return c.identities[i] != "" }) {
			return nil
		}
	}
	for _, i := range all {
		delete(f.engine.house.persons, i)
		if err := f.tx.Delete(bucketPerson, []byte(i.String())); err != nil {
			return err
		}
		if err := f.eraseTalk(from, i); err != nil {
			return err
		}
	}
	return nil
}
