package flows

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/go-json-experiment/json"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// access is what a line of an access log says of who spoke to whom. The names are
// those of Istio's JSON encoding; the text has them at fixed places.
type access struct {
	Flags            string `json:"response_flags"`
	UpstreamHost     string `json:"upstream_host"`
	Cluster          string `json:"upstream_cluster"`
	UpstreamLocal    string `json:"upstream_local_address"`
	DownstreamLocal  string `json:"downstream_local_address"`
	DownstreamRemote string `json:"downstream_remote_address"`
}

// parseIstio reads a line of an access log of a sidecar or gateway in Istio's default
// format, as text or JSON
// (https://istio.io/latest/docs/tasks/observability/logs/access-log/).
//
// A proxy sees addresses: which pod a client of a gateway outside the mesh is, which
// protocol spoke within TCP, and what failed before a proxy was reached, no log tells.
func parseIstio(line []byte) ([]generate.Flow, leftOut, error) {
	line = withoutPrefix(line)
	var a access
	switch {
	case len(line) > 0 && line[0] == '{':
		if err := json.Unmarshal(line, &a); err != nil {
			return nil, nothing, fmt.Errorf("no access log: %w", err)
		}
		if a.Cluster == "" && a.DownstreamRemote == "" {
			if isJSONNotice(line) {
				return nil, other, nil
			}
			return nil, nothing, errors.New("no access log of Istio's format: it has no upstream_cluster and no downstream_remote_address")
		}
	case isProxyNotice(line):
		return nil, other, nil
	default:
		var err error
		if a, err = readAccess(string(line)); err != nil {
			return nil, nothing, err
		}
	}
	return a.connections()
}

// connections tells which connections a proxy took part in, by the cluster that it
// sent the request to: inbound at the server, outbound at the client, and both for a
// gateway.
func (a *access) connections() ([]generate.Flow, leftOut, error) {
	if strings.HasPrefix(a.Cluster, "inbound|") || a.Cluster == "InboundPassthroughCluster" || a.Cluster == "InboundPassthroughClusterIpv4" || a.Cluster == "InboundPassthroughClusterIpv6" {
		client, err := hostOf(a.DownstreamRemote)
		if err != nil {
			return nil, nothing, err
		}
		flow, err := toHost(generate.Side{Address: client}, a.DownstreamLocal)
		return flow, nothing, err
	}
	if absent(a.Cluster) || a.Cluster == "BlackHoleCluster" || absent(a.UpstreamHost) {
		return nil, unanswered, nil // no server was reached
	}
	proxy, err := hostOf(a.UpstreamLocal)
	if err != nil {
		if proxy, err = hostOf(a.DownstreamRemote); err != nil {
			return nil, nothing, err
		}
	}
	flows, err := toHost(generate.Side{Address: proxy}, a.UpstreamHost)
	if err != nil {
		return nil, nothing, err
	}
	if service := serviceOf(a.Cluster); service.Service != "" {
		// Where the address is not known, its name is.
		flows[0].Dst.Namespace, flows[0].Dst.Service = service.Namespace, service.Service
	}
	if client, err := hostOf(a.DownstreamRemote); err == nil && client != proxy && !client.IsLoopback() {
		// A gateway: somebody else spoke to it.
		more, err := toHost(generate.Side{Address: client}, a.DownstreamLocal)
		if err != nil {
			return nil, nothing, err
		}
		flows = append(flows, more...)
	}
	return flows, nothing, nil
}

// originated is what stands before the server that a proxy tunnels to (istio
// pilot/pkg/networking/core/waypoint.go, ConnectOriginate). The proxy's own address is
// not told then: the client is that of the connection, also in the log of a waypoint.
const originated = "envoy://connect_originate/"

