// Package framework folds the verdicts of controls into the requirements of
// compliance frameworks. A framework is one YAML file of the folder data; it
// judges nothing itself.
package framework

import (
	"embed"
	"fmt"
	"path"
	"slices"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

//go:embed data/*.yaml
var data embed.FS

// Framework is a list of requirements, each met by controls.
type Framework struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Version      string        `json:"version"`
	Source       string        `json:"source"` // where the framework is published
	Requirements []Requirement `json:"requirements"`
}

// Requirement is met when none of its controls fails.
type Requirement struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Controls []string `json:"controls"`
}

// Load reads every framework, sorted by id.
func Load() ([]Framework, error) {
	entries, err := data.ReadDir("data")
	if err != nil {
		return nil, fmt.Errorf("read frameworks: %w", err)
	}
	frameworks := make([]Framework, 0, len(entries))
	for _, entry := range entries {
		raw, err := data.ReadFile(path.Join("data", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read framework: %w", err)
		}
		var f Framework
		if err := yaml.UnmarshalStrict(raw, &f); err != nil {
			return nil, fmt.Errorf("read framework %s: %w", entry.Name(), err)
		}
		frameworks = append(frameworks, f)
	}
	return frameworks, nil
}

// Controls lists the controls of all requirements, each once, sorted.
func (f *Framework) Controls() []string {
	var controls []string
	for _, requirement := range f.Requirements {
		controls = append(controls, requirement.Controls...)
	}
	slices.Sort(controls)
	return slices.Compact(controls)
}

// Validate fails on a control id that known does not have, and on a requirement
// without controls.
func (f *Framework) Validate(known map[string]bool) error {
	for _, requirement := range f.Requirements {
		if len(requirement.Controls) == 0 {
			return fmt.Errorf("framework %s: requirement %s has no controls", f.ID, requirement.ID)
		}
		for _, control := range requirement.Controls {
			if !known[control] {
				return fmt.Errorf("framework %s: requirement %s: there is no control %q", f.ID, requirement.ID, control)
			}
		}
	}
	return nil
}

// RequirementOutcome is what the controls of a requirement say together.
type RequirementOutcome struct {
	Requirement
	Outcome model.Outcome
}

// Fold folds tallies into the outcome of each requirement: Fail if a control
// fails, else Unknown if one is unknown or was not run, else Pass if one passes,
// else NotApplicable.
func (f *Framework) Fold(tallies []model.Tally) []RequirementOutcome {
	byControl := make(map[string]model.Outcome, len(tallies))
	for _, tally := range tallies {
		byControl[tally.Control] = tally.Outcome()
	}
	folded := make([]RequirementOutcome, len(f.Requirements))
	for i, requirement := range f.Requirements {
		folded[i] = RequirementOutcome{Requirement: requirement, Outcome: fold(requirement.Controls, byControl)}
	}
	return folded
}

func fold(controls []string, outcomes map[string]model.Outcome) model.Outcome {
	seen := map[model.Outcome]bool{}
	for _, control := range controls {
		seen[outcomes[control]] = true
	}
	for _, outcome := range []model.Outcome{model.Fail, model.Unknown, model.Pass} {
		if seen[outcome] {
			return outcome
		}
	}
	return model.NotApplicable
}
