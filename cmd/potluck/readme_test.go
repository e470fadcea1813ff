package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestNoEmptyCell proves that every platform answers for every kind.
func TestNoEmptyCell(t *testing.T) {
	for p, f := range allFeatures() {
		for _, k := range chat.Kinds() {
			s := f.Shows[k]
			switch s.How {
			case chat.Native:
			case chat.Degraded, chat.Refused:
				if s.Note == "" {
					t.Errorf("%s does not say what is shown instead of %q", p, k)
				}
			default:
				t.Errorf("%s has no answer for %q", p, k)
			}
		}
	}
}
