package netpol

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
	kjson "sigs.k8s.io/json"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// The groups of Calico: the API of its own server, and the CustomResourceDefinitions
// behind it, which hold the same objects.
const (
	calicoGroup = "projectcalico.org"
	calicoStore = "crd.projectcalico.org"
)

// written is an object of a network plugin as far as it is read here.
type written[T any] struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec  *T  `json:"spec"`
	Specs []T `json:"specs"`
	// unknown are the fields in spec that are not of T, and why.
	unknown []doubt
}

// content is what two definitions of one object are compared by.
func (w *written[T]) content() written[T] { return *w }

// rules are the content of a policy: nobody selects policies by their labels.
func (w *written[T]) rules() written[T] {
	content := *w
	content.Metadata.Labels = nil
	return content
}

// pluginKind makes the Kind that reads objects of a network plugin. What they say in
// fields that T does not have is kept as unknown.
func pluginKind[T any](group, kind string) snapshot.Kind[*written[T]] {
	return snapshot.Kind[*written[T]]{Group: group, Kind: kind, Decode: func(raw []byte) (*written[T], error) {
		value := new(written[T])
		strict, err := kjson.UnmarshalStrict(raw, value)
		if err != nil {
			return nil, err
		}
		for _, problem := range strict {
			path := ""
			if field, ok := problem.(kjson.FieldError); ok {
				path = field.FieldPath()
			}
			if strings.HasPrefix(path, "spec") {
				value.unknown = append(value.unknown, doubt{path: model.Path(path), reason: fmt.Sprintf("%s is not understood", path)})
			}
		}
		return value, nil
	}}
}

// opaque is a field of which is asked only whether it is there.
type opaque struct{ json.RawMessage }

func (o opaque) set() bool { return len(o.RawMessage) > 0 && string(o.RawMessage) != "null" }

// calicoPolicy is the spec of a NetworkPolicy or GlobalNetworkPolicy of Calico:
// https://docs.tigera.io/calico/latest/reference/resources/networkpolicy and
// https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy.
type calicoPolicy struct {
	Tier                   string       `json:"tier"`
	Order                  *float64     `json:"order"`
	Selector               string       `json:"selector"`
	NamespaceSelector      string       `json:"namespaceSelector"`
	ServiceAccountSelector string       `json:"serviceAccountSelector"`
	Types                  []string     `json:"types"`
	Ingress                []calicoRule `json:"ingress"`
	Egress                 []calicoRule `json:"egress"`
	DoNotTrack             bool         `json:"doNotTrack"`
	PreDNAT                bool         `json:"preDNAT"`
	ApplyOnForward         bool         `json:"applyOnForward"`
	PerformanceHints       opaque       `json:"performanceHints"` // which change nothing
}

type calicoRule struct {
	Action      string              `json:"action"`
	IPVersion   *int                `json:"ipVersion"`
	Protocol    *intstr.IntOrString `json:"protocol"`
	NotProtocol *intstr.IntOrString `json:"notProtocol"`
	ICMP        opaque              `json:"icmp"`
	NotICMP     opaque              `json:"notICMP"`
	HTTP        opaque              `json:"http"`
	Source      calicoEntity        `json:"source"`
	Destination calicoEntity        `json:"destination"`
	Metadata    opaque              `json:"metadata"` // which is for people
}

type calicoEntity struct {
	Nets              []string             `json:"nets"`
	NotNets           []string             `json:"notNets"`
	Selector          string               `json:"selector"`
	NotSelector       string               `json:"notSelector"`
	NamespaceSelector string               `json:"namespaceSelector"`
	Ports             []intstr.IntOrString `json:"ports"`
	NotPorts          []intstr.IntOrString `json:"notPorts"`
	ServiceAccounts   *calicoAccounts      `json:"serviceAccounts"`
	Services          opaque               `json:"services"`
	Domains           []string             `json:"domains"`
}

type calicoAccounts struct {
	Names    []string `json:"names"`
	Selector string   `json:"selector"`
}

// calicoTier is the spec of a Tier:
// https://docs.tigera.io/calico/latest/reference/resources/tier.
type calicoTier struct {
	Order         *float64 `json:"order"`
	DefaultAction string   `json:"defaultAction"`
}

// calicoSet is the spec of a NetworkSet or GlobalNetworkSet:
// https://docs.tigera.io/calico/latest/reference/resources/networkset.
type calicoSet struct {
	Nets                 []string `json:"nets"`
	AllowedEgressDomains opaque   `json:"allowedEgressDomains"`
}
