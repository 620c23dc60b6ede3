package report

import (
	"bufio"
	"cmp"
	_ "embed"
	"html/template"

	"holdfast.dev/holdfast/internal/model"
)

var (
	//go:embed page/answer.html
	answerTemplate string
	//go:embed page/answer.css
	answerStyle string
)

// answerPage is what the template shows. Its texts are visible text already.
type answerPage struct {
	Style    template.CSS
	Policy   string // Content-Security-Policy
	Question string
	Target   string
	Reply    string
	Legend   string
	State    string // a class of the verdict
	Tables   []answerTableView
	Gaps     []gapView
	GapsLeft int
	Skipped  int
}

type answerTableView struct {
	Title, Label string // Label: for a screen reader
	Columns      []string
	Rows         [][]Cell
}

// writeAnswerPage writes one file that needs nothing else, no script included.
func writeAnswerPage(w *bufio.Writer, a Answer) error {
	t, err := template.New("answer").Funcs(template.FuncMap{"count": count}).Parse(answerTemplate)
	if err != nil {
		return err
	}
	style := pageStyle + answerStyle
	view := answerPage{
		Style: template.CSS(style), Policy: "default-src 'none'; style-src 'sha256-" + digest(style) + "'; base-uri 'none'; form-action 'none'",
		Question: brief(cmp.Or(a.Question, a.Kind), textLimit), Target: brief(a.Target, textLimit), Reply: brief(a.Reply, textLimit),
		State: replyState(a.Outcome), Legend: a.Legend,
	}
	for i := range a.Tables {
		view.Tables = append(view.Tables, viewTable(&a.Tables[i], view.Question))
	}
	hiding, refused, skipped := Scan{Result: &model.Result{Gaps: a.Gaps}}.gapKinds()
	var gaps page
	for _, gap := range hiding {
		gaps.gap(gap, "not read")
	}
	for _, gap := range refused {
		gaps.gap(gap, "refused")
	}
	view.Gaps, view.GapsLeft, view.Skipped = gaps.Gaps, gaps.GapsLeft, len(skipped)
	return t.Execute(w, view)
}

func replyState(outcome model.Outcome) string {
	switch outcome {
	case model.Pass:
		return "passed"
	case model.Fail:
		return "failed"
	case model.Unknown:
		return "nothing"
	default:
		return "plain-reply"
	}
}

func viewTable(a *AnswerTable, question string) answerTableView {
	v := answerTableView{Title: brief(a.Title, textLimit), Label: cmp.Or(brief(a.Title, textLimit), question), Columns: a.Columns}
	for _, row := range a.Rows {
		cells := make([]Cell, len(row))
		for i := range row {
			if cells[i].Text = visible(row[i].Text); !a.Lists {
				cells[i].Text = brief(row[i].Text, htmlValue)
			}
			for _, note := range row[i].Notes {
				cells[i].Notes = append(cells[i].Notes, brief(note, htmlValue))
			}
		}
		v.Rows = append(v.Rows, cells)
	}
	return v
}
