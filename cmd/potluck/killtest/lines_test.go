package killtest

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// lines are what Signal's daemon wrote to the program. The daemon forgets a message as it writes it, and
// nobody tells it what was read, so a line that was written just before a kill may be lost by design.
type lines struct {
	mu     sync.Mutex // guards what follows
	recent []line
	first  map[string]string // revision of a message → its first name
	doubts map[string]bool   // messages whose words are in doubt, by their first names
	votes  map[string]bool   // messages whose reactions are
	passed map[string]int    // how many lines were about a message
	count  int               // doubtful lines
	edits  map[string]string // requests of the program that edit a message → its first name
	bot    string            // the program's account
	last   time.Time
}

type line struct {
	at    time.Time
	about string
	vote  bool // it is a reaction
}

// doubtful is how long before a kill a line must have been written to have been read for certain. The program
// reads a line and puts it into its file without waiting for anything else.
const doubtful = 200 * time.Millisecond

func newLines(bot string) *lines {
	return &lines{
		bot: bot, edits: map[string]string{}, passed: map[string]int{}, first: map[string]string{}, doubts: map[string]bool{}, votes: map[string]bool{},
	}
}

// notification is the part of a notification that says what it is about, and of an answer that says what was
// sent.
type notification struct {
	ID     string `json:"id"`
	Result struct {
		Timestamp int64 `json:"timestamp"`
	} `json:"result"`
	Params struct {
		Result struct {
			Envelope struct {
				Author string       `json:"sourceUuid"`
				Data   *dataMessage `json:"dataMessage"`
				Edit   *struct {
					Target int64       `json:"targetSentTimestamp"`
					Data   dataMessage `json:"dataMessage"`
				} `json:"editMessage"`
			} `json:"envelope"`
		} `json:"result"`
	} `json:"params"`
}

type dataMessage struct {
	Timestamp int64   `json:"timestamp"`
	Reaction  *target `json:"reaction"`
	Admin     *target `json:"adminDelete"`
	Delete    *struct {
		Timestamp int64 `json:"timestamp"`
	} `json:"remoteDelete"`
}

type target struct {
	Author string `json:"targetAuthorUuid"`
	Sent   int64  `json:"targetSentTimestamp"`
}

// ask notes a line on its way to the daemon: an edit of the bot gives its message a further name, and people's
// reactions come under that.
func (l *lines) ask(raw []byte) {
	var r struct {
		ID     string `json:"id"`
		Params struct {
			Edit int64 `json:"editTimestamp"`
		} `json:"params"`
	}
	if json.Unmarshal(raw, &r) != nil || r.Params.Edit == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.edits[r.ID] = l.named(l.bot, r.Params.Edit)
}

// pass notes a line on its way to the program.
func (l *lines) pass(raw []byte) {
	var n notification
	if json.Unmarshal(raw, &n) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if of := l.edits[n.ID]; of != "" && n.Result.Timestamp != 0 {
		delete(l.edits, n.ID)
		l.first[nameOf(l.bot, n.Result.Timestamp)] = of
		return
	}
	if about := l.about(n); about != "" {
		l.last = time.Now()
		l.passed[about]++
		d := n.Params.Result.Envelope.Data
		l.recent = append(l.recent, line{l.last, about, d != nil && d.Reaction != nil})
	}
}

// about returns the first name of the message that a line is about, empty if it is about none.
func (l *lines) about(n notification) string {
	e := n.Params.Result.Envelope
	switch {
	case e.Edit != nil:
		of := l.named(e.Author, e.Edit.Target)
		l.first[nameOf(e.Author, e.Edit.Data.Timestamp)] = of
		return of
	case e.Data == nil:
		return ""
	case e.Data.Reaction != nil:
		return l.named(e.Data.Reaction.Author, e.Data.Reaction.Sent)
	case e.Data.Admin != nil:
		return l.named(e.Data.Admin.Author, e.Data.Admin.Sent)
	case e.Data.Delete != nil:
		return l.named(e.Author, e.Data.Delete.Timestamp)
	}
	return nameOf(e.Author, e.Data.Timestamp)
}

// named returns the first name of the message that an account sent at a time.
func (l *lines) named(author string, sent int64) string {
	if first := l.first[nameOf(author, sent)]; first != "" {
		return first
	}
	return nameOf(author, sent)
}

// nameOf returns how Signal's world names a message.
func nameOf(author string, sent int64) string { return author + "/" + strconv.FormatInt(sent, 10) }

// killed notes that the program was killed: the newest lines may not have been read.
func (l *lines) killed(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.recent {
		if at.Sub(x.at) < doubtful {
			l.votes[x.about] = true // a message that is lost takes its reactions along
			l.doubts[x.about] = l.doubts[x.about] || !x.vote
			l.count++
		}
	}
	l.recent = nil
}

// inDoubt tells whether a line about a message's words, or about its reactions, may not have been read.
func (l *lines) inDoubt(first string, vote bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if vote {
		return l.votes[first]
	}
	return l.doubts[first]
}

// passedAbout returns how many lines about a message have passed.
func (l *lines) passedAbout(first string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed[first]
}

// quiet returns how long no line about a message has passed.
func (l *lines) quiet() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.last)
}

func (l *lines) inDoubtCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}
