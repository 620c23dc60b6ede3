package report

import (
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// row is one line of a group: a finding, or the count of those left out.
type row struct {
	finding                         *model.Finding // nil: a note
	object, key, path, value, place string
	note                            string
}

// rows lists the findings of a group in columns, while that cuts nothing off that
// tells them apart. Else each object stands above what is wrong with it; and on
// terminals that are too narrow for this too, each finding takes two lines.
func (t table) rows(g group) {
	rows := t.collapse(g)
	if t.opts.Width > 0 && t.opts.Width < stacked {
		t.stack(rows)
		return
	}
	if t.opts.Width > 0 {
		if path, value := common(rows); path != "" {
			path, value = fitEvidence(path, value, t.opts.Width-4)
			t.line(4, t.paint(faint, path)+value)
			rows = withoutEvidence(rows)
		}
	}
	fitted := slices.Clone(rows)
	widths := fitRows(fitted, t.opts.Width-4)
	if t.opts.Width > 0 && blurred(rows, fitted) {
		t.byObject(rows)
		return
	}
	for _, r := range fitted {
		t.line(4, t.paintRow(r, widths))
	}
}

// byObject writes each object once, and its findings below it. Where that still
// cuts values and each object has but one finding, its place goes up to the object.
func (t table) byObject(rows []row) {
	below := slices.Clone(rows)
	for i := range below {
		below[i].object = ""
	}
	fitted := slices.Clone(below)
	widths := fitRows(fitted, t.opts.Width-6)
	up := oneEach(rows) && cutsValues(rows, fitted)
	if up {
		fitted = slices.Clone(below)
		for i := range fitted {
			fitted[i].place = ""
		}
		widths = fitRows(fitted, t.opts.Width-6)
	}
	last := ""
	for i, r := range fitted {
		if r.note != "" {
			t.line(4, t.paintRow(r, widths))
			continue
		}
		if rows[i].object != last {
			last = rows[i].object
			t.head(rows[i], up)
		}
		t.line(6, t.paintRow(r, widths))
	}
}

// head writes the object of a row, and its place too where that is wanted: beside
// the object if the file's name fits there.
func (t table) head(r row, place bool) {
	object := fitObject(r.object, t.opts.Width-4)
	if !place || r.place == "" {
		t.line(4, object)
		return
	}
	if room := t.opts.Width - 6 - textWidth(object); room > textWidth(fileName(r.place)) {
		t.line(4, object+"  "+t.paint(blue, fitTail(r.place, '/', room)))
		return
	}
	t.line(4, object)
	t.line(6, t.paint(blue, fitTail(r.place, '/', t.opts.Width-6)))
}

// fileName is the end of a place that tells it from others: "web.yaml:21".
func fileName(place string) string { return place[strings.LastIndexByte(place, '/')+1:] }

func cutsValues(rows, fitted []row) bool {
	for i := range rows {
		if rows[i].value != fitted[i].value {
			return true
		}
	}
	return false
}

// oneEach tells whether each object has one row.
func oneEach(rows []row) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i].finding != nil && rows[i].object == rows[i-1].object {
			return false
		}
	}
	return true
}

// stack writes the object, and below it what is wrong and where.
func (t table) stack(rows []row) {
	for _, r := range rows {
		if r.note != "" {
			t.line(4, t.paint(faint, fitEnd(r.note, t.opts.Width-4)))
			continue
		}
		if r.key != "" {
			r.object += " " + r.key
		}
		t.line(4, fitEnd(r.object, t.opts.Width-4))
		place := fitTail(r.place, '/', (t.opts.Width-6)/2)
		room := t.opts.Width - 6
		if place != "" {
			room -= 2 + textWidth(place)
			place = "  " + t.paint(blue, place)
		}
		path, value := fitEvidence(r.path, r.value, room)
		t.line(6, t.paint(faint, path)+value+place)
	}
}

func (t table) paintRow(r row, c columns) string {
	if r.note != "" {
		return t.paint(faint, fitWidth(r.note, t.opts.Width-4))
	}
	var cells []string
	if c.object > 0 {
		cells = append(cells, pad(r.object, c.object))
	}
	if c.key > 0 {
		cells = append(cells, t.paint(cyan, pad(r.key, c.key)))
	}
	if c.evidence > 0 {
		space := strings.Repeat(" ", max(0, c.evidence-textWidth(r.path)-textWidth(r.value)))
		cells = append(cells, t.paint(faint, r.path)+r.value+space)
	}
	if r.place != "" {
		cells = append(cells, t.paint(blue, r.place))
	}
	return strings.TrimRight(strings.Join(cells, "  "), " ")
}

// blurred tells whether fitting cut what tells rows apart: the name of an object or
// of a file, or most of a value.
func blurred(rows, fitted []row) bool {
	for i := range rows {
		was, is := &rows[i], &fitted[i]
		name, _, _ := strings.Cut(was.object, "[")
		if was.object != is.object && !strings.HasPrefix(is.object, name) {
			return true
		}
		if was.value != is.value && textWidth(is.value) < valueLeast {
			return true
		}
		if was.place != is.place && !strings.HasSuffix(is.place, fileName(was.place)) {
			return true
		}
	}
	return false
}

