// Package document turns the text of files into snapshot changes: it splits
// YAML and JSON into documents, decodes each into the type of its kind, and keeps
// the line of every field. What cannot be understood becomes a gap; what the API
// server would refuse is read as it is written and said to be so.
//
// Going back, Edits turns patches of an object into edits of its text.
package document

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Text is the content of one file, or of one rendered template.
type Text struct {
	File     string
	Data     []byte
	Editable bool            // the file holds the objects themselves
	Asked    bool            // someone named this very file: that it holds no object is a gap
	Rendered bool            // output of a template, which may well be empty
	LineOf   func(int) int   // maps a line of Data to a line of File; nil when they are the same
	Done     <-chan struct{} // ends the reading early when closed
}

// Decoder decodes texts. It is safe for concurrent use.
type Decoder struct {
	Kinds     *kinds.Table
	Namespace string // for namespaced objects that name none
	DropText  bool   // Origin.Doc is not kept: nobody will turn patches into edits

	structs sync.Map  // reflect.Type -> map[string]field
	scratch sync.Pool // *snapshot.Lines, for the lines of the object that is being read
}

// NewDecoder makes a decoder that puts objects without a namespace into
// namespace ("default" when empty).
func NewDecoder(namespace string) *Decoder {
	if namespace == "" {
		namespace = "default"
	}
	return &Decoder{Kinds: kinds.NewTable(), Namespace: namespace}
}

// Decode emits a Put for each object of the text and a Gap for whatever could
// not be understood, in the order of the text. It never panics, and its time and
// memory are proportional to the size of the text.
func (d *Decoder) Decode(text Text, emit func(snapshot.Change)) {
	r := &reading{decoder: d, text: text, emit: emit, budget: baseBudget + nodesPerByte*len(text.Data)}
	defer r.borrowScratch()()
	if reason := unreadable(text.Data); reason != "" {
		r.gap(model.Gap{Reason: reason, Line: 1})
		return
	}
	for _, part := range split(withoutMarks(text.Data)) {
		if r.stopped() {
			return
		}
		r.part(part)
	}
	r.summarise()
	if !r.spoke && !text.Rendered {
		r.gap(model.Gap{Reason: "holds no Kubernetes object: it is empty", Skipped: !text.Asked})
	}
}

// usualFields is more fields than most objects have.
const usualFields = 192

// borrowScratch takes a scratch from the pool and returns what gives it back.
func (r *reading) borrowScratch() (giveBack func()) {
	scratch, ok := r.decoder.scratch.Get().(*snapshot.Lines)
	if !ok {
		made := make(snapshot.Lines, 0, usualFields)
		scratch = &made
	}
	r.scratch = *scratch
	return func() {
		*scratch = r.scratch[:0]
		r.decoder.scratch.Put(scratch)
	}
}

const byteOrderMark = "\xef\xbb\xbf"

// withoutMarks drops byte order marks at the start of a file and, where files were
// put together, of a document.
func withoutMarks(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if inner := []byte("\n" + byteOrderMark); bytes.Contains(data, inner) {
		data = bytes.ReplaceAll(data, inner, []byte("\n"))
	}
	return data
}

// unreadable says why data is no text, or "".
func unreadable(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "the file is UTF-16: save it as UTF-8"
	case bytes.IndexByte(data[:min(len(data), 8192)], 0) >= 0:
		return "the file is binary, not YAML or JSON"
	default:
		return ""
	}
}

const (
	// Aliases let a small text stand for a huge one. What is visited is bounded
	// by the size of the text: each byte may be part of a node that is visited a
	// few times, and aliases may add baseBudget nodes to that.
	baseBudget   = 200_000
	nodesPerByte = 3
)

// maxDocument bounds what is parsed at once, since a syntax tree can take a
// hundred times the memory of its text. Lists are read item by item, and the API
// server takes no object of more than 3 MiB (k8s.io/apiserver, config.go,
// MaxRequestBodyBytes).
const maxDocument = 4 << 20

func (r *reading) tooLarge(doc []byte) bool {
	if len(doc) <= maxDocument {
		return false
	}
	r.gap(model.Gap{Line: 1, Reason: fmt.Sprintf("the document is larger than %d MiB: nothing so large is read, nor taken by the API server", maxDocument>>20)})
	return true
}

// reading is the decoding of one text.
type reading struct {
	decoder *Decoder
	text    Text
	emit    func(snapshot.Change)
	budget  int   // nodes that may still be visited
	base    int   // lines of the text before what is parsed
	breaks  []int // see oddBreaks
	spoke   bool  // something was emitted
	gaps    int   // how many were emitted
	unsaid  int   // how many were not, being too many
	hidden  bool  // one of those hides something
	scratch snapshot.Lines
}

func (r *reading) put(object *snapshot.Object) {
	r.spoke = true
	r.emit(snapshot.Change{Put: object})
}

// maxGaps bounds what is said of one text: nobody reads more, and a text can have
// millions.
const maxGaps = 1000

// gap emits a gap whose Line is a line of what is parsed.
func (r *reading) gap(gap model.Gap) {
	r.spoke = true
	if r.gaps++; r.gaps > maxGaps {
		r.unsaid++
		r.hidden = r.hidden || gap.Hides()
		return
	}
	gap.File = r.text.File
	gap.Line = r.line(gap.Line)
	r.emit(snapshot.Change{Gap: &gap})
}

// summarise says how much was not said.
func (r *reading) summarise() {
	if r.unsaid > 0 {
		gap := model.Gap{File: r.text.File, Reason: fmt.Sprintf("%d more gaps of this text are not listed", r.unsaid), Refused: !r.hidden}
		r.emit(snapshot.Change{Gap: &gap})
	}
}

// line maps a line of what is parsed to a line of the file; 0 is unknown.
func (r *reading) line(line int) int {
	if line <= 0 {
		return 0
	}
	if line < len(r.breaks) {
		line = r.breaks[line]
	}
	line += r.base
	if r.text.LineOf != nil {
		return r.text.LineOf(line)
	}
	return line
}

func (r *reading) stopped() bool {
	select {
	case <-r.text.Done: // blocks when nil, and then default is taken
		return true
	default:
		return false
	}
}

// part reads one document of the stream, and whatever follows it without a "---".
func (r *reading) part(part part) {
	r.base, r.breaks = part.line-1, nil
	if looksLikeJSON(part.data) {
		r.json(part)
		return
	}
	r.breaks = oddBreaks(part.data)
	if rest, items, ok := splitList(part); ok {
		if nodes, err := parseYAML(rest); err == nil && len(nodes) == 1 && len(nodes[0].Content) == 1 {
			if h := readHead(nodes[0].Content[0]); h.apiVersion != "" && strings.HasSuffix(h.kind, "List") {
				r.list(part, h, items)
				return
			}
		}
	}
	if r.tooLarge(part.data) {
		return
	}
	nodes, err := parseYAML(part.data)
	if err != nil {
		r.broken(part, err)
		return
	}
	for _, node := range nodes {
		r.document(node, inherited{}, part.data)
	}
}

func (r *reading) broken(part part, err error) {
	line, reason := explain(err, part.data)
	r.gap(model.Gap{Line: line, Reason: reason})
}
