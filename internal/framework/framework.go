// Package framework knows what catalogues such as the Pod Security Standards ask
// for, and says of a result which of their requirements are met. Each catalogue is
// one file below data, which maps its requirements to controls; the header of
// data/pss-baseline.yaml describes the format.
package framework

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

//go:embed data/*.yaml
var data embed.FS

// Framework is a catalogue of requirements.
type Framework struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Version      string        `json:"version"`
	Source       string        `json:"source"`
	Requirements []Requirement `json:"requirements"`
}

// Requirement is one thing that a framework asks for, and the controls that show
// whether it is so. Without controls Holdfast cannot judge it.
type Requirement struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Controls []string `json:"controls,omitempty"`
}

// RequirementOutcome is what a result says of a requirement: as a whole, and by
// each of its controls, in their order.
type RequirementOutcome struct {
	Requirement
	Outcome   model.Outcome
	ByControl []model.Outcome
}

// IDs lists the ids of the frameworks that Holdfast carries, sorted. It reads none of
// them: each stands in a file of its name.
func IDs() []string {
	entries, _ := data.ReadDir("data") // cannot fail: it is part of the program
	ids := make([]string, len(entries))
	for i, entry := range entries {
		ids[i] = strings.TrimSuffix(entry.Name(), ".yaml")
	}
	return ids
}

// Load reads the frameworks that Holdfast carries, sorted by id.
func Load() ([]Framework, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	frameworks := make([]Framework, 0, len(entries))
	for _, entry := range entries {
		text, err := data.ReadFile("data/" + entry.Name())
		if err != nil {
			return nil, err
		}
		f, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("framework %s: %w", entry.Name(), err)
		}
		if entry.Name() != f.ID+".yaml" {
			return nil, fmt.Errorf("framework %s: its id %s is not its name", entry.Name(), f.ID)
		}
		frameworks = append(frameworks, f)
	}
	return frameworks, nil
}

// Parse reads one framework. It refuses fields that it does not know, and ids that
// are missing or used twice.
func Parse(text []byte) (Framework, error) {
	var f Framework
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		return Framework{}, err
	}
	for _, field := range [][2]string{{"id", f.ID}, {"title", f.Title}, {"version", f.Version}, {"source", f.Source}} {
		if field[1] == "" {
			return Framework{}, fmt.Errorf("%s is missing", field[0])
		}
	}
	if len(f.Requirements) == 0 {
		return Framework{}, fmt.Errorf("requirements are missing")
	}
	return f, f.checkRequirements()
}

func (f *Framework) checkRequirements() error {
	seen := map[string]bool{}
	for i, r := range f.Requirements {
		switch {
		case r.ID == "":
			return fmt.Errorf("requirement %d has no id", i+1)
		case r.Title == "":
			return fmt.Errorf("requirement %s has no title", r.ID)
		case seen[r.ID]:
			return fmt.Errorf("two requirements have the id %s", r.ID)
		}
		seen[r.ID] = true
		for j, control := range r.Controls {
			if control == "" || slices.Contains(r.Controls[:j], control) {
				return fmt.Errorf("requirement %s: control %q is empty or named twice", r.ID, control)
			}
		}
	}
	return nil
}

// Validate refuses a framework that names controls which are not known.
func (f *Framework) Validate(known map[string]bool) error {
	for _, r := range f.Requirements {
		for _, control := range r.Controls {
			if !known[control] {
				return fmt.Errorf("framework %s: requirement %s: there is no control %s", f.ID, r.ID, control)
			}
		}
	}
	return nil
}

// Controls lists the controls of all requirements, sorted, each once.
func (f *Framework) Controls() []string {
	var controls []string
	for _, r := range f.Requirements {
		controls = append(controls, r.Controls...)
	}
	slices.Sort(controls)
	return slices.Compact(controls)
}

// Fold says of each requirement what the tallies of a result say of its controls:
// it fails when one of them fails; else it is unknown when one of them is, or has
// no tally; else it passes when one of them passes, and does not apply when none
// does.
func (f *Framework) Fold(tallies []model.Tally) []RequirementOutcome {
	outcomes := make(map[string]model.Outcome, len(tallies))
	for i := range tallies {
		outcomes[tallies[i].Control] = tallies[i].Outcome()
	}
	folded := make([]RequirementOutcome, len(f.Requirements))
	for i, r := range f.Requirements {
		folded[i] = RequirementOutcome{Requirement: r, ByControl: make([]model.Outcome, len(r.Controls))}
		for j, control := range r.Controls {
			folded[i].ByControl[j] = outcomes[control]
		}
		folded[i].Outcome = fold(folded[i].ByControl)
	}
	return folded
}

func fold(outcomes []model.Outcome) model.Outcome {
	switch {
	case slices.Contains(outcomes, model.Fail):
		return model.Fail
	case len(outcomes) == 0 || slices.Contains(outcomes, model.Unknown):
		return model.Unknown
	case slices.Contains(outcomes, model.Pass):
		return model.Pass
	default:
		return model.NotApplicable
	}
}
