package workload

import (
	"strconv"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// UnknownField fails objects with fields that their kind does not have.
func UnknownField() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unknown-field",
			Title:    "Field does not exist in this kind",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "What was meant is not in force: the API server refuses the field under strict validation, which kubectl asks " +
				"for, and drops it without a word otherwise. A misspelt security setting is no setting.",
			Remediation: "Correct the name or the indentation of the field, or remove it.",
			References:  []model.Reference{model.Docs("reference/using-api/api-concepts/#field-validation")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			if !c.Object.InFile() {
				c.Skip() // the API server has dropped them
				return
			}
			unknown := c.Object.Origin.Unknown
			if typed.Find(c.Object.Group, c.Object.Kind) == nil {
				c.Skip() // a custom resource, whose schema is not known here
				return
			}
			if _, broken := c.Object.Body.(snapshot.Undecodable); broken {
				c.Unknown()
			}
			for i := range unknown {
				path := unknown[i].Path
				if path == "sops" {
					continue // how SOPS encrypted the file; it takes it out again
				}
				message := "there is no field " + string(path)
				if name := nearestField(c.Object, path); name != "" {
					message += "; did you mean " + name + "?"
				}
				c.Fail(fieldKey(c, path), "%s", message).At(path, nil)
			}
		},
	}
}

// fieldKey is a path without its indexes, numbered where that leaves two the same.
func fieldKey(c *check.Case, path model.Path) string {
	segments, err := path.Segments()
	if err != nil {
		return string(path)
	}
	var names model.Path
	for _, segment := range segments {
		if segment.Index < 0 {
			names = names.Child(segment.Key)
		}
	}
	key := string(names)
	for n := 2; ; n++ {
		if _, taken := c.Failed(key); !taken {
			return key
		}
		key = string(names) + " " + strconv.Itoa(n)
	}
}
