package techniques

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeClusterIssuers is to have cert-manager show its own secrets to a server of one's own.
func ChangeClusterIssuers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-cluster-issuers", Title: "Create or change cluster issuers", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ClusterIssuer names a server and the secrets to sign in with, which cert-manager takes from its own namespace, where the keys of " +
				"certificate authorities and DNS zones are, and shows to that server.",
			Remediation: "Let administrators alone write issuers; approve requests by a policy rather than all of them.",
			References: []model.Reference{
				model.MITRE("T1552"), {Catalogue: "URL", ID: "https://cert-manager.io/docs/configuration/vault/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "cert-manager.io", Resource: "clusterissuers", ClusterWide: true}},
		Yields: []attack.Yield{attack.Secrets},
		Ground: changeClusterIssuers,
	}
}

func changeClusterIssuers(c *attack.Case) {
	for _, s := range custom(c, "clusterissuers.cert-manager.io", "ClusterIssuer") {
		for _, d := range certManager().of(c.View) {
			namespace := d.account.Namespace
			if value, _, set := d.argument("cluster-resource-namespace"); set && !strings.HasPrefix(value, "$(") {
				namespace = value
			}
			s.and(d.basis).yields(c, attack.Secrets, attack.In(namespace, "Secret", ""), "cert-manager reaches a server of theirs")
		}
	}
}
