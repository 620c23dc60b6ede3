package data

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SecretInAnnotation fails objects that hold a secret in an annotation.
func SecretInAnnotation() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "secret-in-annotation",
			Title:       "Secret is written into an annotation",
			Layer:       model.LayerData,
			Severity:    model.High,
			Rationale:   "Annotations are read by everybody who may list the kind, are copied by controllers and exported by monitoring, and are never encrypted by kind.",
			Remediation: "Rotate it, and refer to a Secret instead: most annotations that need a credential take a Secret's name.",
			References:  []model.Reference{model.MITRE("T1552.007"), model.CWE("CWE-312"), model.Docs("concepts/overview/working-with-objects/annotations/")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			report := secretReport{c: c}
			for _, found := range c.Object.Secrets {
				if strings.Contains(string(found.Path), "annotations") {
					report.fail(c.Object, found, annotationName(found.Path))
				}
			}
		},
	}
}

func annotationName(path model.Path) string {
	if segments, err := path.Segments(); err == nil {
		return "annotation " + segments[len(segments)-1].Key
	}
	return "an annotation"
}
