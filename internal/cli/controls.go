package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/techniques"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
)

func (a *app) controlsCommand() *cobra.Command {
	var output string
	var ofAttack bool
	cmd := &cobra.Command{
		Use:   "controls [ID]",
		Short: "List the controls or the techniques of attack, or explain one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			docs := controlDocs(all.Checks())
			if ofAttack {
				clear(docs)
			}
			known := techniquesByID()
			if ofAttack || len(args) == 1 && known[args[0]] != nil {
				for id, technique := range known {
					docs[id] = technique.Control
				}
			}
			controls := make([]model.Control, 0, len(docs))
			for _, id := range slices.Sorted(maps.Keys(docs)) {
				controls = append(controls, docs[id])
			}
			if len(args) == 1 {
				control, ok := docs[args[0]]
				if !ok {
					return fmt.Errorf("there is no control %q: holdfast controls lists them, with --techniques the techniques of attack", args[0])
				}
				controls = []model.Control{control}
			}
			switch {
			case output == "json":
				return writeControlsJSON(a.streams.Out, controls)
			case output != "table":
				return fmt.Errorf("%q is no output format of controls: use table or json", output)
			case len(args) == 1:
				return explainControl(a.streams.Out, controls[0], known[args[0]])
			default:
				return listControls(a.streams.Out, controls)
			}
		},
	}
	cmd.Flags().BoolVar(&ofAttack, "techniques", false, "the techniques of attack, by which rbac escalations finds what somebody can make of rights")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "format: table, json")
	return cmd
}

func writeControlsJSON(w io.Writer, controls []model.Control) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		APIVersion string          `json:"apiVersion"`
		Kind       string          `json:"kind"`
		Items      []model.Control `json:"items"`
		Gaps       []model.Gap     `json:"gaps"`
	}{"holdfast.dev/v1", "ControlList", controls, []model.Gap{}})
}

func listControls(w io.Writer, controls []model.Control) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tLAYER\tSEVERITY\tTITLE")
	for _, c := range controls {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.ID, c.Layer, c.Severity, c.Title)
	}
	return table.Flush()
}

// explainControl prints the documentation; technique is nil for a control.
func explainControl(w io.Writer, c model.Control, technique *attack.Technique) error {
	references := make([]string, len(c.References))
	for i, r := range c.References {
		references[i] = r.Catalogue + " " + r.ID
	}
	_, err := fmt.Fprintf(w, "%s (%s, %s)\n%s\n\n%sWhy it matters\n  %s\n\nWhat to do\n  %s\n\nReferences\n  %s\n",
		c.ID, c.Layer, c.Severity, c.Title, means(technique), c.Rationale, c.Remediation, strings.Join(references, "\n  "))
	return err
}

// means says what a technique needs, gives and where it works.
func means(t *attack.Technique) string {
	if t == nil {
		return ""
	}
	needs := make([]string, len(t.Needs))
	for i, need := range t.Needs {
		needs[i] = need.String()
	}
	yields := make([]string, len(t.Yields))
	for i, yield := range t.Yields {
		yields[i] = string(yield)
	}
	return fmt.Sprintf("What it needs\n  %s\n\nWhat it can yield\n  %s\n\nWhere it works\n  %s\n\n",
		strings.Join(needs, "\n  "), strings.Join(yields, ", "), t.When)
}

func techniquesByID() map[string]*attack.Technique {
	list := techniques.All()
	found := make(map[string]*attack.Technique, len(list))
	for i := range list {
		found[list[i].ID] = &list[i]
	}
	return found
}
