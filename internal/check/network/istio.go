package network

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The parts of Istio's Gateway that the checks read; see the protobuf definitions in
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

// istioGateways are read by these checks alone; the other kinds stand in analysis/mesh.
var istioGateways = kinds.Of[istioGateway]("networking.istio.io", "Gateway")
