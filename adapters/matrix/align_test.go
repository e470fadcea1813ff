package matrix

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestFilesOfAnEditFindTheirPlaces(t *testing.T) {
	for _, c := range []struct {
		files, old string // one letter for each file
		gone       int
		want       string // kept on placed, others
	}{
		{"abc", "abc", 0, "abc on abc, "},
		{"axc", "abc", 0, "axc on abc, "}, // another file in its place
		{"ac", "abc", 0, "ac on acb, "},
		{"bx", "abc", 0, "bx on bac, "},
		{"abc", "bc", 1, "bc on bc, "}, // somebody took the first away
		{"abcd", "bc", 1, "bc on bc, d"},
		{"ab", "", 0, " on , ab"},
		{"", "ab", 0, " on ab, "},
		{"aab", "ab", 0, "ab on ab, a"},
	} {
		var files []chat.Part
		var old []standing
		for _, l := range c.files {
			files = append(files, chat.Part{Kind: chat.Photo, Media: chat.Media{Platform: chat.Telegram, Key: string(l)}})
		}
		for _, l := range c.old {
			old = append(old, standing{media: "telegram:" + string(l)})
		}
		kept, placed, others := align(files, old, c.gone)
		var b strings.Builder
		for _, p := range kept {
			b.WriteString(p.Media.Key)
		}
		b.WriteString(" on ")
		for _, o := range placed {
			b.WriteString(strings.TrimPrefix(o.media, "telegram:"))
		}
		b.WriteString(", ")
		for _, p := range others {
			b.WriteString(p.Media.Key)
		}
		if diff := cmp.Diff(c.want, b.String()); diff != "" {
			t.Errorf("%s onto %s (-want +got):\n%s", c.files, c.old, diff)
		}
	}
}
