package mesh

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry/kube"
	memregistry "istio.io/istio/pilot/pkg/serviceregistry/memory"
	"istio.io/istio/pkg/config"
	istiomesh "istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/kube/krt"
	istiolog "istio.io/istio/pkg/log"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// istiod is a control plane of Istio for one snapshot.
type istiod struct {
	envoy     *envoy
	env       *model.Environment
	push      *model.PushContext
	mesh      *meshconfig.MeshConfig
	configs   []config.Config
	generator *core.ConfigGeneratorImpl
	ips       map[*mesh.Workload]string
	proxies   map[*mesh.Workload]*proxy
	ztunnels  map[*mesh.Workload]*ztunnel
}

// proxy is a sidecar and what istiod configures it with.
type proxy struct {
	*model.Proxy
	clusters map[string]*clusterv3.Cluster
	inbound  *listenerv3.Listener
}

// newIstiod starts a control plane for the objects of text, of which m is the reading
// of the analysis. It is nil for objects that istiod refuses.
func newIstiod(t testing.TB, text string, view *snapshot.View, m *mesh.Mesh) *istiod {
	t.Helper()
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.NoneLevel)
	}
	configs, _, err := crd.ParseInputs(istioKinds(text))
	if err != nil {
		t.Log("istiod refuses an object: ", err)
		return nil
	}
	for i := range configs {
		configs[i].Domain = "cluster.local"
	}
	d := &istiod{
		envoy: &envoy{TB: t, messages: map[*anypb.Any]proto.Message{}, expressions: map[string]*regexp.Regexp{}},
		mesh:  istiomesh.DefaultMeshConfig(), configs: configs, generator: core.NewConfigGenerator(&model.DisabledCache{}),
		ips: map[*mesh.Workload]string{}, proxies: map[*mesh.Workload]*proxy{}, ztunnels: map[*mesh.Workload]*ztunnel{},
	}
	for _, object := range view.Objects(snapshot.GroupKind{Kind: "ConfigMap"}, "") {
		if settings, err := kinds.ConfigMaps.Read(object); err == nil && (object.Name == "istio" || strings.HasPrefix(object.Name, "istio-")) {
			if d.mesh, err = istiomesh.ApplyMeshConfigDefaults(settings.Data["mesh"]); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(settings.Data["mesh"], "rootNamespace:") {
				d.mesh.RootNamespace = object.Namespace // istiod runs there
			}
		}
	}
	store := memory.NewController(memory.MakeSkipValidation(collections.Pilot))
	d.env = model.NewEnvironment()
	d.env.Watcher = meshwatcher.NewTestWatcher(d.mesh)
	d.env.NetworksWatcher = meshwatcher.NewFixedNetworksWatcher(nil)
	updater := model.NewEndpointIndexUpdater(d.env.EndpointIndex)
	d.env.VirtualServiceController = model.NewVirtualServiceController(store, model.VSControllerOptions{KrtDebugger: krt.GlobalDebugHandler, XDSUpdater: updater}, d.env.Watcher)
	registry := memregistry.NewServiceDiscovery()
	registry.XdsUpdater = updater
	d.env.ServiceDiscovery, d.env.ConfigStore = registry, store
	d.env.Init()
	d.addServices(view, m, registry)
	for _, c := range configs {
		if _, err := store.Create(c); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go store.Run(stop)
	go d.env.VirtualServiceController.Run(stop)
	for !store.HasSynced() || !d.env.VirtualServiceController.HasSynced() {
		time.Sleep(50 * time.Microsecond)
	}
	if err := d.env.InitNetworksManager(updater); err != nil {
		t.Fatal(err)
	}
	d.env.PushContext().InitContext(d.env, nil, nil)
	d.push = d.env.PushContext()
	return d
}

// istioKinds are the documents of a text that are Istio's.
func istioKinds(text string) string {
	var kept []string
	for document := range strings.SplitSeq(text, "\n---\n") {
		if strings.Contains(document, "security.istio.io/") || strings.Contains(document, "networking.istio.io/") {
			kept = append(kept, document)
		}
	}
	return strings.Join(kept, "\n---\n")
}

