package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestRecordsOfWhatIsUnderWay(t *testing.T) {
	for _, want := range []underway{
		{of: "send", n: 1, at: time.UnixMilli(7).UTC(), to: chat.Signal, message: messageKey{Seq: 3, N: 1}},
		{of: "end poll", n: 1 << 40, at: time.UnixMilli(1_800_000_000_000).UTC(), to: "", tag: []byte("c1\x00a tag")},
		{of: "shut", n: 2, at: time.UnixMilli(0).UTC(), to: chat.Telegram, letter: messageKey{Seq: 9}},
	} {
		got, counts, ok := underwayOf(want.bytes())
		if len(want.tag) == 0 {
			got.tag = nil
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(underway{}, messageKey{})); diff != "" || !ok || !counts {
			t.Errorf("%v, %v (-want +got):\n%s", ok, counts, diff)
		}
	}
	old := messageKey{Seq: 5, N: 2}
	if got, counts, ok := underwayOf(old.bytes()); !ok || counts || got.message != old {
		t.Errorf("an older program's is read as %+v, %v, %v", got, counts, ok)
	}
}

// Every kind of effect has a name, and every name a number of its own.
func TestEveryEffectHasAName(t *testing.T) {
	source, err := os.ReadFile("underway.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 1 // the empty one
	packages, err := os.ReadDir("chat")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range packages {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), "chat/"+entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Where" {
				continue
			}
			n++
			if name := fn.Recv.List[0].Type.(*ast.Ident).Name; !strings.Contains(string(source), "case chat."+name+":\n") {
				t.Errorf("a %s has no name", name)
			}
		}
	}
	kinds := deeds()
	if len(kinds) != n {
		t.Errorf("%d names for %d kinds", len(kinds), n)
	}
	slices.Sort(kinds)
	if len(slices.Compact(kinds)) != n {
		t.Errorf("names are there twice: %v", kinds)
	}
}

func FuzzUnderwayOf(f *testing.F) {
	f.Add(underway{of: "pin", n: 3, to: chat.Matrix, tag: []byte("c\x00t")}.bytes())
	f.Add(messageKey{Seq: 1}.bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, counts, ok := underwayOf(raw)
		if !ok || !counts || u.at.After(time.UnixMilli(1<<50)) {
			return
		}
		again, _, ok := underwayOf(u.bytes())
		if !ok || again.of != u.of || again.n != u.n || again.to != u.to || again.message != u.message || again.letter != u.letter || string(again.tag) != string(u.tag) {
			t.Errorf("%+v is read again as %+v", u, again)
		}
	})
}

func FuzzContentOf(f *testing.F) {
	f.Add([]byte("plain words"))
	f.Add([]byte("\x01{\"text\":{\"plain\":\"a\"},\"items\":[{\"ref\":\"signal:g 1\"}]}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := contentOf(raw)
		if c == nil {
			t.Fatal("nothing")
		}
		c.said()
		c.shorten()
		if c.Text.Len() > maxContent {
			t.Errorf("%d units are kept", c.Text.Len())
		}
	})
}
