package manifest

import (
	"regexp"
	"strconv"
	"strings"
)

// lineMap maps the lines of a rendered text, counted from 1, to those of its
// template; 0 is unknown.
type lineMap []int

func (m lineMap) of(line int) int {
	if line < 1 || line > len(m) {
		return 0
	}
	return m[line-1]
}

// traceLines finds the template line of each line of a rendering, from a second
// rendering of the same template whose text was marked. Values come from the
// first; where the two differ in more than the marks, lines that are equal are
// paired and the others stay unknown.
func traceLines(clean, marks string, template int) lineMap {
	want := strings.Split(clean, "\n")
	got := strings.Split(marks, "\n")
	origin := make([]int, len(got))
	next := 0
	mark := regexp.MustCompile(markStart + `(\d+):(\d+)` + markEnd)
	for i := len(got) - 1; i >= 0; i-- {
		for _, match := range mark.FindAllStringSubmatch(got[i], -1) {
			// The first mark counts. A line without one comes from an include or
			// from a value of several lines: it belongs to the line on which that
			// ends, which is the next one with a mark. Marks of other templates
			// come from including them.
			if match[1] == strconv.Itoa(template) {
				next, _ = strconv.Atoi(match[2])
				break
			}
		}
		origin[i] = next
		got[i] = mark.ReplaceAllString(got[i], "")
	}
	if len(got) == len(want) {
		return origin
	}
	lines, at := make(lineMap, len(want)), 0
	for i := range want {
		for j := at; j < min(len(got), at+maxDrift); j++ {
			if got[j] == want[i] {
				lines[i], at = origin[j], j+1
				break
			}
		}
	}
	return lines
}

// maxDrift is how far apart equal lines of two renderings are looked for.
const maxDrift = 200
