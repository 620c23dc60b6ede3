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

	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
)

func (a *app) controlsCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "controls [ID]",
		Short: "List the controls, or explain one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			docs := controlDocs(all.Checks())
			controls := make([]model.Control, 0, len(docs))
			for _, id := range slices.Sorted(maps.Keys(docs)) {
				controls = append(controls, docs[id])
			}
			if len(args) == 1 {
				control, ok := docs[args[0]]
				if !ok {
					return fmt.Errorf("there is no control %q: holdfast controls lists them", args[0])
				}
				controls = []model.Control{control}
			}
			switch {
			case output == "json":
				return writeControlsJSON(a.streams.Out, controls)
			case output != "table":
				return fmt.Errorf("%q is no output format of controls: use table or json", output)
			case len(args) == 1:
				return explainControl(a.streams.Out, controls[0])
			default:
				return listControls(a.streams.Out, controls)
			}
		},
	}
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

func explainControl(w io.Writer, c model.Control) error {
	references := make([]string, len(c.References))
	for i, r := range c.References {
		references[i] = r.Catalogue + " " + r.ID
	}
	_, err := fmt.Fprintf(w, "%s (%s, %s)\n%s\n\nWhy it matters\n  %s\n\nWhat to do\n  %s\n\nReferences\n  %s\n",
		c.ID, c.Layer, c.Severity, c.Title, c.Rationale, c.Remediation, strings.Join(references, "\n  "))
	return err
}
