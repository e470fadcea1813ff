package chat

import "time"

// What platforms do to people. Tag comes back with the receipt. All of them may be asked again: what is so
// already is done.
type (
	// Restrict lets somebody read but not write until a time (zero = until Release). Where the platform counts
	// the time itself it is told; the house says Release all the same.
	Restrict struct {
		To    Chat      `json:"to"`
		Who   Identity  `json:"who"`
		Until time.Time `json:"until,omitzero"`
		Tag   string    `json:"tag,omitempty"`
	}

	// Release takes a Restrict back and gives the rights that were there before it.
	Release struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Remove takes somebody out of the chat; he may come back.
	Remove struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Ban takes somebody out, if he is in, and keeps him out.
	Ban struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Unban lets him come again.
	Unban struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Admit lets somebody in who has knocked.
	Admit struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Open makes a new chat beside another, with the same bot in it, and asks people of that platform in: a topic of the
	// same group, a group, a room. The receipt's Made names it.
	Open struct {
		Beside Chat       `json:"beside"`
		Title  string     `json:"title"` // at most 100 characters
		Who    []Identity `json:"who,omitempty"`
		Tag    string     `json:"tag,omitempty"`
		// Mark is a word that nobody can guess: the chat bears it, so that it is known again as the one that an earlier try
		// has made. The engine sets it.
		Mark string `json:"mark,omitempty"`
	}

	// Shut lets people still read the chat but not write in it.
	Shut struct {
		To  Chat   `json:"to"`
		Tag string `json:"tag,omitempty"`
	}

	// Decline does not.
	Decline struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}

	// Invite asks somebody into the chat. Where a bot cannot, the receipt's Link is good for one person.
	Invite struct {
		To  Chat     `json:"to"`
		Who Identity `json:"who"`
		Tag string   `json:"tag,omitempty"`
	}
)

func (Restrict) isEffect() {}
func (Release) isEffect()  {}
func (Remove) isEffect()   {}
func (Ban) isEffect()      {}
func (Unban) isEffect()    {}
func (Admit) isEffect()    {}
func (Decline) isEffect()  {}
func (Invite) isEffect()   {}
func (Open) isEffect()     {}
func (Shut) isEffect()     {}

// Where returns To.
func (r Restrict) Where() Chat { return r.To }

// Where returns To.
func (r Release) Where() Chat { return r.To }

// Where returns To.
func (r Remove) Where() Chat { return r.To }

// Where returns To.
func (b Ban) Where() Chat { return b.To }

// Where returns To.
func (u Unban) Where() Chat { return u.To }

// Where returns To.
func (a Admit) Where() Chat { return a.To }

// Where returns To.
func (d Decline) Where() Chat { return d.To }

// Where returns To.
func (i Invite) Where() Chat { return i.To }

// Where returns Beside.
func (o Open) Where() Chat { return o.Beside }

// Where returns To.
func (s Shut) Where() Chat { return s.To }
