package core_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/potluck-chat/potluck/"

// law is what a part of the house may use. Paths are below the module's root; "x/..." is x and all below.
type law struct {
	of     string
	may    []string // packages of ours
	never  []string // other packages, with all below them
	calm   bool     // no clock: time comes with the event
	stdlib bool     // of others' packages only the standard library
	but    []string // and these
}

// pure is what keeps a rule a function of its arguments.
func pure() []string {
	return []string{"context", "crypto/rand", "io/fs", "log", "math/rand", "net", "os", "sync", "syscall", "unsafe"}
}

// laws is the dependency rule of the house; for a package the first that names it holds.
func laws() []law {
	words := []string{"core/chat", "core/rule", "core/say", "core/view"}
	return []law{
		{of: "core/chat", never: []string{"context", "crypto/rand", "log", "math/rand", "net", "os"}, calm: true, stdlib: true},
		{of: "core/rule", may: []string{"core/chat", "core/say"}, never: pure(), calm: true, stdlib: true},
		{of: "core/say", may: []string{"core/chat"}, never: []string{"context", "log", "math/rand", "net", "os"}, calm: true, stdlib: true},
		{of: "core/view/...", may: []string{"core/chat"}, calm: true, stdlib: true},
		{of: "core/coretest", may: append([]string{"core"}, words...)},
		{of: "core", may: words, never: []string{"math/rand", "net", "os"}, stdlib: true},
		{of: "rituals/recur", never: pure(), calm: true, stdlib: true, but: []string{"github.com/teambition/rrule-go"}},
		{of: "summaries/extract", never: pure(), calm: true, stdlib: true, but: []string{
			"github.com/clipperhouse/uax29", "github.com/blevesearch/snowballstem", "golang.org/x/text",
		}},
		{of: "core/...", may: words, never: pure(), calm: true, stdlib: true},
		{of: "rituals/...", may: append([]string{"rituals/recur", "rituals/smallroom"}, words...), never: pure(), calm: true, stdlib: true},
		{of: "summaries/...", may: append([]string{"summaries/extract"}, words...), never: pure(), calm: true, stdlib: true},
		{of: "adapters", may: []string{"core/chat"}},
		{of: "adapters/adaptertest/world", may: []string{"core/chat"}},
		{of: "adapters/adaptertest/...", may: []string{"core/chat", "adapters", "adapters/adaptertest/world"}},
		{of: "adapters/...", may: []string{"core/chat", "adapters", "adapters/adaptertest/world"}}, // and its own folder
		{of: "storage/...", may: []string{"core", "core/chat", "adapters"}},
		{of: "cmd/...", may: []string{"..."}},
	}
}

// soleUsers are the packages that alone may import what others have made.
func soleUsers() map[string]string {
	return map[string]string{
		"github.com/nats-io/":        "storage/bus",
		"go.etcd.io/bbolt":           "storage/state",
		"github.com/go-telegram/bot": "adapters/telegram",
		"maunium.net/go/mautrix":     "adapters/matrix",
	}
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath, Name, Dir, Doc string
	GoFiles, Imports           []string
}

func (p pkg) path() string {
	return strings.Trim(strings.TrimPrefix(p.ImportPath+"/", module), "/")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Name,Dir,Doc,GoFiles,Imports", "./...")
	list.Dir = ".."
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list knows %d packages", len(all))
	}
	return all
}

// covers tells whether a pattern of a law names a path.
func covers(pattern, p string) bool {
	below, deep := strings.CutSuffix(pattern, "...")
	return pattern == p || deep && strings.HasPrefix(p+"/", below)
}

// owns tells whether a package may use another because both are in one folder: a platform, a storage and
// a program have folders of their own.
func owns(p, other string) bool {
	parts := strings.SplitN(p, "/", 3)
	if len(parts) < 2 || !slices.Contains([]string{"adapters", "storage", "cmd"}, parts[0]) {
		return false
	}
	return covers(parts[0]+"/"+parts[1]+"/...", other)
}

func TestTheDependencyRule(t *testing.T) {
	for _, p := range packages(t) {
		i := slices.IndexFunc(laws(), func(l law) bool { return covers(l.of, p.path()) })
		if i < 0 {
			t.Errorf("%s: no law says what it may use; see laws in this test and the design", p.path())
			continue
		}
		l := laws()[i]
		for _, imported := range p.Imports {
			checkImport(t, p, l, imported)
		}
	}
}

