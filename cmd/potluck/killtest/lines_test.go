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
	first  map[string]string        // revision of a message → its first name
	doubts map[string]bool          // messages that a doubtful line was about, by their first names
	ages   map[string]time.Duration // how long before a kill the last line about a message was written
	count  int                      // doubtful lines
	last   time.Time
}

type line struct {
	at    time.Time
	about string
}

// doubtful is how long before a kill a line must have been written to have been read for certain. The program
// reads a line and puts it into its file without waiting for anything else.
const doubtful = 100 * time.Millisecond

func newLines() *lines {
	return &lines{first: map[string]string{}, doubts: map[string]bool{}, ages: map[string]time.Duration{}}
}

// notification is the part of a notification that says what it is about.
type notification struct {
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

// pass notes a line on its way to the program.
func (l *lines) pass(raw []byte) {
	var n notification
	if json.Unmarshal(raw, &n) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = time.Now()
	if about := l.about(n); about != "" {
		l.recent = append(l.recent, line{l.last, about})
	}
}

// about returns the first name of the message that a line is about, empty if it is about none.
func (l *lines) about(n notification) string {
	e := n.Params.Result.Envelope
	name := func(author string, sent int64) string { return author + "/" + strconv.FormatInt(sent, 10) }
	first := func(author string, sent int64) string {
		if f := l.first[name(author, sent)]; f != "" {
			return f
		}
		return name(author, sent)
	}
	switch {
	case e.Edit != nil:
		of := first(e.Author, e.Edit.Target)
		l.first[name(e.Author, e.Edit.Data.Timestamp)] = of
		return of
	case e.Data == nil:
		return ""
	case e.Data.Reaction != nil:
		return first(e.Data.Reaction.Author, e.Data.Reaction.Sent)
	case e.Data.Admin != nil:
		return first(e.Data.Admin.Author, e.Data.Admin.Sent)
	case e.Data.Delete != nil:
		return first(e.Author, e.Data.Delete.Timestamp)
	}
	return name(e.Author, e.Data.Timestamp)
}

// killed notes that the program was killed: the newest lines may not have been read.
func (l *lines) killed(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.recent {
		age := at.Sub(x.at)
		if before, ok := l.ages[x.about]; !ok || age < before {
			l.ages[x.about] = age
		}
		if age < doubtful {
			l.doubts[x.about] = true
			l.count++
		}
	}
	l.recent = nil
}

// inDoubt tells whether a line about a message may not have been read.
func (l *lines) inDoubt(first string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doubts[first]
}

// age returns how long before a kill the last line about a message was written.
func (l *lines) age(first string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ages[first]
}

// quiet returns how long no line has passed.
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