// addServices registers the Services and one pod of each workload.
func (d *istiod) addServices(view *snapshot.View, m *mesh.Mesh, registry *memregistry.ServiceDiscovery) {
	for i, w := range m.Workloads() {
		d.ips[w] = fmt.Sprintf("10.1.0.%d", i+1)
	}
	for i, object := range view.Objects(snapshot.GroupKind{Kind: "Service"}, "") {
		service, err := kinds.Services.Read(object)
		if err != nil || len(service.Spec.Selector) == 0 {
			continue
		}
		if service.Spec.ClusterIP == "" {
			service = service.DeepCopy()
			service.Spec.ClusterIP = fmt.Sprintf("10.2.0.%d", i+1)
		}
		known := kube.ConvertService(*service, nil, "cluster.local", "Kubernetes", d.mesh.TrustDomain)
		registry.AddService(known)
		for _, w := range m.Workloads() {
			if w.Namespace() != object.Namespace || !w.HasLabels(service.Spec.Selector) || w.Spec.HostNetwork {
				continue
			}
			for j := range service.Spec.Ports {
				d.addEndpoints(registry, known, w, &service.Spec.Ports[j], j)
			}
		}
	}
}

func (d *istiod) addEndpoints(registry *memregistry.ServiceDiscovery, service *model.Service, w *mesh.Workload, port *corev1.ServicePort, index int) {
	mode := model.DisabledTLSModeLabel
	if w.Plane == mesh.Sidecarred {
		mode = model.IstioMutualTLSModeLabel
	}
	for _, target := range targets(w, port) {
		registry.AddInstance(&model.ServiceInstance{Service: service, ServicePort: service.Ports[index], Endpoint: &model.IstioEndpoint{
			Labels: w.Meta.Labels, Addresses: []string{d.ips[w]}, ServicePortName: port.Name, EndpointPort: uint32(target), TLSMode: mode,
			Namespace: w.Namespace(), WorkloadName: w.Object.Name, ServiceAccount: "spiffe://" + d.identity(w), LegacyClusterPortKey: int(port.Port),
		}})
	}
}

// targets are the ports of a pod that a port of a Service leads to.
func targets(w *mesh.Workload, port *corev1.ServicePort) []int32 {
	switch {
	case port.TargetPort.Type == intstr.String:
		for i := range w.Containers {
			for _, p := range w.Containers[i].Ports {
				if p.Name == port.TargetPort.StrVal {
					return []int32{p.ContainerPort}
				}
			}
		}
		return nil
	case port.TargetPort.IntVal != 0:
		return []int32{port.TargetPort.IntVal}
	default:
		return []int32{port.Port}
	}
}

// identity is the name in the certificate of a workload.
func (d *istiod) identity(w *mesh.Workload) string {
	return d.mesh.TrustDomain + "/ns/" + w.Namespace() + "/sa/" + w.ServiceAccount()
}

// proxy configures the sidecar of a workload.
func (d *istiod) proxy(t testing.TB, w *mesh.Workload) *proxy {
	if known := d.proxies[w]; known != nil {
		return known
	}
	p := &proxy{clusters: map[string]*clusterv3.Cluster{}, Proxy: &model.Proxy{
		Type: model.SidecarProxy, ID: w.Object.Name + "." + w.Namespace(), IPAddresses: []string{d.ips[w]}, ConfigNamespace: w.Namespace(),
		DNSDomain: w.Namespace() + ".svc.cluster.local", Labels: w.Meta.Labels, IstioVersion: model.ParseIstioVersion("1.31.0"),
		Metadata: &model.NodeMetadata{Namespace: w.Namespace(), Labels: w.Meta.Labels, IstioVersion: "1.31.0", ClusterID: "Kubernetes"},
	}}
	p.SetSidecarScope(d.push)
	p.SetServiceTargets(d.env.ServiceDiscovery)
	p.SetGatewaysForProxy(d.push)
	p.DiscoverIPMode()
	resources, _ := d.generator.BuildClusters(p.Proxy, &model.PushRequest{Push: d.push})
	for _, r := range resources {
		c := &clusterv3.Cluster{}
		if err := r.Resource.UnmarshalTo(c); err != nil {
			t.Fatal(err)
		}
		p.clusters[c.Name] = c
	}
	for _, l := range d.generator.BuildListeners(p.Proxy, d.push) {
		if l.Name == model.VirtualInboundListenerName {
			p.inbound = l
		}
	}
	d.proxies[w] = p
	return p
}
