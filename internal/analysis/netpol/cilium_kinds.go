package netpol

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const ciliumGroup = "cilium.io"

// ciliumPolicy is one spec of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy:
// https://docs.cilium.io/en/stable/security/policy/language/.
type ciliumPolicy struct {
	EndpointSelector  *metav1.LabelSelector `json:"endpointSelector"`
	NodeSelector      *metav1.LabelSelector `json:"nodeSelector"`
	Ingress           []ciliumRule          `json:"ingress"`
	IngressDeny       []ciliumRule          `json:"ingressDeny"`
	Egress            []ciliumRule          `json:"egress"`
	EgressDeny        []ciliumRule          `json:"egressDeny"`
	EnableDefaultDeny struct {
		Ingress *bool `json:"ingress"`
		Egress  *bool `json:"egress"`
	} `json:"enableDefaultDeny"`
	Labels      opaque `json:"labels"` // of the policy, for people
	Description string `json:"description"`
	Log         opaque `json:"log"` // which decides nothing
}

// ciliumRule is a rule of any direction: of one, only the fields of its direction are
// set.
type ciliumRule struct {
	FromEndpoints []metav1.LabelSelector `json:"fromEndpoints"`
	ToEndpoints   []metav1.LabelSelector `json:"toEndpoints"`
	FromEntities  []string               `json:"fromEntities"`
	ToEntities    []string               `json:"toEntities"`
	FromCIDR      []string               `json:"fromCIDR"`
	ToCIDR        []string               `json:"toCIDR"`
	FromCIDRSet   []ciliumBlock          `json:"fromCIDRSet"`
	ToCIDRSet     []ciliumBlock          `json:"toCIDRSet"`
	ToPorts       []ciliumPorts          `json:"toPorts"`
	ICMPs         opaque                 `json:"icmps"`

	FromNodes      opaque `json:"fromNodes"`
	ToNodes        opaque `json:"toNodes"`
	FromGroups     opaque `json:"fromGroups"`
	ToGroups       opaque `json:"toGroups"`
	FromRequires   opaque `json:"fromRequires"`
	ToRequires     opaque `json:"toRequires"`
	ToServices     opaque `json:"toServices"`
	ToFQDNs        opaque `json:"toFQDNs"`
	Authentication *struct {
		Mode string `json:"mode"`
	} `json:"authentication"`
}

type ciliumBlock struct {
	CIDR              string   `json:"cidr"`
	Except            []string `json:"except"`
	CIDRGroupRef      string   `json:"cidrGroupRef"`
	CIDRGroupSelector opaque   `json:"cidrGroupSelector"`
}

type ciliumPorts struct {
	Ports          []ciliumPort `json:"ports"`
	Rules          *ciliumL7    `json:"rules"`
	TerminatingTLS opaque       `json:"terminatingTLS"`
	OriginatingTLS opaque       `json:"originatingTLS"`
	ServerNames    []string     `json:"serverNames"`
	Listener       opaque       `json:"listener"`
}

type ciliumPort struct {
	Port     string `json:"port"`
	EndPort  int32  `json:"endPort"`
	Protocol string `json:"protocol"`
}

type ciliumL7 struct {
	HTTP    opaque `json:"http"`
	Kafka   opaque `json:"kafka"`
	L7Proto string `json:"l7proto"`
	L7      opaque `json:"l7"`
	DNS     []struct {
		MatchName    string `json:"matchName"`
		MatchPattern string `json:"matchPattern"`
	} `json:"dns"`
}
