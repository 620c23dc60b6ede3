package report

import (
	"bufio"
	"cmp"
	_ "embed"

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
	Head     pageHead
	Question string
	Target   string
	Reply    string
	Legend   string
	State    string // a class of the verdict
	Tables   []answerTableView
	Missing  *gapSection
}

type answerTableView struct {
	Title, Label string // Label: for a screen reader
	Columns      []string
	Rows         [][]Cell
}

// writeAnswerPage writes one file that needs nothing else, no script included.
func writeAnswerPage(w *bufio.Writer, a Answer) error {
	t, err := parsePage(answerTemplate)
	if err != nil {
		return err
	}
	question := brief(cmp.Or(a.Question, a.Kind), textLimit)
	view := answerPage{
		Head: newPageHead(question+" – Holdfast", pageStyle+answerStyle, ""), Question: question, Target: brief(a.Target, textLimit), Reply: brief(a.Reply, textLimit),
		State: replyState(a.Outcome), Legend: a.Legend, Missing: newGapSection("answer", a.Gaps),
	}
	for i := range a.Tables {
		view.Tables = append(view.Tables, viewTable(&a.Tables[i], question))
	}
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
