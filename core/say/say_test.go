package say

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestRender(t *testing.T) {
	bold := func(plain string, from, to int) chat.Text {
		return chat.Text{Plain: plain, Spans: []chat.Span{{Start: from, End: to, Style: chat.Bold}}}
	}
	code := func(plain string, from, to int) chat.Text {
		return chat.Text{Plain: plain, Spans: []chat.Span{{Start: from, End: to, Style: chat.Code}}}
	}
	tests := map[string]struct {
		sentence string
		pairs    []any
		want     chat.Text
	}{
		"plain":                    {"hello", nil, chat.Plain("hello")},
		"empty":                    {"", nil, chat.Text{}},
		"a value":                  {"hi {name}!", []any{"name", "Ana"}, chat.Plain("hi Ana!")},
		"twice":                    {"{a}{b}{a}", []any{"a", "x", "b", 7}, chat.Plain("x7x")},
		"a level":                  {"{level}s", []any{"level", chat.Organiser}, chat.Plain("organisers")},
		"values are no markup":     {"{a}", []any{"a", "*x* `y` {b}", "b", "z"}, chat.Plain("*x* `y` {b}")},
		"values are no markup, II": {"*{a}*", []any{"a", "x* {a} `y"}, bold("x* {a} `y", 0, 9)},
		"missing value":            {"hi {name}", nil, chat.Plain("hi {name}")},
		"odd pairs":                {"{a}", []any{"a"}, chat.Plain("{a}")},
		"bold":                     {"a *b* c", nil, bold("a b c", 2, 3)},
		"code with a value":        {"type `{p}link`", []any{"p", "/"}, code("type /link", 5, 10)},
		"an open mark":             {"2 * 3", nil, chat.Plain("2 * 3")},
		"a text as value":          {"{t}!", []any{"t", bold("🍞", 0, 2)}, bold("🍞!", 0, 2)},
		"emoji before a span":      {"🍞 *b*", nil, bold("🍞 b", 3, 4)},
		"nothing in a mark":        {"a``b", nil, chat.Plain("ab")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, render(tt.sentence, tt.pairs)); diff != "" {
				t.Errorf("rendered (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add("a {x} *b `c` {y}*", "va*l{x}ue")
	f.Fuzz(func(t *testing.T, sentence, v string) {
		if len(sentence) > 500 {
			t.Skip()
		}
		got := render(chat.Plain(sentence).Plain, []any{"x", v, "y", chat.Styled(chat.Italic, v, "")})
		for _, s := range got.Spans {
			if s.Start < 0 || s.Start >= s.End || s.End > got.Len() {
				t.Fatalf("span %+v of %q", s, got.Plain)
			}
		}
	})
}

func TestUnknownKeysAndLanguages(t *testing.T) {
	if got := Text("en", "no.such.key").Plain; got != "no.such.key" {
		t.Errorf("got %q", got)
	}
	if got, want := Text("tlh", "help.help"), Text("en", "help.help"); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !slices.Contains(Languages(), "en") || len(Keys("en")) < 50 || len(Keys("tlh")) != 0 {
		t.Errorf("languages %v, %d keys", Languages(), len(Keys("en")))
	}
}

func TestPlatformsHaveNames(t *testing.T) {
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix, chat.Web, chat.Local} {
		if name := Platform("en", p); name == "" || strings.Contains(name, ".") {
			t.Errorf("%s is called %q", p, name)
		}
	}
}

// literals are the strings in the source outside of tests that say is asked for or that a declaration
// names as its help, with where they stand.
func literals(t *testing.T) (asked map[string]string, all map[string]bool) {
	t.Helper()
	asked, all = make(map[string]string), make(map[string]bool)
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || file != root && strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		isRule := slices.ContainsFunc([]string{"core", "rituals", "summaries"}, func(part string) bool {
			return strings.HasPrefix(file, filepath.Join(root, part))
		})
		if !isRule && !strings.Contains(string(source), "core/say\"") && !strings.Contains(string(source), "core/rule\"") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, ok := text(n); ok {
					all[s] = true
				}
			case *ast.CallExpr:
				if key, ok := keyAsked(n); ok {
					asked[key] = file
				}
			case *ast.KeyValueExpr:
				if s, ok := text(n.Value); ok && (fmt.Sprint(n.Key) == "Help" || fmt.Sprint(n.Key) == "Shape") && s != "" {
					asked[s] = file
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return asked, all
}

// keyAsked returns the key that a call asks for: say.Text(language, key, …) or a voice's Say(key, …).
func keyAsked(n *ast.CallExpr) (string, bool) {
	f, ok := n.Fun.(*ast.SelectorExpr)
	switch {
	case !ok:
		return "", false
	case f.Sel.Name == "Text" && fmt.Sprint(f.X) == "say" && len(n.Args) > 1:
		return text(n.Args[1])
	case f.Sel.Name == "Say" && len(n.Args) > 0:
		return text(n.Args[0])
	}
	return "", false
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func TestEverySentenceThatIsAskedForIsThere(t *testing.T) {
	asked, all := literals(t)
	keys := Keys("en")
	for key, where := range asked {
		if !slices.Contains(keys, key) {
			t.Errorf("%s asks for %q, which the English catalogue does not have", where, key)
		}
	}
	made := make(map[string]bool) // keys that are put together
	for _, r := range []chat.Reason{
		chat.Forbidden, chat.NotFound, chat.TooLarge, chat.TooOld, chat.TooMany, chat.Unsupported, chat.Invalid, chat.Broken,
	} {
		made["why."+string(r)] = true
	}
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix, chat.Web, chat.Local} {
		made["platform."+string(p)] = true
	}
	for _, l := range []chat.Level{chat.Guest, chat.Member, chat.Moderator, chat.Organiser} {
		made["level."+l.String()] = true
	}
	for i := range 12 {
		made[fmt.Sprintf("day.%d", i%7)], made[fmt.Sprintf("month.%d", i+1)] = true, true
	}
	for key := range made {
		if !slices.Contains(keys, key) {
			t.Errorf("the English catalogue does not have %q", key)
		}
	}
	for _, key := range keys {
		if !all[key] && !made[key] {
			t.Errorf("nobody says %q", key)
		}
	}
	if len(asked) < 40 {
		t.Errorf("only %d sentences were found in the source", len(asked))
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func TestTheCataloguesAgree(t *testing.T) {
	want := make(map[string][]string)
	for _, key := range Keys("en") {
		want[key] = holes(catalogues()["en"][key])
	}
	for _, l := range Languages() {
		got := make(map[string][]string)
		for _, key := range Keys(l) {
			got[key] = holes(catalogues()[l][key])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("keys and placeholders of %s (-en +%s):\n%s", l, l, diff)
		}
	}
}

func holes(sentence string) []string {
	out := placeholder.FindAllString(sentence, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

// Marks come in pairs and nothing is left around a sentence by accident.
func TestSentencesAreWellMade(t *testing.T) {
	for _, l := range Languages() {
		for _, key := range Keys(l) {
			s := catalogues()[l][key]
			if strings.TrimSpace(s) != s || s == "" || strings.Contains(s, "  ") || strings.Count(s, "`")%2 != 0 || strings.Count(s, "*")%2 != 0 ||
				strings.Count(s, "{") != strings.Count(s, "}") {
				t.Errorf("%s %s: %q", l, key, s)
			}
			for _, hole := range holes(s) {
				if !regexp.MustCompile(`^\{[a-z]+\}$`).MatchString(hole) {
					t.Errorf("%s %s: placeholder %s", l, key, hole)
				}
			}
		}
	}
}

// A key that is there twice would be lost without a word.
func TestNoKeyIsThereTwice(t *testing.T) {
	names, err := fs.Glob(files, "*/*.json")
	if err != nil || len(names) < 4 {
		t.Fatalf("%d catalogues, %v", len(names), err)
	}
	seen := make(map[string]string) // language and key → file
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(raw)))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			at := path.Dir(name) + " " + fmt.Sprint(key)
			if other := seen[at]; other != "" {
				t.Errorf("%s has %v, which is in %s, too", name, key, other)
			}
			seen[at] = name
			if _, err := d.Token(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
