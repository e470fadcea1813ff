// Package say holds every sentence that a human reads, by key and language. It does not know who says it
// to whom, or when.
package say

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

//go:embed */*.json
var files embed.FS

// catalogues are the embedded files, read once: constant data.
var catalogues = sync.OnceValue(read) //nolint:gochecknoglobals // constant data, read from the binary itself

func read() map[string]map[string]string {
	out := make(map[string]map[string]string)
	names, err := fs.Glob(files, "*/*.json")
	if err != nil {
		panic(fmt.Sprintf("read catalogues: %v", err)) // cannot happen: they are in the binary
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("read catalogue %s: %v", name, err))
		}
		sentences := make(map[string]string)
		if err := json.Unmarshal(raw, &sentences); err != nil {
			panic(fmt.Sprintf("read catalogue %s: %v", name, err))
		}
		language := path.Dir(name)
		if out[language] == nil {
			out[language] = make(map[string]string)
		}
		maps.Copy(out[language], sentences)
	}
	return out
}

// Text returns the sentence with that key in a language, in English where the language has no catalogue
// or lacks the key. pairs are placeholder names and their values: "{name}" becomes the value. A value is a
// string, a number or a chat.Text, and is never read as markup; in the sentence itself `x` is code and
// *x* is bold. An unknown key is returned as it is.
func Text(language, key string, pairs ...any) chat.Text {
	sentence, ok := catalogues()[language][key]
	if !ok {
		sentence, ok = catalogues()["en"][key]
	}
	if !ok {
		sentence = key
	}
	return render(sentence, pairs)
}

// Languages returns the languages that have a catalogue, sorted.
func Languages() []string {
	var out []string
	for l := range catalogues() {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

// Keys returns the keys of a language's catalogue, sorted.
func Keys(language string) []string {
	var out []string
	for k := range catalogues()[language] {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// render fills the placeholders in and turns the sentence's own marks into spans.
func render(sentence string, pairs []any) chat.Text {
	var out chat.Text
	for sentence != "" {
		i := strings.IndexAny(sentence, "{*`")
		if i < 0 {
			return out.Append(chat.Plain(sentence))
		}
		out = out.Append(chat.Plain(sentence[:i]))
		mark := sentence[i]
		end := strings.IndexByte(sentence[i+1:], map[byte]byte{'{': '}', '*': '*', '`': '`'}[mark])
		if end < 0 {
			return out.Append(chat.Plain(sentence[i:]))
		}
		inner := sentence[i+1 : i+1+end]
		sentence = sentence[i+end+2:]
		switch mark {
		case '{':
			out = out.Append(value(inner, pairs))
		case '*':
			out = out.Append(over(chat.Bold, render(inner, pairs)))
		case '`':
			out = out.Append(over(chat.Code, render(inner, pairs)))
		}
	}
	return out
}

func over(style chat.Style, t chat.Text) chat.Text {
	t.Spans = append([]chat.Span{{Start: 0, End: t.Len(), Style: style}}, t.Spans...)
	return t.Normal()
}

func value(name string, pairs []any) chat.Text {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != name {
			continue
		}
		if t, ok := pairs[i+1].(chat.Text); ok {
			return t
		}
		return chat.Plain(fmt.Sprint(pairs[i+1]))
	}
	return chat.Plain("{" + name + "}")
}
