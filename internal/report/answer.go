package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// CSV is a format of answers only: a scan is no table.
const CSV Format = "csv"

// AnswerFormats lists the formats that every question has, the default first.
func AnswerFormats() []Format { return []Format{Table, JSON, YAML, CSV, HTML} }

// ParseAnswerFormat is the format of that name. The error lists what there is.
func ParseAnswerFormat(name string) (Format, error) {
	return parseFormat(name, AnswerFormats())
}

// Answer is what a question gives: tables for people, items for programs, and what
// could not be looked at.
type Answer struct {
	Kind     string // of the document, as "RBACGrants"
	Question string // in words: "Who can get secrets?"; the heading of the page
	Target   string // what was read: "deploy/, rbac.yaml", "cluster kind-dev"

	// Reply is the answer in one line, and Outcome what it means: Pass for a yes,
	// Fail for a no, Unknown where it cannot be told, NotApplicable for a question
	// that has neither.
	Reply   string
	Outcome model.Outcome
	Legend  string // how to read the tables; "" where they need no words

	Silent  bool // a table prints nothing where there is no row and no gap, as diff does
	Tables  []AnswerTable
	Records *AnswerTable // csv; nil: the only one of Tables
	// Items is a slice. Each item encodes itself by encoding/json. Members have plain
	// names, so maps are not for items, and nothing is null.
	Items any
	Gaps  []model.Gap
}

// AnswerTable is rows under columns, of which the first names the row.
type AnswerTable struct {
	Title   string   // "" for the only one
	Columns []string // in lower case
	Rows    [][]Cell // each as long as Columns
	// Lists: cells are lists of names, of which none is cut off, and a first cell that is
	// that of the row above is not written again.
	Lists bool
}

// Cell is one field of a row. Notes say what it rests on: a page shows them when
// the cell is opened, a table of text leaves them out. Parts are what Text joins
// where it is long and the same parts come again in other rows: a table of text
// numbers them and says them once, below.
type Cell struct {
	Text  string
	Notes []string
	Parts []string
}

// Cells makes a row of plain texts.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Exit is the exit status that the answer calls for: 2 when something that was
// asked for is not known, else 1 for a no, else 0.
func (a *Answer) Exit() int {
	switch {
	case a.Outcome == model.Unknown || slices.ContainsFunc(a.Gaps, func(g model.Gap) bool { return !g.Skipped }):
		return 2
	case a.Outcome == model.Fail:
		return 1
	default:
		return 0
	}
}

// WriteAnswer renders the answer in one of AnswerFormats to w. A csv has no place
// for gaps: who asks for it tells them elsewhere.
func WriteAnswer(w io.Writer, f Format, a Answer, opts Options) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch f {
	case Table:
		writeAnswerTable(out, a, opts)
	case JSON:
		err = writeAnswerDocument(out, a, layoutJSON)
	case YAML:
		err = writeAnswerDocument(out, a, layoutYAML)
	case CSV:
		err = writeAnswerCSV(out, a)
	case HTML:
		err = writeAnswerPage(out, a)
	default:
		_, err = ParseAnswerFormat(string(f))
	}
	if err != nil {
		return fmt.Errorf("report %s: %w", f, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report %s: %w", f, err)
	}
	return nil
}

// writeAnswerDocument renders the published machine-readable form. Its schemas are
// in docs/reference, one for each kind.
func writeAnswerDocument(w *bufio.Writer, a Answer, l layout) error {
	e := newEncoder(w, l)
	e.object()
	e.str("apiVersion", "holdfast.dev/v1")
	e.str("kind", a.Kind)
	e.key("items")
	e.list()
	items := reflect.ValueOf(a.Items)
	for i := range items.Len() {
		text, err := json.Marshal(items.Index(i).Interface())
		if err != nil {
			return err
		}
		e.document(text)
	}
	e.end()
	e.key("gaps")
	e.list()
	for _, gap := range a.Gaps {
		e.gap(gap)
	}
	e.end()
	e.end()
	return e.err
}

// document writes JSON as events, so that it takes the layout of what is around it.
func (e *encoder) document(text json.RawMessage) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	e.value(decoder)
}

func (e *encoder) value(decoder *json.Decoder) {
	token, err := decoder.Token()
	if err != nil {
		e.fail(err)
		return
	}
	switch token := token.(type) {
	case json.Delim:
		e.open(token == '[')
		for decoder.More() && e.err == nil {
			if token == '{' {
				e.member(decoder)
			}
			e.value(decoder)
		}
		if _, err := decoder.Token(); err != nil {
			e.fail(err)
		}
		e.end()
	case string:
		e.text(token)
	case bool:
		e.bool(token)
	case json.Number:
		e.raw(json.RawMessage(token))
	default:
		e.fail(errors.New("an item holds null: a list without elements is empty"))
	}
}

func (e *encoder) member(decoder *json.Decoder) {
	token, err := decoder.Token()
	name, ok := token.(string)
	switch {
	case err != nil:
		e.fail(err)
	case !ok || !yamlPlain(name) || visible(name) != name:
		e.fail(fmt.Errorf("%v is no name of a member", token))
	}
	e.key(name)
}

// writeAnswerCSV writes one header and the rows.
func writeAnswerCSV(w *bufio.Writer, a Answer) error {
	table := a.Records
	if table == nil && len(a.Tables) == 1 {
		table = &a.Tables[0]
	}
	if table == nil {
		return fmt.Errorf("%s has no one table", a.Kind)
	}
	out := csv.NewWriter(w)
	if err := out.Write(table.Columns); err != nil {
		return err
	}
	line := make([]string, len(table.Columns))
	for _, row := range table.Rows {
		for i := range row {
			line[i] = csvField(row[i].Text)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvField is visible text that no spreadsheet takes for a formula: names of users
// are whatever a certificate says.
// https://owasp.org/www-community/attacks/CSV_Injection
func csvField(s string) string {
	s = visible(s)
	if s != "" && strings.IndexByte("=+-@", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// Visible is text that can neither drive a terminal nor hide from a reader: see
// visible. It is for what stands outside of a report.
func Visible(s string) string { return visible(s) }
