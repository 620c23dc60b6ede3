package flows

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// hubbleLine is an answer of the observer API, bare or in an envelope. The fields and
// their names are those of api/v1/flow/flow.proto and api/v1/observer/observer.proto
// of github.com/cilium/cilium.
type hubbleLine struct {
	Flow       *hubbleFlow `json:"flow"`
	Lost       *hubbleLost `json:"lost_events"`
	NodeStatus *struct{}   `json:"node_status"`
	hubbleFlow
}

type hubbleLost struct {
	Source string `json:"source"`
	Count  uint64 `json:"num_events_lost,string"`
}

type hubbleFlow struct {
	Verdict     string          `json:"verdict"`
	IP          hubbleIP        `json:"IP"`
	L4          *hubbleL4       `json:"l4"`
	Source      *hubbleEndpoint `json:"source"`
	Destination *hubbleEndpoint `json:"destination"`
	Service     *hubbleService  `json:"destination_service"`
	IsReply     *bool           `json:"is_reply"`
	Reply       bool            `json:"reply"` // before is_reply: false or not told
}

type hubbleIP struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
}

type hubbleL4 struct {
	TCP  *hubblePorts `json:"TCP"`
	UDP  *hubblePorts `json:"UDP"`
	SCTP *hubblePorts `json:"SCTP"`
}

type hubblePorts struct {
	Source      uint32       `json:"source_port"`
	Destination uint32       `json:"destination_port"`
	Flags       *hubbleFlags `json:"flags"`
}

type hubbleFlags struct {
	SYN bool `json:"SYN"`
	ACK bool `json:"ACK"`
}

type hubbleEndpoint struct {
	Namespace string           `json:"namespace"`
	Pod       string           `json:"pod_name"`
	Labels    []string         `json:"labels"`
	Workloads []hubbleWorkload `json:"workloads"`
}

type hubbleWorkload struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type hubbleService struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// parseHubble reads one line. A flow that was dropped, and one of the answering side,
// gives no connection.
func parseHubble(line []byte) ([]generate.Flow, leftOut, error) {
	var l hubbleLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, nothing, fmt.Errorf("no flow of Hubble: %w", err)
	}
	switch {
	case l.Lost != nil:
		return nil, nothing, fmt.Errorf("Hubble lost %d events of %s: what they held is not known", l.Lost.Count, l.Lost.Source)
	case l.NodeStatus != nil:
		return nil, other, nil
	case l.Flow == nil:
		l.Flow = &l.hubbleFlow
	}
	f := l.Flow
	switch f.Verdict {
	case "FORWARDED", "REDIRECTED", "AUDIT":
	case "DROPPED", "ERROR":
		return nil, denied, nil
	case "TRACED", "TRANSLATED": // of a socket's address; the packets are told besides
		return nil, other, nil
	default:
		return nil, nothing, fmt.Errorf("no flow of Hubble: %q is no verdict", f.Verdict)
	}
	return f.connection()
}

func (f *hubbleFlow) connection() ([]generate.Flow, leftOut, error) {
	ports, protocol := f.L4.ports()
	if ports == nil {
		return nil, other, nil
	}
	switch forward, known := f.forward(ports); {
	case !known:
		return nil, nothing, errors.New("the flow does not say whether it is a reply")
	case !forward:
		return nil, reply, nil
	case ports.Destination == 0 || ports.Destination > 65535:
		return nil, nothing, fmt.Errorf("%d is no port", ports.Destination)
	}
	flow := generate.Flow{Src: f.Source.side(f.IP.Source), Dst: f.Destination.side(f.IP.Destination), Protocol: protocol, Port: uint16(ports.Destination)}
	if flow.Dst.Pod == "" && flow.Dst.Name == "" && f.Service != nil && f.Service.Name != "" {
		flow.Dst.Namespace, flow.Dst.Service = f.Service.Namespace, f.Service.Name
	}
	if flow.Src == (generate.Side{}) || flow.Dst == (generate.Side{}) {
		return nil, nothing, errors.New("the flow names one side only")
	}
	return []generate.Flow{flow}, nothing, nil
}

func (l *hubbleL4) ports() (*hubblePorts, netpol.Protocol) {
	switch {
	case l == nil:
		return nil, netpol.TCP
	case l.TCP != nil:
		return l.TCP, netpol.TCP
	case l.UDP != nil:
		return l.UDP, netpol.UDP
	default:
		return l.SCTP, netpol.SCTP
	}
}

// forward tells the direction of a flow: as Hubble says, else by the flags of a
// connection that is being opened, else by which side has an ephemeral port.
func (f *hubbleFlow) forward(p *hubblePorts) (forward, known bool) {
	switch {
	case f.IsReply != nil:
		return !*f.IsReply, true
	case f.Reply:
		return false, true
	case p.Flags != nil && p.Flags.SYN:
		return !p.Flags.ACK, true
	}
	return byPorts(p.Source, p.Destination)
}

// ephemeral is the lowest port that Linux gives to clients by default
// (net.ipv4.ip_local_port_range).
const ephemeral = 32768

func byPorts(source, destination uint32) (forward, known bool) {
	return destination < ephemeral, (source < ephemeral) != (destination < ephemeral)
}

func (e *hubbleEndpoint) side(address string) generate.Side {
	var side generate.Side
	if parsed, err := netip.ParseAddr(address); err == nil {
		side.Address = parsed.Unmap().WithZone("")
	}
	if e == nil {
		return side
	}
	side.Namespace, side.Pod = e.Namespace, e.Pod
	if len(e.Workloads) > 0 && e.Namespace != "" {
		side.Kind, side.Name = e.Workloads[0].Kind, e.Workloads[0].Name
	}
	side.Node = slices.Contains(e.Labels, "reserved:host")
	side.Outside = side.Pod == "" && !side.Node && slices.ContainsFunc(e.Labels, isOutside)
	return side
}

// isOutside knows the labels of what Cilium does not manage
// (https://docs.cilium.io/en/stable/gettingstarted/terminology/#special-identities).
func isOutside(label string) bool {
	switch label {
	case "reserved:world", "reserved:world-ipv4", "reserved:world-ipv6", "reserved:remote-node", "reserved:kube-apiserver":
		return true
	default:
		return strings.HasPrefix(label, "cidr:")
	}
}
