package mesh

import (
	"fmt"
	"slices"
	"testing"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"istio.io/istio/pilot/pkg/xds/endpoints"

	"holdfast.dev/holdfast/internal/analysis/mesh"
)

// sending is how the proxy of a client connects.
type sending uint8

const (
	plainly sending = iota
	mutually
	withOwnTLS
)

// sends is how a sidecar connects to a pod through a port of a Service: in the clear
// where it does not know the Service.
func (d *istiod) sends(t testing.TB, client, server *mesh.Workload, host string, port int32, target uint32) sending {
	p := d.proxy(t, client)
	name := fmt.Sprintf("outbound|%d||%s", port, host)
	cluster := p.clusters[name]
	if cluster == nil {
		return plainly
	}
	builder := endpoints.NewEndpointBuilder(name, p.Proxy, d.push)
	load := builder.BuildClusterLoadAssignment(d.env.EndpointIndex)
	var labels map[string]string
	for _, locality := range load.Endpoints {
		for _, e := range locality.LbEndpoints {
			address := e.GetEndpoint().Address.GetSocketAddress()
			if address.Address == d.ips[server] && address.GetPortValue() == target {
				labels = labelsOf(e)
			}
		}
	}
	if cluster.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		labels = nil // it knows no endpoints
	}
	return d.socketOf(cluster, labels)
}

func labelsOf(e *endpointv3.LbEndpoint) map[string]string {
	labels := map[string]string{}
	for key, value := range e.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"].GetFields() {
		labels[key] = value.GetStringValue()
	}
	return labels
}

// socketOf is the transport socket of a cluster for an endpoint.
func (d *istiod) socketOf(c *clusterv3.Cluster, labels map[string]string) sending {
	for _, m := range c.TransportSocketMatches {
		meets := true
		for key, want := range m.Match.GetFields() {
			meets = meets && labels[key] == want.GetStringValue()
		}
		if meets {
			return d.kindOf(m.TransportSocket)
		}
	}
	return d.kindOf(c.TransportSocket)
}

func (d *istiod) kindOf(socket *corev3.TransportSocket) sending {
	if socket == nil || socket.Name != "envoy.transport_sockets.tls" {
		return plainly
	}
	context := decoded[*tlsv3.UpstreamTlsContext](d.envoy, socket.GetTypedConfig())
	if slices.Contains(context.CommonTlsContext.AlpnProtocols, "istio") {
		return mutually
	}
	return withOwnTLS
}
