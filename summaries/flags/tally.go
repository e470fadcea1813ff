package flags

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// tally counts something of each member. It is kept as one short line, "m1 3,m2 5", for it is read and written with every
// message.
type tally map[chat.MemberID]int

// MarshalJSON writes the line.
func (t tally) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	for i, id := range slices.Sorted(maps.Keys(t)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(id))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(t[id]))
	}
	return json.Marshal(b.String())
}

// UnmarshalJSON reads the line.
func (t *tally) UnmarshalJSON(raw []byte) error {
	var line string
	if err := json.Unmarshal(raw, &line); err != nil {
		return fmt.Errorf("read tally: %w", err)
	}
	*t = make(tally, strings.Count(line, ",")+1)
	for part := range strings.SplitSeq(line, ",") {
		id, count, ok := strings.Cut(part, " ")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			return fmt.Errorf("read tally: %w", err)
		}
		(*t)[chat.MemberID(id)] = n
	}
	return nil
}

// visits are the sites that each member has pointed to. They are kept as one line, too: "m1 a.org 1772452800 b.org 1772452801,m2 …".
type visits map[chat.MemberID][]Visit

// MarshalJSON writes the line.
func (v visits) MarshalJSON() ([]byte, error) {
	var b []byte
	for _, id := range slices.Sorted(maps.Keys(v)) {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, id...)
		for _, visit := range v[id] {
			b = append(append(append(b, ' '), visit.Site...), ' ')
			b = strconv.AppendInt(b, visit.At, 10)
		}
	}
	return json.Marshal(string(b))
}

// UnmarshalJSON reads the line.
func (v *visits) UnmarshalJSON(raw []byte) error {
	var line string
	if err := json.Unmarshal(raw, &line); err != nil {
		return fmt.Errorf("read visits: %w", err)
	}
	*v = make(visits)
	for part := range strings.SplitSeq(line, ",") {
		words := strings.Split(part, " ")
		if len(words) < 3 {
			continue
		}
		all := make([]Visit, 0, len(words)/2)
		for i := 1; i+1 < len(words); i += 2 {
			at, err := strconv.ParseInt(words[i+1], 10, 64)
			if err != nil {
				return fmt.Errorf("read visits: %w", err)
			}
			all = append(all, Visit{Site: words[i], At: at})
		}
		(*v)[chat.MemberID(words[0])] = all
	}
	return nil
}
