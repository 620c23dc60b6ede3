package mesh

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// istioSettings is what the mesh configuration says that decides here, with Istio's
// defaults (istio.io/api mesh/v1alpha1, MeshConfig).
type istioSettings struct {
	RootNamespace      string
	TrustDomain        string
	TrustDomainAliases []string
	AutoMTLS           bool
	Tunnels            bool                         // sidecars take those of ztunnel
	ExportTo           []string                     // of DestinationRules that say nothing; empty is everywhere
	Providers          map[string]extensionProvider // nil for the defaults: who uses them has them elsewhere
	Object             *snapshot.Object             // the ConfigMap; nil for the defaults
	Doubt              *Reason                      // what of it is not understood, or nil
	Known              bool                         // false: it could not be read, revisions differ, or it is not understood
}

// meshConfig is the document under the key mesh of the ConfigMap istio.
type meshConfig struct {
	RootNamespace                  string              `json:"rootNamespace"`
	TrustDomain                    string              `json:"trustDomain"`
	TrustDomainAliases             []string            `json:"trustDomainAliases"`
	EnableAutoMTLS                 *bool               `json:"enableAutoMtls"`
	DefaultDestinationRuleExportTo []string            `json:"defaultDestinationRuleExportTo"`
	ExtensionProviders             []extensionProvider `json:"extensionProviders"`
	DefaultConfig                  struct {
		ProxyMetadata struct {
			Tunnels jsontext.Value `json:"ISTIO_META_ENABLE_HBONE"` // a string, as far as Istio knows
		} `json:"proxyMetadata"`
	} `json:"defaultConfig"`
	DiscoverySelectors []struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"discoverySelectors"`
}

const (
	defaultRoot        = "istio-system"
	defaultTrustDomain = "cluster.local"
)

// istioConfig reads the mesh configuration: the ConfigMap istio, or istio-REVISION
// for each control plane of a revision. Two that differ are not understood, for which
// workload belongs to which is up to labels that may change.
var istioConfig = snapshot.Memo[struct{}, *istioSettings]{Name: "mesh.istioConfig", Compute: func(v *snapshot.View, _ struct{}) *istioSettings {
	config := &istioSettings{RootNamespace: defaultRoot, TrustDomain: defaultTrustDomain, AutoMTLS: true, Known: supplied(v, model.Scope{Kind: "ConfigMap"})}
	found := false
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "ConfigMap"}, "") {
		if object.Name != "istio" && !strings.HasPrefix(object.Name, "istio-") {
			continue
		}
		m, err := kinds.ConfigMaps.Read(object)
		if err != nil {
			config.Known, config.Doubt = false, &Reason{Text: "it could not be decoded", Object: object, Open: true}
			continue
		}
		text, ok := m.Data["mesh"]
		if !ok {
			continue
		}
		read := config.parse(object, text)
		switch {
		case read == nil:
			config.Known, config.Doubt = false, &Reason{Text: "data.mesh is not understood", Object: object, Path: "data.mesh", Open: true}
		case found && !read.equal(config):
			config.Known, config.Doubt = false, &Reason{Text: "it differs from " + config.Object.ID.String() + ": which workload belongs to which control plane is not known", Object: object, Path: "data.mesh", Open: true}
		default:
			found, config = true, read
		}
	}
	return config
}}

// parse reads one document, or returns nil when it is none.
func (c *istioSettings) parse(object *snapshot.Object, text string) *istioSettings {
	var document meshConfig
	if yaml.Unmarshal([]byte(text), &document) != nil {
		return nil
	}
	read := &istioSettings{
		RootNamespace: document.RootNamespace, TrustDomain: document.TrustDomain, TrustDomainAliases: document.TrustDomainAliases,
		AutoMTLS: document.EnableAutoMTLS == nil || *document.EnableAutoMTLS, ExportTo: document.DefaultDestinationRuleExportTo,
		Object: object, Known: c.Known && len(document.DiscoverySelectors) == 0, // which hide namespaces from istiod
	}
	if len(document.DiscoverySelectors) > 0 {
		read.Doubt = &Reason{Text: "discoverySelectors are not evaluated", Object: object, Path: "data.mesh", Open: true}
	}
	read.Tunnels = strings.Trim(string(document.DefaultConfig.ProxyMetadata.Tunnels), `"`) == "true"
	read.Providers = map[string]extensionProvider{}
	for _, p := range document.ExtensionProviders {
		read.Providers[p.Name] = p
	}
	if read.RootNamespace == "" {
		read.RootNamespace = object.Namespace
	}
	if read.TrustDomain == "" {
		read.TrustDomain = defaultTrustDomain
	}
	return read
}

