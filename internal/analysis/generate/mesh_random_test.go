package generate_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
)

// Of a shop in each mesh, the policies leave exactly what was asked for to be reached,
// where those of the mesh narrow its tunnel.
func TestReachedOverMesh(t *testing.T) {
	const (
		istio = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: api, namespace: shop}\nspec: {selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {ports: ['8000']}}]}]}\n"
		deny  = "annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: deny}"
		auth  = "---\napiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: api, namespace: shop}\nspec: {podSelector: {matchLabels: {app: api}}, port: 8000, accessPolicy: all-authenticated}\n"
	)
	web, scrape := seen("shop/web", "shop/api", 8000), seen("ops/prometheus", "shop/api", 9090)
	tests := map[string]struct {
		text  string
		flows []generate.Flow
		want  string
	}{
		"sidecars":         {meshed(sidecar), []generate.Flow{web, scrape}, "ops/prometheus[Deployment] to shop/api[Deployment] TCP 9090-9090; shop/web[Deployment] to shop/api[Deployment] TCP 8000-8000"},
		"ambient":          {meshed(ambient) + istio, []generate.Flow{web}, "shop/web[Deployment] to shop/api[Deployment] TCP 8000-8000"},
		"ambient, outside": {meshed(ambient), []generate.Flow{scrape}, "ops/prometheus[Deployment] to shop/api[Deployment] TCP 9090-9090"},
		"ambient, wider":   {meshed(ambient), []generate.Flow{web}, "shop/web[Deployment] to shop/api[Deployment] TCP 1-65535"},
		"waypoint":         {meshed("labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}") + waypoint + waypointPods + istio, []generate.Flow{web}, "shop/web[Deployment] to shop/api[Deployment] TCP 8000-8000"},
		"linkerd":          {meshed(deny) + linkerd218 + auth, []generate.Flow{web}, "shop/web[Deployment] to shop/api[Deployment] TCP 8000-8000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := observed(t, test.text, test.flows...)
			if result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
				t.Errorf("%+v", result.Certificate)
			}
			network := reach.Of(files(t, test.text+written(t, result.Policies)).View(), netpol.Profile{PodBlocks: netpol.Ignores, HostNetwork: netpol.Ignores})
			var got []string
			for c := range network.Connections() {
				if c.Src.End == nil || c.Dst.End == nil || strings.Contains(c.Src.String()+c.Dst.String(), "/way[") {
					continue
				}
				got = append(got, fmt.Sprintf("%s to %s %s %d-%d", c.Src, c.Dst, c.Protocol, max(c.From, 1), c.To))
				if c.Verdict != reach.Allowed {
					t.Errorf("%s is %s", got[len(got)-1], c.Verdict)
				}
			}
			slices.Sort(got)
			if text := strings.Join(got, "; "); text != test.want {
				t.Errorf("reached are %s\nwant %s\n%s", text, test.want, written(t, result.Policies))
			}
		})
	}
}

// meshWorld is a random cluster with meshes, and what was seen in it.
type meshWorld struct {
	text  string
	names []string
	flows []generate.Flow
}

func randomMeshWorld(r *rand.Rand) *meshWorld {
	c := &meshWorld{text: dnsText}
	planes := []string{"", ambient, sidecar, linkerd, "labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}"}
	if r.IntN(2) == 0 {
		c.text += controlPlanes
	}
	if r.IntN(2) == 0 {
		c.text += linkerd218
	}
	for n := range 2 + r.IntN(2) {
		namespace, plane := fmt.Sprintf("ns%d", n), planes[r.IntN(len(planes))]
		c.text += fmt.Sprintf("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, %s}\n", namespace, plane)
		if strings.Contains(plane, "use-waypoint") {
			c.text += strings.ReplaceAll(waypoint+waypointPods, "namespace: shop", "namespace: "+namespace)
		}
		for w := range 1 + r.IntN(3) {
			name := fmt.Sprintf("w%d", w)
			extra := []string{"", "", ", sidecar.istio.io/inject: 'false', istio.io/dataplane-mode: none"}[r.IntN(3)]
			if strings.Contains(plane, "use-waypoint") {
				extra = "" // a mesh does not say whether what goes to others of it passes the waypoint
			}
			probe := []string{"", ", readinessProbe: {tcpSocket: {port: 8081}}"}[r.IntN(2)]
			c.text += fmt.Sprintf("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %[2]s, namespace: %[1]s}\nspec: {replicas: %[5]d, selector: {matchLabels: {app: %[2]s}}, template: {metadata: {labels: {app: %[2]s%[3]s}}, spec: {containers: [{name: c, image: i%[4]s}]}}}\n", namespace, name, extra, probe, 1+r.IntN(2))
			if r.IntN(2) == 0 {
				c.text += fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: %[2]s, namespace: %[1]s}\nspec: {selector: {app: %[2]s}, ports: [{name: a, port: 81}, {name: b, port: 82, targetPort: 83}]}\n", namespace, name)
			}
			c.names = append(c.names, namespace+"/"+name)
		}
	}
	for range r.IntN(8) {
		c.flows = append(c.flows, seen(c.names[r.IntN(len(c.names))], c.names[r.IntN(len(c.names))], []uint16{81, 82, 83, 15008, 4143}[r.IntN(5)]))
	}
	return c
}

