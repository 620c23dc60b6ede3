package network

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceExposesControlPort fails Services that make a port which controls nodes
// or the cluster reachable from outside.
func ServiceExposesControlPort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-exposes-control-port",
			Title:    "Service publishes a port that controls nodes or the cluster",
			Layer:    model.LayerNetwork,
			Severity: model.High,
			Rationale: "The kubelet, etcd, a container runtime and the dashboard give whoever gets past their authentication, or finds it switched off, " +
				"containers on nodes and every Secret. They belong on private networks.",
			Remediation: "Make the Service type ClusterIP, or an internal load balancer with loadBalancerSourceRanges, and reach it through a VPN or kubectl port-forward.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.MITRE("T1133"), model.CWE("CWE-668"),
				model.Docs("reference/networking/ports-and-protocols/"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			who := audienceOf(s)
			if who == clusterOnly {
				c.Skip()
				return
			}
			dashboard := s.Spec.Selector["k8s-app"] == "kubernetes-dashboard" || s.Spec.Selector["app.kubernetes.io/name"] == "kubernetes-dashboard" ||
				s.Spec.Selector["app.kubernetes.io/part-of"] == "kubernetes-dashboard"
			for i := range s.Spec.Ports {
				port := &s.Spec.Ports[i]
				what := controlPort(port)
				if what == "" && dashboard {
					what = "the Kubernetes dashboard"
				}
				failExposed(c, s, who, i, what)
			}
		},
	}
}

// failExposed reports one port of a Service that outsiders reach. what is "" for a
// port that may be.
func failExposed(c *check.Case, s *corev1.Service, who audience, i int, what string) {
	if what == "" || who == privateOnly {
		return
	}
	if who == undecidable {
		c.Unknown()
		return
	}
	port := &s.Spec.Ports[i]
	path := model.Path("spec.ports").Index(i)
	c.Fail(portKey(port), "%s is reachable through %s on port %d", what, reachedThrough(s), port.Port).
		At(path+".targetPort", check.IfWritten(c.Object, path+".targetPort", port.TargetPort.String())).At(path+".port", port.Port).At("spec.type", check.IfWritten(c.Object, "spec.type", s.Spec.Type))
}

// portKey tells the ports of a Service apart.
func portKey(port *corev1.ServicePort) string {
	if port.Name != "" {
		return port.Name
	}
	return check.Text(port.Port) + "/" + string(port.Protocol)
}

// controlPort names what listens on a port of the control plane or of nodes, or "".
// Which port the pods listen on says more than the one that the Service shows.
func controlPort(port *corev1.ServicePort) string {
	if port.Protocol != corev1.ProtocolTCP {
		return ""
	}
	number := port.Port
	if port.TargetPort.Type == intstr.Int {
		number = port.TargetPort.IntVal
	}
	switch number {
	case 10250:
		return "the kubelet"
	case 10255:
		return "the kubelet's read-only port"
	case 2379, 2380, 4001:
		return "etcd"
	case 2375, 2376:
		return "the Docker daemon"
	case 10257:
		return "the controller manager"
	case 10259:
		return "the scheduler"
	default:
		return ""
	}
}
