package report

import "strings"

// columns are the widths of the cells of a group's rows.
type columns struct{ object, key, evidence, place int }

// fitRows shares width among the columns of rows, and cuts the cells that get
// less than they need. Width 0 or less leaves them whole.
func fitRows(rows []row, width int) columns {
	var need columns
	least := 0 // what the evidence needs to name its last field and its value
	for _, r := range rows {
		if r.note != "" {
			continue
		}
		value := textWidth(r.value)
		need.object = max(need.object, textWidth(r.object))
		need.key = max(need.key, textWidth(r.key))
		need.evidence = max(need.evidence, textWidth(r.path)+value)
		need.place = max(need.place, textWidth(r.place))
		least = max(least, 1+textWidth(lastField(r.path))+value)
	}
	if width <= 0 {
		// Align, but do not let one long cell push all others away.
		return columns{min(need.object, 60), min(need.key, 40), min(need.evidence, 100), need.place}
	}
	got := need.shrunk(width, least)
	evidence := 0
	for i := range rows {
		r := &rows[i]
		r.path, r.value = fitEvidence(r.path, r.value, got.evidence)
		evidence = max(evidence, textWidth(r.path)+textWidth(r.value))
	}
	spare := got.evidence - evidence // a path is cut by whole fields
	got.evidence = evidence
	for _, c := range []struct{ have, want *int }{{&got.object, &need.object}, {&got.place, &need.place}, {&got.key, &need.key}} {
		more := min(spare, *c.want-*c.have)
		*c.have += more
		spare -= more
	}
	for i := range rows {
		r := &rows[i]
		r.object, r.key, r.place = fitObject(r.object, got.object), fitStart(r.key, got.key), fitTail(r.place, '/', got.place)
	}
	return got
}

// shrunk makes the columns fit into width. The evidence gives way first, since the
// end of a field's path tells most of it; then the others, each down to a floor.
func (c columns) shrunk(width, least int) columns {
	gaps := -2
	for _, cell := range []int{c.object, c.key, c.evidence, c.place} {
		if cell > 0 {
			gaps += 2
		}
	}
	shrink := func(cell *int, floor int) {
		if over := c.object + c.key + c.evidence + c.place + gaps - width; over > 0 {
			*cell = max(min(*cell, floor), *cell-over)
		}
	}
	shrink(&c.evidence, max(least, width*2/5))
	shrink(&c.evidence, max(min(least, width*2/5), width/4))
	shrink(&c.key, 26)
	shrink(&c.place, width/4)
	shrink(&c.place, min(width/4, 17))
	shrink(&c.key, 15)
	shrink(&c.object, width/3)
	shrink(&c.place, 13)
	shrink(&c.object, width/4)
	shrink(&c.evidence, width/4)
	shrink(&c.place, 8)
	shrink(&c.object, 8)
	shrink(&c.key, 4)
	shrink(&c.evidence, 8)
	return c
}

// fitObject cuts the kind while the name is whole ("shop/api[Depl…]"), then the
// middle of the name ("shop/a-…-7d9f[Pod]"): names of one maker differ at their ends.
func fitObject(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	open := strings.LastIndexByte(s, '[')
	if open < 0 || !strings.HasSuffix(s, "]") {
		return fitEnd(s, width)
	}
	name, kind := s[:open], s[open:]
	if room := width - textWidth(name); room >= 6 {
		return name + fitEnd(kind[:len(kind)-1], room-1) + "]"
	}
	if textWidth(kind) > width/2 {
		return fitEnd(s, width)
	}
	return fitMiddle(name, width-textWidth(kind)) + kind
}

// fitEvidence cuts a field and its value to width. The value keeps what the last
// field of the path leaves it, at least half; a message, which has no value, is
// cut at its end.
func fitEvidence(path, value string, width int) (string, string) {
	if textWidth(path)+textWidth(value) <= width {
		return path, value
	}
	if value == "" {
		return fitEnd(path, width), ""
	}
	last := textWidth(lastField(path))
	value = fitMiddle(value, max(width/2, width-last-1))
	return fitPath(path, max(1, width-textWidth(value))), value
}
