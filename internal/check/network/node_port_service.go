package network

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NodePortService fails Services that open a port on every node.
func NodePortService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "node-port-service",
			Title:    "Service opens a port on every node",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The port answers on every address of every node, past the ingress with its TLS, authentication and logs. " +
				"Where nodes have public addresses, it is on the Internet.",
			Remediation: "Use type ClusterIP behind an ingress or gateway. Where a node port must be, bind it to a private network with kube-proxy's nodePortAddresses and a firewall.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-668"),
				model.Docs("concepts/services-networking/service/#type-nodeport"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if s.Spec.Type != corev1.ServiceTypeNodePort {
				return
			}
			failure := c.Fail("", "Service %s opens a port on every node", c.Object.Name).At("spec.type", s.Spec.Type)
			for i := range s.Spec.Ports {
				if port := s.Spec.Ports[i].NodePort; port != 0 {
					failure.At((model.Path("spec.ports")).Index(i)+".nodePort", port)
				}
			}
			failure.Fix(3, "Make it reachable inside the cluster only", clusterIP(c, s)...)
		},
	}
}

// clusterIP are the patches that make a Service reachable inside the cluster only.
func clusterIP(c *check.Case, s *corev1.Service) []model.Patch {
	patches := []model.Patch{check.Set(c.Object, "spec.type", corev1.ServiceTypeClusterIP)}
	for i := range s.Spec.Ports {
		if s.Spec.Ports[i].NodePort != 0 {
			patches = append(patches, check.Remove(c.Object, model.Path("spec.ports").Index(i)+".nodePort"))
		}
	}
	return append(patches, check.Remove(c.Object, "spec.externalTrafficPolicy"))
}