func (c *istioSettings) equal(other *istioSettings) bool {
	return c.RootNamespace == other.RootNamespace && c.TrustDomain == other.TrustDomain && c.AutoMTLS == other.AutoMTLS && c.Tunnels == other.Tunnels &&
		slices.Equal(c.TrustDomainAliases, other.TrustDomainAliases) && slices.Equal(c.ExportTo, other.ExportTo) &&
		maps.EqualFunc(c.Providers, other.Providers, func(a, b extensionProvider) bool {
			return (a.HTTP == nil) == (b.HTTP == nil) && (a.GRPC == nil) == (b.GRPC == nil)
		})
}

// linkerdSettings is what the values of the control plane say that decides here, with
// Linkerd's defaults (charts/linkerd-control-plane/values.yaml).
type linkerdSettings struct {
	Namespace     string // of the control plane
	TrustDomain   string
	InboundPolicy string
	ProxyUser     *int64   // nil: that of the chart
	Networks      []string // of the cluster: of pods, nodes and Services
	Tunnel        tunnel
	SkippedPorts  string           // that pass proxies by on their way in, where no annotation names others
	OpaquePorts   string           // that proxies do not read, where no annotation names others
	Object        *snapshot.Object // the ConfigMap; nil for the defaults
	Known         bool
}

// tunnel says whether proxies of Linkerd connect to one another on a port of their own,
// whatever the port of the application: since edge-25.3.2 (2.18), unless
// proxy.outboundTransportMode says otherwise (linkerd2 pull requests 13699 and 13715).
type tunnel uint8

const (
	tunnelUnknown tunnel = iota
	tunnelled
	untunnelled
)

type linkerdValues struct {
	ClusterDomain       string `json:"clusterDomain"`
	IdentityTrustDomain string `json:"identityTrustDomain"`
	ClusterNetworks     string `json:"clusterNetworks"`
	LinkerdVersion      string `json:"linkerdVersion"`
	Proxy               struct {
		UID                   *int64  `json:"uid"`
		DefaultInboundPolicy  string  `json:"defaultInboundPolicy"`
		OutboundTransportMode string  `json:"outboundTransportMode"`
		OpaquePorts           *string `json:"opaquePorts"`
	} `json:"proxy"`
	ProxyInit struct {
		IgnoreInboundPorts *string `json:"ignoreInboundPorts"`
	} `json:"proxyInit"`
}

// tunnel reads the mode of transport. Values that name none are of a version before.
func (v *linkerdValues) tunnel() tunnel {
	switch mode := v.Proxy.OutboundTransportMode; {
	case mode == "transport-header":
		return tunnelled
	case mode == "transparent", mode == "" && strings.HasPrefix(v.LinkerdVersion, "stable-"): // the last one is 2.14
		return untunnelled
	default:
		return tunnelUnknown
	}
}

// defaultNetworks are clusterNetworks of the chart.
func defaultNetworks() []string {
	return []string{"10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"}
}

// linkerdConfig reads the ConfigMap linkerd-config of the control plane.
var linkerdConfig = snapshot.Memo[struct{}, *linkerdSettings]{Name: "mesh.linkerdConfig", Compute: func(v *snapshot.View, _ struct{}) *linkerdSettings {
	config := &linkerdSettings{Namespace: "linkerd", TrustDomain: defaultTrustDomain, InboundPolicy: "all-unauthenticated", Networks: defaultNetworks(), SkippedPorts: "4567,4568", OpaquePorts: "25,587,3306,4444,5432,6379,9300,11211", Known: supplied(v, model.Scope{Kind: "ConfigMap"})}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "ConfigMap"}, "") {
		if object.Name != "linkerd-config" {
			continue
		}
		var values linkerdValues
		m, err := kinds.ConfigMaps.Read(object)
		if err != nil || yaml.Unmarshal([]byte(m.Data["values"]), &values) != nil || config.Object != nil {
			config.Known = false
			continue
		}
		config.Object, config.Namespace, config.Tunnel = object, object.Namespace, values.tunnel()
		for _, domain := range []string{values.ClusterDomain, values.IdentityTrustDomain} {
			if domain != "" {
				config.TrustDomain = domain
			}
		}
		if ports := values.ProxyInit.IgnoreInboundPorts; ports != nil {
			config.SkippedPorts = *ports
		}
		if ports := values.Proxy.OpaquePorts; ports != nil {
			config.OpaquePorts = *ports
		}
		config.ProxyUser = values.Proxy.UID
		if values.ClusterNetworks != "" {
			config.Networks = strings.FieldsFunc(values.ClusterNetworks, func(r rune) bool { return r == ',' || r == ' ' })
		}
		if policy := values.Proxy.DefaultInboundPolicy; policy != "" {
			config.InboundPolicy = policy
		}
	}
	return config
}}
