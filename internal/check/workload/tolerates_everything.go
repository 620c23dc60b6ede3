package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ToleratesEverything fails workloads that may run on any node, whatever it is kept for.
func ToleratesEverything() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "tolerates-everything",
			Title:    "Pods tolerate every taint",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Nodes of the control plane, and nodes that are set apart for a tenant or are being taken out of service, take " +
				"these pods too: an escape from one of them is an escape next to what the taints protect.",
			Remediation: "Name the taints that the workload has to tolerate.",
			References:  []model.Reference{model.CWE("CWE-653"), model.Docs("concepts/scheduling-eviction/taint-and-toleration/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() {
				c.Skip()
				return
			}
			for i := range w.Spec.Tolerations {
				t := &w.Spec.Tolerations[i]
				if !toleratesAll(t) {
					continue
				}
				c.Fail("", "the pods may run on every node, tainted or not").
					At((w.Path+".tolerations").Index(i)+".operator", t.Operator).
					At((w.Path+".tolerations").Index(i)+".key", nil).
					Severity(unlessAgent(c, model.Medium)).
					Fix(3, "Tolerate taints by name", withoutTolerations(w, toleratesAll)...)
				return
			}
		},
	}
}

func toleratesAll(t *corev1.Toleration) bool {
	return t.Key == "" && t.Operator == corev1.TolerationOpExists && letsSchedule(t)
}

// letsSchedule reports whether a toleration lets pods come to a node, rather than
// only stay there.
func letsSchedule(t *corev1.Toleration) bool {
	return t.Effect == "" || t.Effect == corev1.TaintEffectNoSchedule
}

// withoutTolerations makes the patches that remove tolerations, the last one first.
func withoutTolerations(w *workload.Workload, which func(*corev1.Toleration) bool) []model.Patch {
	var patches []model.Patch
	for i := len(w.Spec.Tolerations) - 1; i >= 0; i-- {
		if which(&w.Spec.Tolerations[i]) {
			patches = append(patches, check.Remove(w.Object, (w.Path+".tolerations").Index(i)))
		}
	}
	return patches
}
