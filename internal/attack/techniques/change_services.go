package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeServices is to answer in the name of a Service that exists.
func ChangeServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-services", Title: "Lead services elsewhere", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "A Service leads where its selector points, and of type ExternalName to any host. Who changes it reads and answers what clients send to its " +
				"name, unless they check a certificate; with a selector that nothing matches it leads nowhere.",
			Remediation: "Limit update and patch of services to the names that a pipeline deploys, in the namespaces of its own applications; have clients check who answers (TLS).",
			References: []model.Reference{
				model.MITRE("T1557"), model.MITRE("T1489"), model.Docs("concepts/services-networking/service/#externalname"), model.Docs("concepts/services-networking/service/#defining-a-service"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "services"}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			gk := snapshot.GroupKind{Kind: "Service"}
			onExisting(c, attack.Integrity, gk)
			onExisting(c, attack.Denial, gk)
		},
	}
}