// common is the evidence of rows that all have the same, but for where in their
// objects the field stands. It need not stand on every line.
func common(rows []row) (path, value string) {
	n, whole := 0, true
	for _, r := range rows {
		switch {
		case r.finding == nil:
			continue
		case n == 0:
			path, value = r.path, r.value
		case r.value != value:
			return "", ""
		case r.path != path:
			path, whole = commonEnd(path, r.path), false
		}
		n++
	}
	if n < 2 || path == "" || value == "" { // without a value, the path is a message
		return "", ""
	}
	if !whole {
		path = "…" + path
	}
	return path, value
}

func withoutEvidence(rows []row) []row {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].path, rows[i].value = "", ""
	}
	return rows
}

// commonEnd is the longest run of whole fields that both paths end with.
func commonEnd(a, b string) string {
	for _, start := range append([]int{0}, fieldStarts(a)...) {
		end := a[start:]
		if at := len(b) - len(end); end == b || strings.HasSuffix(b, end) && slices.Contains(fieldStarts(b), at) {
			return end
		}
	}
	return ""
}

// collapse makes the rows of a group. Findings that say the same of many objects
// are cut to a few and a count, and so are very many that differ, unless all are
// wanted.
func (t table) collapse(g group) []row {
	if t.opts.All {
		rows := make([]row, len(g.findings))
		for i, f := range g.findings {
			rows[i] = rowOf(f)
		}
		return rows
	}
	runs := map[string][]*model.Finding{}
	keys := make([]string, len(g.findings))
	for i, f := range g.findings {
		keys[i] = alike(f)
		runs[keys[i]] = append(runs[keys[i]], f)
	}
	examples := map[*model.Finding]bool{}
	for _, run := range runs {
		for _, f := range examplesOf(run) {
			examples[f] = true
		}
	}
	var rows []row
	for i, f := range g.findings {
		if examples[f] {
			rows = append(rows, rowOf(f))
		}
		if run := runs[keys[i]]; run[len(run)-1] == f {
			if left := slices.DeleteFunc(slices.Clone(run), func(f *model.Finding) bool { return examples[f] }); len(left) > 0 {
				rows = append(rows, row{note: leftOut(left, " alike")})
			}
		}
	}
	if len(examples) > rowsLimit {
		return shortened(rows, g.findings)
	}
	return rows
}

// examplesOf picks the findings of a run that stand for all: of different objects as
// far as there are any.
func examplesOf(run []*model.Finding) []*model.Finding {
	if len(run) <= alikeLimit {
		return run
	}
	var picked, others []*model.Finding
	objects := map[model.ID]bool{}
	for _, f := range run {
		if len(picked) == alikeShown {
			break
		}
		if objects[f.Object.ID] {
			others = append(others, f)
			continue
		}
		objects[f.Object.ID] = true
		picked = append(picked, f)
	}
	return append(picked, others[:min(alikeShown-len(picked), len(others))]...)
}

// shortened keeps the first findings of rows, and counts all others.
func shortened(rows []row, findings []*model.Finding) []row {
	var kept []row
	for _, r := range rows {
		if r.finding != nil && len(kept) < rowsShown {
			kept = append(kept, r)
		}
	}
	others := slices.DeleteFunc(slices.Clone(findings), func(f *model.Finding) bool {
		return slices.ContainsFunc(kept, func(r row) bool { return r.finding == f })
	})
	return append(kept, row{note: leftOut(others, "")})
}

// leftOut counts findings that are not listed, and their objects.
func leftOut(findings []*model.Finding, alike string) string {
	objects := group{findings: findings}.objects()
	if objects == len(findings) {
		return "… and " + count(objects, "more object") + alike + ": --all lists them"
	}
	return "… and " + count(len(findings), "more finding") + alike + " on " + count(objects, "object") + ": --all lists them"
}

// alike is equal for findings that say the same of different objects: the same
// field, whatever its position in a list, with the same value.
func alike(f *model.Finding) string {
	e := shown(f)
	if e == nil {
		return "\x00" + f.Message
	}
	path := string(e.Path)
	var b strings.Builder
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			break
		}
		length := strings.IndexByte(path[open:], ']')
		if length < 0 {
			break
		}
		b.WriteString(path[:open])
		if _, err := strconv.Atoi(path[open+1 : open+length]); err != nil {
			b.WriteString(path[open : open+length+1])
		}
		path = path[open+length+1:]
	}
	return b.String() + path + "\x00" + e.Value
}

// shown is the evidence that stands for the finding: the first of the object
// itself that names a field, else the first that names one.
func shown(f *model.Finding) *model.Evidence {
	var first *model.Evidence
	for i := range f.Evidence {
		e := &f.Evidence[i]
		if e.Path == "" {
			continue
		}
		if e.Object.ID == f.Object.ID {
			return e
		}
		if first == nil {
			first = e
		}
	}
	return first
}

func rowOf(f *model.Finding) row {
	r := row{finding: f, object: brief(f.Object.String(), 2*valueLimit), key: brief(f.Key, valueLimit), place: brief(location(place(f)), 2*valueLimit)}
	e := shown(f)
	switch {
	case e == nil:
		r.path = brief(f.Message, valueLimit)
	case e.Value == f.Key && f.Key != "":
		// The key says what the field holds: what is wrong with it is in the message.
		r.path = brief(strings.TrimPrefix(f.Message, f.Key+" "), 2*valueLimit)
	case e.Value == "":
		r.path, r.value = brief(string(e.Path), 2*valueLimit), " not set"
	default:
		r.path, r.value = brief(string(e.Path), 2*valueLimit), " = "+brief(e.Value, valueLimit)
	}
	return r
}
