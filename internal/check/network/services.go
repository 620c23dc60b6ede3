package network

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/exposure"
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
	if exposure.PrivateBalancer(s) {
		return privateOnly
	}
	if ranges, _ := exposure.SourceRanges(s); len(ranges) > 0 {
		prefixes := exposure.ParsePrefixes(ranges)
		switch {
		case exposure.WholeFamily(prefixes, false), exposure.WholeFamily(prefixes, true):
			return everyone
		case len(prefixes) < len(ranges):
			return undecidable // some of them is not an address block yet
		default:
			return privateOnly
		}
	}
	if exposure.FilteredBy(s) != "" {
		return undecidable
	}
	return everyone
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
