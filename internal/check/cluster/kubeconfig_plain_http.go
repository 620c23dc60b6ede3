package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// KubeconfigPlainHTTP fails kubeconfigs with a server that has no TLS, other
// than on the same host.
func KubeconfigPlainHTTP() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "kubeconfig-plain-http",
			Title:       "Kubeconfig reaches the API server in clear text",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Tokens and everything that is read or written cross the network readable, and can be changed on the way.",
			Remediation: "Write the server with https:// and give its CA in certificate-authority-data.",
			References:  []model.Reference{model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("concepts/configuration/organize-cluster-access-kubeconfig/")},
		},
		On: kubeconfigKinds(),
		Run: eachCluster(func(c *check.Case, cluster *kinds.KubeconfigNamedCluster, path model.Path) {
			if server := cluster.Cluster.Server; isPlain(server) && !isLocal(server) {
				c.Fail(cluster.Name, "cluster %s is reached in clear text at %s", cluster.Name, server).At(path+".server", server)
			}
		}),
	}
}
