package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// KubeconfigSkipsVerification fails kubeconfigs that skip the verification of
// the server.
func KubeconfigSkipsVerification() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubeconfig-skips-verification",
			Title:    "Kubeconfig does not verify the API server",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "The client sends its credentials to whoever answers at the address. Anybody on the way reads and changes what " +
				"administrators do, and keeps their tokens.",
			Remediation: "Remove insecure-skip-tls-verify and give the CA of the cluster in certificate-authority-data (tls-server-name " +
				"for another name).",
			References: []model.Reference{model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("concepts/configuration/organize-cluster-access-kubeconfig/")},
		},
		On: kubeconfigKinds(),
		Run: eachCluster(func(c *check.Case, cluster *kinds.KubeconfigNamedCluster, path model.Path) {
			if cluster.Cluster.InsecureSkipTLSVerify {
				failure := c.Fail(cluster.Name, "cluster %s is not verified", cluster.Name).At(path+".insecure-skip-tls-verify", true)
				if cluster.Cluster.CertificateAuthorityData != "" || cluster.Cluster.CertificateAuthority != "" {
					failure.Fix(1, "Remove insecure-skip-tls-verify", check.Remove(c.Object, path+".insecure-skip-tls-verify"))
				}
			}
		}),
	}
}