// What policies of random flows in random meshes leave to be reached is what was seen,
// and where a tunnel is open its other ports, which the certificate lists; proxies reach
// their control plane, and the kubelet the pods of ambient mode. It is asked of the
// policies as written, of network policies and mesh together.
func TestRandomMesh(t *testing.T) {
	count := 300
	if testing.Short() {
		count = 40
	}
	tunnels, refused := 0, 0
	for seed := range count {
		c := randomMeshWorld(rand.New(rand.NewPCG(uint64(seed), 7)))
		result := observed(t, c.text, c.flows...)
		certificate := &result.Certificate
		if len(result.Namespaces) == 0 {
			continue
		}
		if certificate.Exact != generate.Proved || certificate.Irredundant != generate.Proved || strangeGap(result) {
			t.Fatalf("seed %d: %+v\n%v\n%s\n%s", seed, certificate, result.Gaps, c.text, written(t, result.Policies))
		}
		view := files(t, c.text+written(t, result.Policies)).View()
		network, meshes := netpol.Model(view, netpol.Profile{PodBlocks: netpol.Ignores}), mesh.Of(view)
		under := mesh.Under(network)
		free := mesh.Under(netpol.Model(files(t, c.text).View(), netpol.Profile{}))
		asked := map[string]bool{}
		for i := range c.flows {
			f := &c.flows[i]
			asked[fmt.Sprintf("%s %s %d", f.Src, f.Dst, f.Port)] = true
		}
		for _, client := range meshes.Workloads() {
			for _, server := range meshes.Workloads() {
				src, dst := client.Namespace()+"/"+client.Object.Name, server.Namespace()+"/"+server.Object.Name
				if !slices.Contains(c.names, src) || !slices.Contains(c.names, dst) || src == dst || !slices.Contains(result.Namespaces, client.Namespace()) || !slices.Contains(result.Namespaces, server.Namespace()) {
					continue
				}
				wider := slices.ContainsFunc(certificate.Widened, func(w generate.Widening) bool {
					return strings.HasPrefix(w.Connection, src+"[Deployment] to "+dst+"[Deployment] on every other TCP port") || strings.HasPrefix(w.Connection, src+"[Deployment] to "+server.Namespace()+"/way[Deployment]")
				})
				for _, port := range []uint16{80, 81, 82, 83} {
					with, without := meshes.Reach(client, server, port, under), meshes.Reach(client, server, port, free)
					unsure := slices.ContainsFunc(without.Ways, func(w mesh.Way) bool { return w.Access == mesh.AccessUnknown })
					switch seen := asked[fmt.Sprintf("%s %s %d", src, dst, port)]; {
					case seen && with.Access != without.Access:
						t.Errorf("seed %d: %s to %s on %d is %s, and %s without policies", seed, src, dst, port, with.Access, without.Access)
					case !seen && !wider && !unsure && with.Access != mesh.Denied:
						t.Errorf("seed %d: %s to %s on %d is %s, and was not asked for", seed, src, dst, port, with.Access)
					case seen && wider:
						tunnels++
					case !seen:
						refused++
					}
				}
			}
		}
		c.keeps(t, seed, network, meshes, result)
		if t.Failed() {
			t.Fatalf("%s\n%s\n%v", c.text, written(t, result.Policies), certificate.Widened)
		}
	}
	if tunnels < count/4 || refused < count {
		t.Errorf("%d connections in tunnels, %d refused: the clusters say little", tunnels, refused)
	}
}

// strangeGap reports whether something is not known that the mesh does say.
func strangeGap(result *generate.Result) bool {
	return slices.ContainsFunc(result.Gaps, func(g model.Gap) bool {
		return !strings.Contains(g.Reason, "goes over the mesh is not known: whether a client with a sidecar passes the waypoint")
	})
}

// keeps checks what a mesh needs.
func (c *meshWorld) keeps(t *testing.T, seed int, network *netpol.Network, meshes *mesh.Mesh, result *generate.Result) {
	t.Helper()
	find := func(namespace, name string) *netpol.End {
		for _, end := range network.Find(namespace, "", name) {
			return end
		}
		return nil
	}
	for _, end := range network.Ends() {
		w := meshes.Find(end.Workload)
		if w == nil || !slices.Contains(result.Namespaces, end.Namespace) {
			continue
		}
		allowed := func(dst *netpol.End, port uint16) bool {
			return dst == nil || network.Verdict(netpol.Of(end), netpol.Of(dst), netpol.TCP, port) == netpol.Allowed
		}
		proxy := w.Plane == mesh.Sidecarred || w.Plane == mesh.Gateway
		if allowed(find("istio-system", "istiod"), 15012) != proxy && find("istio-system", "istiod") != nil {
			t.Errorf("seed %d: %s and istiod", seed, end)
		}
		if w.Plane == mesh.Linkerd && !(allowed(find("linkerd", "linkerd-identity"), 8081) && allowed(find("linkerd", "linkerd-destination"), 8086) && allowed(find("linkerd", "linkerd-destination"), 8090)) {
			t.Errorf("seed %d: %s and the control plane of Linkerd", seed, end)
		}
		for _, port := range []uint16{8081, 8082} {
			probed := port == 8081 && w.Plane == mesh.Ambient && w.Containers[0].ReadinessProbe != nil
			for _, kubelet := range []string{"169.254.7.127", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"} {
				verdict := network.Verdict(netpol.Outside(netip.MustParseAddr(kubelet)), netpol.Of(end), netpol.TCP, port)
				if (verdict == netpol.Allowed) != probed {
					t.Errorf("seed %d: the kubelet to %s on %d is %s", seed, end, port, verdict)
				}
			}
		}
	}
}
