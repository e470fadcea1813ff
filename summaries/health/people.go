package health

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// people are those who have done something. They are kept as one line, for it is read and written with every message: for each
// member the seconds of both times, 0 = never, and b if they have begun: "m1 1772452800 0 b,m2 1772452800 1772452800".
type people map[chat.MemberID]Person

// MarshalJSON writes the line.
func (p people) MarshalJSON() ([]byte, error) {
	var b []byte
	for _, id := range slices.Sorted(maps.Keys(p)) {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(append(b, id...), ' ')
		b = append(strconv.AppendInt(b, seconds(p[id].Acted), 10), ' ')
		b = strconv.AppendInt(b, seconds(p[id].Wrote), 10)
		if p[id].Began {
			b = append(b, " b"...)
		}
	}
	return json.Marshal(string(b))
}

// UnmarshalJSON reads the line.
func (p *people) UnmarshalJSON(raw []byte) error {
	var line string
	if err := json.Unmarshal(raw, &line); err != nil {
		return fmt.Errorf("read people: %w", err)
	}
	*p = make(people, strings.Count(line, ",")+1)
	for part := range strings.SplitSeq(line, ",") {
		id, rest, ok := strings.Cut(part, " ")
		if !ok {
			continue
		}
		first, rest, _ := strings.Cut(rest, " ")
		second, begun, _ := strings.Cut(rest, " ")
		acted, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		wrote, err := strconv.ParseInt(second, 10, 64)
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		(*p)[chat.MemberID(id)] = Person{Acted: moments(acted), Wrote: moments(wrote), Began: begun == "b"}
	}
	return nil
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moments(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
