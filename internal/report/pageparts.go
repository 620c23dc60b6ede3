package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// partsTemplate is what pages have in common.
//
//go:embed page/parts.html
var partsTemplate string

// parsePage parses the templates of a page together with the common parts.
func parsePage(text string) (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{"number": number, "count": count, "rows": rowsOf}).Parse(partsTemplate + text)
}

// pageHead is what every page starts with. Its policy lets nothing be loaded, and runs
// no script but the page's own.
type pageHead struct {
	Title  string // visible text
	Policy string // Content-Security-Policy
	Style  template.CSS
}

// newPageHead makes the head of a page with a style sheet and a script; "" is none.
func newPageHead(title, style, script string) pageHead {
	policy := "default-src 'none'; style-src 'sha256-" + digest(style) + "'; "
	if script != "" {
		policy += "script-src 'sha256-" + digest(script) + "'; "
	}
	return pageHead{Title: title, Policy: policy + "base-uri 'none'; form-action 'none'", Style: template.CSS(style)}
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

const gapsListed = 500 // in a page; the rest is counted

// gapSection is the section of a page that says what it does not know.
type gapSection struct {
	Of       string // what the page is: report, answer
	Gaps     []gapView
	GapsLeft int // not listed
	Skipped  int
	Refused  bool // some of them only say that the API server refuses what was judged
}

type gapView struct{ Where, Reason, Kind string }

// newGapSection is nil where there is no gap.
func newGapSection(of string, gaps []model.Gap) *gapSection {
	if len(gaps) == 0 {
		return nil
	}
	hiding, refused, skipped := Scan{Result: &model.Result{Gaps: gaps}}.gapKinds()
	s := &gapSection{Of: of, Skipped: len(skipped), Refused: len(refused) > 0}
	for _, gap := range hiding {
		s.add(gap, "not read")
	}
	for _, gap := range refused {
		s.add(gap, "refused")
	}
	return s
}

func (s *gapSection) add(gap model.Gap, kind string) {
	if len(s.Gaps) == gapsListed {
		s.GapsLeft++
		return
	}
	where := visible(location(gap.File, gap.Line))
	if gap.Scope != (model.Scope{}) || where == "" {
		where = strings.TrimPrefix(where+", "+visible(gap.Scope.String()), ", ")
	}
	s.Gaps = append(s.Gaps, gapView{where, brief(gap.Reason, htmlValue), kind})
}