func checkImport(t *testing.T, p pkg, l law, imported string) {
	t.Helper()
	ours, isOurs := strings.CutPrefix(imported, module)
	if isOurs {
		if !owns(p.path(), ours) && !slices.ContainsFunc(l.may, func(pattern string) bool { return covers(pattern, ours) }) {
			t.Errorf("%s may not know %s (law of %s)", p.path(), ours, l.of)
		}
		return
	}
	if slices.ContainsFunc(l.never, func(never string) bool { return covers(never+"/...", imported) }) {
		t.Errorf("%s may not use %s (law of %s)", p.path(), imported, l.of)
	}
	isKnown := func(known string) bool { return covers(known+"/...", imported) }
	if first, _, _ := strings.Cut(imported, "/"); l.stdlib && strings.Contains(first, ".") && !slices.ContainsFunc(l.but, isKnown) {
		t.Errorf("%s may use the standard library only, not %s (law of %s)", p.path(), imported, l.of)
	}
	for prefix, user := range soleUsers() {
		if strings.HasPrefix(imported, prefix) && !covers(user+"/...", p.path()) {
			t.Errorf("%s may not use %s, only %s does", p.path(), imported, user)
		}
	}
}

// The law itself must be able to say no.
func TestTheDependencyRuleSaysNo(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"core", "core", true},
		{"core", "core/chat", false},
		{"core/...", "core/relay", true},
		{"core/...", "corelike", false},
		{"net/...", "net/http", true},
		{"net/...", "netip", false},
		{"...", "adapters/x", true},
		{"log/...", "log/slog", true},
	} {
		if got := covers(tt.pattern, tt.path); got != tt.want {
			t.Errorf("covers(%q, %q) = %v", tt.pattern, tt.path, got)
		}
	}
	for _, tt := range []struct {
		p, other string
		want     bool
	}{
		{"adapters/telegram", "adapters/telegram/telegramtest", true},
		{"adapters/telegram/telegramtest", "adapters/telegram", true},
		{"adapters/telegram", "adapters/signal", false},
		{"adapters", "adapters/telegram", false},
		{"core/relay", "core/relay/x", false},
		{"storage/bus", "storage/state", false},
	} {
		if got := owns(tt.p, tt.other); got != tt.want {
			t.Errorf("owns(%q, %q) = %v", tt.p, tt.other, got)
		}
	}
}

// clockwords are the functions of package time that ask the machine's clock.
func clockwords() []string {
	return []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker", "Local"}
}

func TestTheStyleOfPackages(t *testing.T) {
	banned := []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "types", "lib", "shared", "manager", "internal"}
	for _, p := range packages(t) {
		if slices.Contains(banned, p.Name) || slices.Contains(banned, path.Base(p.ImportPath)) {
			t.Errorf("%s: that name says nothing", p.path())
		}
		if p.Doc == "" {
			t.Errorf("%s: no sentence says what it does and what it does not know", p.path())
		}
		i := slices.IndexFunc(laws(), func(l law) bool { return covers(l.of, p.path()) })
		for _, name := range p.GoFiles {
			checkSource(t, p, name, i >= 0 && laws()[i].calm)
		}
	}
}

func checkSource(t *testing.T, p pkg, name string, calm bool) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, 0)
	if err != nil {
		t.Error(err)
		return
	}
	if lines := files.File(file.Pos()).LineCount(); lines > 400 {
		t.Errorf("%s/%s has %d lines, a file has at most 400", p.path(), name, lines)
	}
	clock := "" // what package time is called in this file
	for _, spec := range file.Imports {
		if imported, _ := strconv.Unquote(spec.Path.Value); imported == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				t.Errorf("%s/%s has an init function", p.path(), name)
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && calm && clock != "" && x.Name == clock && slices.Contains(clockwords(), n.Sel.Name) {
				t.Errorf("%s: time.%s asks the machine's clock, time comes with the event", files.Position(n.Pos()), n.Sel.Name)
			}
		}
		return true
	})
}
