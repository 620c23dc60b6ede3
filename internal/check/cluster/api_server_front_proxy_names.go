package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerFrontProxyNames fails API servers that believe the user header of
// every certificate of a CA.
func APIServerFrontProxyNames() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-front-proxy-names",
			Title:    "API server lets any certificate of a CA impersonate users",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever has a certificate of the CA in --requestheader-client-ca-file may claim to be any user by a header. " +
				"Without a list of names that goes for every certificate of that CA; if kubelets and people have theirs from the " +
				"same CA, each is the administrator.",
			Remediation: "Set --requestheader-allowed-names=front-proxy-client, and use a CA for the front proxy that signs nothing else.",
			References:  []model.Reference{model.MITRE("T1078"), model.CWE("CWE-290"), model.Docs("tasks/extend-kubernetes/configure-aggregation-layer/#ca-reusage-and-conflicts")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			authority, ok := s.known("requestheader-client-ca-file")
			if !ok {
				return
			}
			if authority.Value == "" {
				s.c.Skip()
				return
			}
			names, ok := s.known("requestheader-allowed-names")
			if !ok || names.Value != "" {
				return
			}
			failure := fix(s.fail(names, "lets every certificate of %s claim to be any user", authority.Value), names, 2, "front-proxy-client")
			if clients := s.Flag("client-ca-file"); clients.Known && clients.Value == authority.Value {
				failure.Severity(model.Critical).In(clients.Object, clients.Path, clients.Text)
			}
		}),
	}
}
