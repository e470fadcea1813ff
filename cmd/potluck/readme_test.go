package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/core/chat"
)

const (
	tableBegin = "<!-- features: made by `potluck features` -->\n"
	tableEnd   = "<!-- /features -->"
)

// TestReadmeTable compares the table in the README with the adapters' features. To write it anew, put what
// `potluck features` prints between the two marks.
func TestReadmeTable(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(raw), tableBegin)
	table, _, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatal("the README has no marks for the table")
	}
	var want bytes.Buffer
	writeTable(&want, featureRows())
	if diff := cmp.Diff(table, want.String()); diff != "" {
		t.Errorf("the README's table is not that of `potluck features` (-readme +features):\n%s", diff)
	}
}

// TestNoEmptyCell proves that every platform answers for every kind, in words that a member understands, and promises
// nothing: also where Matrix has no application service and Signal a folder for large files.
func TestNoEmptyCell(t *testing.T) {
	tables := []chat.Features{matrix.Features(false), signal.Features(signal.Config{Outbox: "out"})}
	for _, f := range allFeatures() {
		tables = append(tables, f)
	}
	for _, f := range tables {
		for _, k := range chat.Kinds() {
			s := f.Shows[k]
			switch s.How {
			case chat.Native:
				if s.Note != "" {
					t.Errorf("%s shows %q as it is and has the note %q", f.Platform, k, s.Note)
				}
			case chat.Degraded, chat.Refused:
				if problem := problemOf(s.Note); problem != "" {
					t.Errorf("%s says %q of what is shown instead of %q: %s", f.Platform, s.Note, k, problem)
				}
			default:
				t.Errorf("%s has no answer for %q", f.Platform, k)
			}
		}
		if len(f.Shows) != len(chat.Kinds()) {
			t.Errorf("%s answers for %d kinds of %d", f.Platform, len(f.Shows), len(chat.Kinds()))
		}
	}
}

// problemOf tells what a member cannot do with a note of the table.
func problemOf(note string) string {
	words := strings.Fields(note)
	switch {
	case len(words) < 2:
		return "too short to say what is shown instead"
	case len(words) > 20:
		return "too long for a cell"
	case strings.HasSuffix(note, ".") || strings.ContainsAny(note, "|\n`"):
		return "not a phrase for a cell"
	}
	for _, no := range []string{" not yet ", " todo ", " unsupported ", " not implemented ", " mime ", " json ", " api ", " event ", " receipt "} {
		if strings.Contains(" "+strings.ToLower(note)+" ", no) {
			return "it has" + no
		}
	}
	return ""
}

// TestFeaturesAsJSON compares what `potluck features --json` prints with the adapters' features.
func TestFeaturesAsJSON(t *testing.T) {
	var out bytes.Buffer
	c := &console{out: &out, err: &out, log: slog.New(slog.DiscardHandler), env: func(string) string { return "" }}
	if code := run(t.Context(), c, []string{"features", "--json"}); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	var rows []map[string]string
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(chat.Kinds()) {
		t.Fatalf("%d rows for %d kinds", len(rows), len(chat.Kinds()))
	}
	for i, k := range chat.Kinds() {
		if rows[i]["kind"] != string(k) {
			t.Errorf("row %d is %q, want %q", i, rows[i]["kind"], k)
		}
		for p, f := range allFeatures() {
			how, note, _ := strings.Cut(rows[i][string(p)], ": ")
			if got := (chat.Support{How: chat.How(how), Note: note}); got != f.Shows[k] {
				t.Errorf("%s on %s is %+v, want %+v", k, p, got, f.Shows[k])
			}
		}
	}
}
