package kinds

import "slices"

// CustomNamespaced reports whether a custom resource that is not in the Table is known
// to lie in a namespace, so that an object of a file that names none lies where kubectl
// puts it. Of other custom resources only their CustomResourceDefinition says it.
//
// The scopes are those of the definitions of istio.io/api, linkerd2's policy-crds,
// cilium/cilium (pkg/k8s/apis/cilium.io/client/crds), projectcalico/api, gateway-api
// and openshift/api.
func CustomNamespaced(group, kind string) bool {
	switch group {
	case "networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io",
		"policy.linkerd.io", "workload.linkerd.io", "linkerd.io", "route.openshift.io":
		return true
	case "gateway.networking.k8s.io":
		return kind != "GatewayClass"
	case "cilium.io":
		return slices.Contains([]string{
			"CiliumNetworkPolicy", "CiliumLocalRedirectPolicy", "CiliumEnvoyConfig", "CiliumEndpoint", "CiliumNodeConfig", "CiliumGatewayClassConfig",
		}, kind)
	case "projectcalico.org", "crd.projectcalico.org":
		return slices.Contains([]string{"NetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy", "NetworkSet"}, kind)
	default:
		return false
	}
}
