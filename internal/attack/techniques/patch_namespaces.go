package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// PatchNamespaces is to take a namespace out of what guards it.
func PatchNamespaces() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "patch-namespaces", Title: "Change the labels of namespaces", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Pod Security, webhooks, admission policies and network policies find out by the labels of a namespace whether it is theirs to guard. Who may " +
				"change the labels takes the namespace out, or lets it in where only others may connect.",
			Remediation: "Take rights to change namespaces from those who work in them; let guards select by kubernetes.io/metadata.name, which nobody can change, and " +
				"leave nothing out by other labels.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("concepts/security/rbac-good-practices/#namespace-modification"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#matching-requests-namespaceselector"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "namespaces"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: patchNamespaces,
	}
}

func patchNamespaces(c *attack.Case) {
	b, ok := guardedByLabels(c)
	switch {
	case !ok:
		return
	case c.Namespace != "":
		b.yields(c, attack.Integrity, attack.Namespaces(c.Namespace))
	case !c.Limited(0):
		b.yields(c, attack.Integrity, attack.Namespaces(""))
	default:
		for _, name := range c.Names(0) {
			b.yields(c, attack.Integrity, attack.Namespaces(name))
		}
	}
}

// guardedByLabels finds what the labels of a namespace decide: the Pod Security level,
// or whether something guards it that selects namespaces by labels that can change.
func guardedByLabels(c *attack.Case) (b basis, ok bool) {
	if c.Namespace != "" && !c.On(0, c.Namespace) {
		return b, false
	}
	found := namespaceLevels.Of(c.View, c.Namespace)
	if evidence := found.enforced(c); evidence != nil {
		return basis{evidence: evidence}, true
	}
	guards := labelGuards.Of(c.View, struct{}{})
	switch {
	case len(guards.evidence) > 0:
		return basis{evidence: guards.evidence}, true
	case guards.complete && !found.unread:
		return b, false
	default:
		return basis{unread: []string{"a guard selects namespaces by their labels; not all webhooks, policies and namespaces were read"}}, true
	}
}
