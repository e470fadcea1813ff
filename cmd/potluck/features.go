package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// featureRow is one line of the table: how far each platform shows a kind that comes from elsewhere.
type featureRow struct {
	Kind     string `json:"kind"`
	Telegram string `json:"telegram"`
	Signal   string `json:"signal"`
	Matrix   string `json:"matrix"`
}

// runFeatures prints the table that the adapters' features make.
func runFeatures(_ context.Context, c *console, args []string) error {
	f := c.flags("features")
	asJSON := f.Bool("json", false, "print the rows as JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	rows := featureRows()
	if *asJSON {
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	writeTable(c.out, rows)
	return nil
}

func featureRows() []featureRow {
	tables := allFeatures()
	var rows []featureRow
	for _, k := range chat.Kinds() {
		rows = append(rows, featureRow{
			Kind: string(k), Telegram: cell(tables[chat.Telegram], k), Signal: cell(tables[chat.Signal], k),
			Matrix: cell(tables[chat.Matrix], k),
		})
	}
	return rows
}

// cell writes a support as "native" or "degraded: as text".
func cell(f chat.Features, k chat.Kind) string {
	s := f.Shows[k]
	if s.Note == "" {
		return string(s.How)
	}
	return string(s.How) + ": " + s.Note
}

// writeTable writes the rows as a Markdown table, as the README has it, and below it how many there are of each answer.
func writeTable(w io.Writer, rows []featureRow) {
	fmt.Fprintln(w, "| kind | Telegram | Signal | Matrix |\n|---|---|---|---|")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join([]string{r.Kind, r.Telegram, r.Signal, r.Matrix}, " | "))
	}
	fmt.Fprintf(w, "\n%d kinds. Native, degraded, refused: Telegram %s; Signal %s; Matrix %s.\n", len(rows),
		answers(rows, func(r featureRow) string { return r.Telegram }), answers(rows, func(r featureRow) string { return r.Signal }),
		answers(rows, func(r featureRow) string { return r.Matrix }))
}

// answers counts the cells of one platform by how they begin: "40, 20, 3".
func answers(rows []featureRow, cell func(featureRow) string) string {
	count := make(map[chat.How]int)
	for _, r := range rows {
		how, _, _ := strings.Cut(cell(r), ":")
		count[chat.How(how)]++
	}
	return fmt.Sprintf("%d, %d, %d", count[chat.Native], count[chat.Degraded], count[chat.Refused])
}
