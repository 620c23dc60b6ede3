package network

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The parts of Istio's kinds that the checks read; see the protobuf definitions in
// istio.io/api. Every version of a kind has the same shape.
type istioGateway struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Servers []istioServer `json:"servers"`
	} `json:"spec"`
}

type istioServer struct {
	Port struct {
		Number   int    `json:"number"`
		Name     string `json:"name"`
		Protocol string `json:"protocol"`
	} `json:"port"`
	Hosts []string `json:"hosts"`
	TLS   *struct {
		HTTPSRedirect      bool   `json:"httpsRedirect"`
		Mode               string `json:"mode"`
		MinProtocolVersion string `json:"minProtocolVersion"`
	} `json:"tls"`
}

type istioPeerAuthentication struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		MTLS          *istioMTLS           `json:"mtls"`
		PortLevelMTLS map[string]istioMTLS `json:"portLevelMtls"`
	} `json:"spec"`
}

type istioMTLS struct {
	Mode string `json:"mode"`
}

type istioAuthorizationPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Selector   *struct{}   `json:"selector"`
		TargetRefs []struct{}  `json:"targetRefs"`
		Action     string      `json:"action"`
		Rules      []istioRule `json:"rules"`
	} `json:"spec"`
}

type istioRule struct {
	From []struct{} `json:"from"`
	To   []struct{} `json:"to"`
	When []struct{} `json:"when"`
}

type istioDestinationRule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Host          string              `json:"host"`
		TrafficPolicy *istioTrafficPolicy `json:"trafficPolicy"`
		Subsets       []struct {
			Name          string              `json:"name"`
			TrafficPolicy *istioTrafficPolicy `json:"trafficPolicy"`
		} `json:"subsets"`
	} `json:"spec"`
}

type istioTrafficPolicy struct {
	TLS *struct {
		Mode               string `json:"mode"`
		InsecureSkipVerify bool   `json:"insecureSkipVerify"`
	} `json:"tls"`
}

var (
	istioGateways              = kinds.Of[istioGateway]("networking.istio.io", "Gateway")
	istioDestinationRules      = kinds.Of[istioDestinationRule]("networking.istio.io", "DestinationRule")
	istioPeerAuthentications   = kinds.Of[istioPeerAuthentication]("security.istio.io", "PeerAuthentication")
	istioAuthorizationPolicies = kinds.Of[istioAuthorizationPolicy]("security.istio.io", "AuthorizationPolicy")
)
