package network

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// audience is who can reach a Service from outside the cluster.
type audience uint8

const (
	clusterOnly audience = iota
	privateOnly          // an internal load balancer, or one that admits listed networks only
	nodesReach           // whoever reaches a node's address
	undecidable          // restricted by something outside the cluster that is not known
	everyone             // whoever reaches the load balancer
)

// audienceOf says who can reach a Service from outside the cluster.
func audienceOf(s *corev1.Service) audience {
	switch s.Spec.Type {
	case corev1.ServiceTypeLoadBalancer:
		return balancerAudience(s)
	case corev1.ServiceTypeNodePort:
		return nodesReach
	case corev1.ServiceTypeExternalName:
		return clusterOnly
	}
	if len(s.Spec.ExternalIPs) > 0 && s.Spec.ClusterIP != corev1.ClusterIPNone {
		return nodesReach
	}
	return clusterOnly
}

func balancerAudience(s *corev1.Service) audience {
	if internalBalancer(s) || privateAddresses(s.Status.LoadBalancer.Ingress) {
		return privateOnly
	}
	if ranges := sourceRanges(s); len(ranges) > 0 {
		prefixes := parsePrefixes(ranges)
		switch {
		case wholeFamily(prefixes, false), wholeFamily(prefixes, true):
			return everyone
		case len(prefixes) < len(ranges):
			return undecidable // some of them is not an address block yet
		default:
			return privateOnly
		}
	}
	for key, value := range s.Annotations {
		if value != "" && outsideFilter(key) {
			return undecidable
		}
	}
	return everyone
}

// sourceRanges are the networks that a load balancer admits: the field, else the
// annotations from before it.
func sourceRanges(s *corev1.Service) []string {
	if len(s.Spec.LoadBalancerSourceRanges) > 0 {
		return s.Spec.LoadBalancerSourceRanges
	}
	for _, key := range []string{"service.beta.kubernetes.io/load-balancer-source-ranges", "service.beta.kubernetes.io/azure-allowed-ip-ranges"} {
		if value := s.Annotations[key]; value != "" {
			ranges := strings.Split(value, ",")
			for i := range ranges {
				ranges[i] = strings.TrimSpace(ranges[i])
			}
			return ranges
		}
	}
	return nil
}

// outsideFilter reports annotations that name a filter whose content is kept in
// the cloud account.
func outsideFilter(key string) bool {
	switch key {
	case "service.beta.kubernetes.io/aws-load-balancer-security-groups",
		"service.beta.kubernetes.io/aws-load-balancer-security-group-prefix-lists",
		"service.beta.kubernetes.io/azure-allowed-service-tags",
		"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id",
		"service.beta.kubernetes.io/alicloud-loadbalancer-acl-id",
		"oci.oraclecloud.com/oci-network-security-groups",
		"service.beta.kubernetes.io/oci-load-balancer-security-list-management-mode",
		"kubernetes.digitalocean.com/firewall-managed", "service.beta.kubernetes.io/do-loadbalancer-allow-rules":
		return true
	default:
		return false
	}
}

// internalBalancer reports whether the provider is asked for a load balancer with
// a private address.
func internalBalancer(s *corev1.Service) bool {
	scheme := ""
	for key, value := range s.Annotations {
		switch key {
		case "service.beta.kubernetes.io/aws-load-balancer-scheme":
			scheme = value
		case "service.beta.kubernetes.io/aws-load-balancer-internal":
			if value != "" && value != "false" {
				return true
			}
		case "networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type",
			"service.beta.kubernetes.io/do-loadbalancer-network":
			if strings.EqualFold(value, "internal") {
				return true
			}
		case "service.beta.kubernetes.io/azure-load-balancer-internal", "service.beta.kubernetes.io/openstack-internal-load-balancer",
			"service.beta.kubernetes.io/oci-load-balancer-internal", "oci-network-load-balancer.oraclecloud.com/internal",
			"load-balancer.hetzner.cloud/disable-public-network", "service.beta.kubernetes.io/scw-loadbalancer-private":
			if value == "true" {
				return true
			}
		case "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type":
			if value == "private" {
				return true
			}
		case "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "service.beta.kubernetes.io/alicloud-loadbalancer-address-type":
			if value == "intranet" {
				return true
			}
		case "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid":
			return true
		}
	}
	if scheme != "" {
		return scheme == "internal"
	}
	return privateByDefault(s)
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

// privateAddresses reports whether a load balancer has addresses and all of them
// are private.
func privateAddresses(ingress []corev1.LoadBalancerIngress) bool {
	for i := range ingress {
		addr, err := netip.ParseAddr(ingress[i].IP)
		if err != nil || !addr.IsPrivate() {
			return false
		}
	}
	return len(ingress) > 0
}

// reachedThrough says in words how an audience gets to a Service.
func reachedThrough(s *corev1.Service) string {
	switch {
	case s.Spec.Type == corev1.ServiceTypeLoadBalancer:
		return "a load balancer"
	case s.Spec.Type == corev1.ServiceTypeNodePort:
		return "a port of every node"
	default:
		return "external addresses"
	}
}
