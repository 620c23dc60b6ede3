package exposure

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
)

// annotation is the path of an annotation.
func annotation(key string) model.Path { return model.Path("metadata.annotations").Child(key) }

// SourceRanges are the networks that a load balancer admits, and the field that says
// so: the API's, else the annotations from before it.
func SourceRanges(s *corev1.Service) ([]string, model.Path) {
	if len(s.Spec.LoadBalancerSourceRanges) > 0 {
		return s.Spec.LoadBalancerSourceRanges, "spec.loadBalancerSourceRanges"
	}
	for _, key := range []string{"service.beta.kubernetes.io/load-balancer-source-ranges", "service.beta.kubernetes.io/azure-allowed-ip-ranges"} {
		if value := s.Annotations[key]; value != "" {
			return splitList(value, ","), annotation(key)
		}
	}
	return nil, ""
}

// splitList splits a text at separators and trims its parts; empty parts are left out.
func splitList(text, separators string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// FilteredBy names the annotation, if there is one, by which a load balancer has a
// filter whose content is kept in the cloud account.
func FilteredBy(s *corev1.Service) string {
	for _, key := range []string{
		"service.beta.kubernetes.io/aws-load-balancer-security-groups",
		"service.beta.kubernetes.io/aws-load-balancer-security-group-prefix-lists",
		"service.beta.kubernetes.io/azure-allowed-service-tags",
		"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id",
		"service.beta.kubernetes.io/alicloud-loadbalancer-acl-id",
		"oci.oraclecloud.com/oci-network-security-groups",
		"service.beta.kubernetes.io/oci-load-balancer-security-list-management-mode",
		"kubernetes.digitalocean.com/firewall-managed", "service.beta.kubernetes.io/do-loadbalancer-allow-rules",
	} {
		if s.Annotations[key] != "" {
			return key
		}
	}
	return ""
}

// internalWhen lists the annotations by which providers are asked for a load balancer
// with a private address, and the values that ask for it: "*" is any but empty and
// false.
func internalWhen() [][2]string {
	return [][2]string{
		{"service.beta.kubernetes.io/aws-load-balancer-internal", "*"},
		{"networking.gke.io/load-balancer-type", "internal"},
		{"cloud.google.com/load-balancer-type", "internal"},
		{"service.beta.kubernetes.io/do-loadbalancer-network", "internal"},
		{"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
		{"service.beta.kubernetes.io/openstack-internal-load-balancer", "true"},
		{"service.beta.kubernetes.io/oci-load-balancer-internal", "true"},
		{"oci-network-load-balancer.oraclecloud.com/internal", "true"},
		{"load-balancer.hetzner.cloud/disable-public-network", "true"},
		{"service.beta.kubernetes.io/scw-loadbalancer-private", "true"},
		{"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"},
		{"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"},
		{"service.beta.kubernetes.io/alicloud-loadbalancer-address-type", "intranet"},
		{"service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", "*"},
	}
}

// InternalBalancer reports whether the provider is asked for a load balancer with a
// private address, and the annotation that asks; "" where it is so by default.
func InternalBalancer(s *corev1.Service) (internal bool, key string) {
	for _, when := range internalWhen() {
		value := s.Annotations[when[0]]
		if when[1] == "*" && value != "" && value != "false" || strings.EqualFold(value, when[1]) {
			return true, when[0]
		}
	}
	const scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
	if value := s.Annotations[scheme]; value != "" {
		return value == "internal", scheme
	}
	return privateByDefault(s), ""
}

// privateByDefault reports load balancers that are internal unless asked otherwise:
// those of the AWS Load Balancer Controller, of EKS Auto Mode and of Tailscale.
func privateByDefault(s *corev1.Service) bool {
	if class := s.Spec.LoadBalancerClass; class != nil {
		switch *class {
		case "service.k8s.aws/nlb", "eks.amazonaws.com/nlb":
			return true
		case "tailscale":
			return s.Annotations["tailscale.com/funnel"] != "true"
		}
	}
	kind := s.Annotations["service.beta.kubernetes.io/aws-load-balancer-type"]
	return kind == "external" || kind == "nlb-ip"
}

// PrivateBalancer reports whether a load balancer is internal, or has addresses of
// which all are private.
func PrivateBalancer(s *corev1.Service) bool {
	internal, _ := InternalBalancer(s)
	return internal || privateAddresses(s.Status.LoadBalancer.Ingress)
}

func privateAddresses(ingress []corev1.LoadBalancerIngress) bool {
	for i := range ingress {
		addr, err := netip.ParseAddr(ingress[i].IP)
		if err != nil || !addr.IsPrivate() {
			return false
		}
	}
	return len(ingress) > 0
}

// balancerTLS says whether a load balancer decrypts a port, and the annotation that
// says so; "" where none does.
func balancerTLS(s *corev1.Service, port *corev1.ServicePort) (mode TLSMode, key string) {
	for _, by := range [][2]string{ // certificate, ports
		{"service.beta.kubernetes.io/aws-load-balancer-ssl-cert", "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"},
		{"service.beta.kubernetes.io/do-loadbalancer-certificate-id", "service.beta.kubernetes.io/do-loadbalancer-tls-ports"},
		{"service.beta.kubernetes.io/oci-load-balancer-tls-secret", "service.beta.kubernetes.io/oci-load-balancer-ssl-ports"},
		{"load-balancer.hetzner.cloud/http-certificates", ""},
	} {
		if s.Annotations[by[0]] == "" {
			continue
		}
		ports := splitList(s.Annotations[by[1]], ",")
		if len(ports) > 0 && !slices.Contains(ports, "*") && !slices.Contains(ports, port.Name) && !slices.Contains(ports, portText(port.Port)) {
			continue
		}
		backend := s.Annotations["service.beta.kubernetes.io/aws-load-balancer-backend-protocol"]
		if backend == "ssl" || backend == "https" {
			return TLSReencrypted, by[0]
		}
		return TLSTerminated, by[0]
	}
	return TLSByPod, ""
}
