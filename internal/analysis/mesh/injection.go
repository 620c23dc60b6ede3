package mesh

import (
	"strings"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// injection is which ports the sidecars of one control plane take in, where the
// annotations of the pods say nothing (values of istiod's chart,
// files/injection-template.yaml).
type injection struct {
	object *snapshot.Object // the ConfigMap; nil for the defaults of the chart
	values injectionValues
}

type injectionValues struct {
	Global struct {
		Proxy struct {
			IncludeInboundPorts  *string `json:"includeInboundPorts"`
			ExcludeInboundPorts  string  `json:"excludeInboundPorts"`
			ExcludeOutboundPorts string  `json:"excludeOutboundPorts"`
		} `json:"proxy"`
	} `json:"global"`
}

// injections are those of every revision. all is false where one could not be read.
type injections struct {
	list []injection
	all  bool
}

// injectionsOf reads the ConfigMaps istio-sidecar-injector and istio-sidecar-injector-REVISION.
var injectionsOf = snapshot.Memo[struct{}, *injections]{Name: "mesh.injections", Compute: func(v *snapshot.View, _ struct{}) *injections {
	found := &injections{all: supplied(v, model.Scope{Kind: "ConfigMap"})}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "ConfigMap"}, "") {
		if object.Name != "istio-sidecar-injector" && !strings.HasPrefix(object.Name, "istio-sidecar-injector-") {
			continue
		}
		one := injection{object: object}
		m, err := kinds.ConfigMaps.Read(object)
		if err != nil || yaml.Unmarshal([]byte(m.Data["values"]), &one.values) != nil {
			found.all = false
			continue
		}
		found.list = append(found.list, one)
	}
	if len(found.list) == 0 {
		found.list = []injection{{}}
	}
	return found
}}

func (i *injection) reason(key, value string) Reason {
	return Reason{Text: "global.proxy." + key + " of the injector is " + value, Object: i.object, Path: "data.values", Value: value}
}

// inbound reports whether a sidecar takes in what comes to a port, by the annotations of
// its pods, else by the values of its injector: those of every revision must agree.
func (m *Mesh) inbound(server *Workload, port uint16) (truth, Reason) {
	found := injectionsOf.Of(m.view, struct{}{})
	var result truth
	var why Reason
	for i := range found.list {
		one, reason := found.list[i].inbound(server, port)
		if i > 0 && one.value != result.value {
			reason.Open = true
			return truth{}, reason
		}
		result, why = one, reason
	}
	return result, why
}

// inbound is for pods that one control plane injected. An includeInboundPorts that is
// "" takes in nothing, and then what is excluded is not asked (istio
// tools/istio-iptables/pkg/capture/run.go, handleInboundPortsInclude).
func (i *injection) inbound(server *Workload, port uint16) (truth, Reason) {
	const prefix = "traffic.sidecar.istio.io/"
	if value, ok := server.Meta.Annotations[prefix+"includeInboundPorts"]; ok {
		if value != "*" {
			return truthOf(listed(value, port)), server.annotated(prefix+"includeInboundPorts", value)
		}
	} else if value := i.values.Global.Proxy.IncludeInboundPorts; value != nil && *value != "*" {
		return truthOf(listed(*value, port)), i.reason("includeInboundPorts", *value)
	}
	if value, ok := server.Meta.Annotations[prefix+"excludeInboundPorts"]; ok {
		return truthOf(!listed(value, port)), server.annotated(prefix+"excludeInboundPorts", value)
	}
	value := i.values.Global.Proxy.ExcludeInboundPorts
	return truthOf(!listed(value, port)), i.reason("excludeInboundPorts", value)
}

// leaves reports whether a sidecar leaves what its pod sends to a port to itself.
func (m *Mesh) leaves(client *Workload, port uint16) (truth, Reason) {
	const key = "traffic.sidecar.istio.io/excludeOutboundPorts"
	if value, ok := client.Meta.Annotations[key]; ok {
		return truthOf(listed(value, port)), client.annotated(key, value)
	}
	found := injectionsOf.Of(m.view, struct{}{})
	var result truth
	var why Reason
	for i := range found.list {
		value := found.list[i].values.Global.Proxy.ExcludeOutboundPorts
		one, reason := truthOf(listed(value, port)), found.list[i].reason("excludeOutboundPorts", value)
		if i > 0 && one.value != result.value {
			reason.Open = true
			return truth{}, reason
		}
		result, why = one, reason
	}
	return result, why
}

// addInjections adds the ports that injectors name.
func (m *Mesh) addInjections(b *bounds) {
	for _, i := range injectionsOf.Of(m.view, struct{}{}).list {
		proxy := i.values.Global.Proxy
		b.addList(proxy.ExcludeInboundPorts)
		if proxy.IncludeInboundPorts != nil {
			b.addList(*proxy.IncludeInboundPorts)
		}
	}
}
