package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePodcertificaterequests is to request certificates in the name of pods.
func CreatePodcertificaterequests() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-podcertificaterequests", Title: "Request certificates of pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A PodCertificateRequest names a pod, its service account and its node. Only of nodes the API server checks that these are true: anybody else who may create one has a signer issue a certificate of any pod or account of the namespace to a key of their own, and servers that trust the signer take them for it. The API server trusts none for this: kubernetes.io/kube-apiserver-client-pod is not implemented.",
			Remediation: "Let nobody but nodes create PodCertificateRequests: the kubelet makes those that pods need.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1078"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"), {Catalogue: "KEP", ID: "4317"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "podcertificaterequests"},
		},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Gate: feature.PodCertificateRequest},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Integrity, attack.Accounts(c.Namespace, ""), "a signer issues to pod certificate requests without checking the pod itself")
		},
	}
}
