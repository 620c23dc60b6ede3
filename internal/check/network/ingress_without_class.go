package network

import (
	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressWithoutClass fails Ingresses that no controller is named for.
func IngressWithoutClass() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-without-class",
			Title:    "Ingress names no class, or one that does not exist",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "No controller serves the Ingress, or one that takes whatever nobody else does: traffic may enter through another " +
				"door than the one that was hardened for it.",
			Remediation: "Set spec.ingressClassName to an IngressClass of the cluster, or mark one IngressClass as the default.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("concepts/services-networking/ingress/#ingress-class")},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			name, path := exposure.ClassName(i)
			switch {
			case i.Spec.IngressClassName != nil:
				if _, _, presence := snapshot.Get(c.View, kinds.IngressClasses, "", name); presence == snapshot.Absent {
					c.Fail("", "IngressClass %s does not exist", name).At(path, name)
				}
			case name != "":
				// Controllers answer to the annotation without an IngressClass object.
			case !defaultClass(c.View):
				if c.Complete(model.Scope{Group: "networking.k8s.io", Kind: "IngressClass"}) {
					c.Fail("", "Ingress %s names no class, and no IngressClass is the default", c.Object.Name).At("spec.ingressClassName", nil)
				}
			}
		},
	}
}

// defaultClass reports whether some IngressClass is the default one.
func defaultClass(v *snapshot.View) bool {
	classes, _ := snapshot.List(v, kinds.IngressClasses, "")
	for _, class := range classes {
		if class.Annotations["ingressclass.kubernetes.io/is-default-class"] == "true" {
			return true
		}
	}
	return false
}