func toHost(src generate.Side, host string) ([]generate.Flow, error) {
	server, err := netip.ParseAddrPort(strings.TrimPrefix(host, originated))
	if err != nil || server.Port() == 0 {
		return nil, fmt.Errorf("%q is no address with a port", host)
	}
	return []generate.Flow{{Src: src, Dst: generate.Side{Address: server.Addr().Unmap().WithZone("")}, Protocol: netpol.TCP, Port: server.Port()}}, nil
}

func hostOf(text string) (netip.Addr, error) {
	host, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%q is no address with a port", text)
	}
	return host.Addr().Unmap().WithZone(""), nil
}

// serviceOf reads "outbound|80|v1|web.shop.svc.cluster.local".
func serviceOf(cluster string) generate.Side {
	parts := strings.Split(cluster, "|")
	if len(parts) != 4 || parts[0] != "outbound" {
		return generate.Side{}
	}
	labels := strings.Split(parts[3], ".")
	if len(labels) < 3 || labels[2] != "svc" {
		return generate.Side{}
	}
	return generate.Side{Namespace: labels[1], Service: labels[0]}
}

func absent(text string) bool { return text == "" || text == "-" }

// readAccess reads the text format: after the time and the request, fields between
// spaces, some of them quoted. The last seven are the same in every version since 1.9,
// and what is before them may hold anything that a client sends.
func readAccess(line string) (access, error) {
	if !isAccess([]byte(line)) {
		return access{}, errors.New("no access log of Istio's format")
	}
	fields, err := accessFields(line)
	if err != nil {
		return access{}, err
	}
	// ... "authority" "upstream_host" cluster upstream_local downstream_local
	// downstream_remote server_name route_name
	const tail = 7
	if len(fields) < tail+5 {
		return access{}, fmt.Errorf("no access log of Istio's format: it has %d fields", len(fields))
	}
	last := fields[len(fields)-tail:]
	return access{
		UpstreamHost: last[0], Cluster: last[1], UpstreamLocal: last[2], DownstreamLocal: last[3], DownstreamRemote: last[4],
	}, nil
}

// accessFields divides a line. Envoy writes a quote within a quoted field as it
// came, so a quote ends a field only before a space or the end.
func accessFields(line string) ([]string, error) {
	var fields []string
	for rest := line; ; {
		if rest = strings.TrimLeft(rest, " "); rest == "" {
			return fields, nil
		}
		if rest[0] != '"' {
			field, after, _ := strings.Cut(rest, " ")
			fields, rest = append(fields, field), after
			continue
		}
		end := 1
		for ; end < len(rest); end++ {
			if rest[end] == '"' && (end+1 == len(rest) || rest[end+1] == ' ') {
				break
			}
		}
		if end == len(rest) {
			return nil, errors.New("no access log of Istio's format: a quote does not end")
		}
		fields, rest = append(fields, rest[1:end]), rest[end+1:]
	}
}

// isAccess reports whether a line begins as "[2026-01-31T12:00:00.000Z] ...".
func isAccess(line []byte) bool {
	return len(line) > 12 && line[0] == '[' && isDigit(line[1]) && isDigit(line[4]) && line[5] == '-' && bytes.Contains(line, []byte("] \""))
}

// isProxyNotice knows what a proxy says of itself, into the same stream:
// "2026-01-31T12:00:00.000000Z\tinfo\t...".
func isProxyNotice(line []byte) bool {
	return len(line) > 11 && isDigit(line[0]) && line[4] == '-' && line[10] == 'T' && bytes.Contains(line, []byte("Z\t"))
}

func isJSONNotice(line []byte) bool {
	return bytes.Contains(line, []byte(`"level"`)) && bytes.Contains(line, []byte(`"msg"`))
}

// withoutPrefix takes "[pod/web-0/istio-proxy] " away, which kubectl logs --prefix adds.
func withoutPrefix(line []byte) []byte {
	if bytes.HasPrefix(line, []byte("[pod/")) {
		if _, rest, ok := bytes.Cut(line, []byte("] ")); ok {
			return rest
		}
	}
	return line
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
