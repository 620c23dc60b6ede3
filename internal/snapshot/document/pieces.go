package document

import (
	"slices"

	"holdfast.dev/holdfast/internal/model"
)

// pieces is a text that is changed step by step and remembers which parts of it
// are still the original: a piece table.
type pieces struct {
	original []byte
	parts    []piece
}

// piece is a part of the original from an offset, or with offset -1 new text.
type piece struct {
	text   []byte
	offset int
}

func newPieces(original []byte) *pieces {
	return &pieces{original: original, parts: []piece{{text: original, offset: 0}}}
}

func (p *pieces) bytes() []byte {
	var out []byte
	for _, part := range p.parts {
		out = append(out, part.text...)
	}
	return out
}

// cut makes an offset of the current text a boundary of pieces and returns the
// index of the piece that starts there.
func (p *pieces) cut(at int) int {
	for i, part := range p.parts {
		if at == 0 {
			return i
		}
		if at < len(part.text) {
			second := piece{text: part.text[at:], offset: -1}
			if part.offset >= 0 {
				second.offset = part.offset + at
			}
			p.parts[i].text = part.text[:at]
			p.parts = slices.Insert(p.parts, i+1, second)
			return i + 1
		}
		at -= len(part.text)
	}
	return len(p.parts)
}

// replace makes a change of the current text.
func (p *pieces) replace(c change) {
	from := p.cut(c.start)
	to := p.cut(c.end)
	var added []piece
	if c.text != "" {
		added = []piece{{text: []byte(c.text), offset: -1}}
	}
	p.parts = slices.Replace(p.parts, from, to, added...)
}

// edits says how the original becomes the current text, in a file in which it
// starts so many lines further down.
func (p *pieces) edits(file string, shift int) []model.Edit {
	index := newIndex(p.original)
	var edits []model.Edit
	at, text := 0, ""
	flush := func(until int) {
		if until > at || text != "" {
			edit := model.Edit{File: file, Text: text}
			edit.StartLine, edit.StartColumn = index.place(at)
			edit.EndLine, edit.EndColumn = index.place(until)
			edit.StartLine += shift
			edit.EndLine += shift
			edits = append(edits, edit)
		}
		text = ""
	}
	for _, part := range p.parts {
		if part.offset < 0 {
			text += string(part.text)
			continue
		}
		flush(part.offset)
		at = part.offset + len(part.text)
	}
	flush(len(p.original))
	return edits
}
