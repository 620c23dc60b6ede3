package flows

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// tuple is one direction of a tracked connection.
type tuple struct {
	src, dst     netip.Addr
	sport, dport uint16
	set          int // how many of its fields were read
}

// parseConntrack reads a line of conntrack -L, of conntrack -E or of
// /proc/net/nf_conntrack. Each has two tuples: the packets as the client sends them,
// and as the answers to them come back. Who answers is the server behind a Service, so
// the server is the source of the second tuple, and the client that of the first.
func parseConntrack(line []byte) ([]generate.Flow, leftOut, error) {
	if isConntrackNotice(line) {
		return nil, other, nil
	}
	fields := strings.Fields(string(line))
	protocol, governed, err := conntrackProtocol(fields)
	if err != nil {
		return nil, nothing, err
	}
	if !governed {
		return nil, other, nil
	}
	var tuples [2]tuple
	at, open := -1, false
	for _, field := range fields {
		key, value, pair := strings.Cut(field, "=")
		if !pair {
			open = open || field == "[UNREPLIED]"
			continue
		}
		if key == "src" {
			at++
		}
		if at < 0 || at > 1 {
			continue
		}
		if err := tuples[at].read(key, value); err != nil {
			return nil, nothing, err
		}
	}
	if tuples[0].set != 4 || tuples[1].set != 4 {
		return nil, nothing, errors.New("no connection of conntrack: it wants src, dst, sport and dport of both directions")
	}
	if open && protocol != netpol.UDP { // what is sent by UDP needs no answer
		return nil, unanswered, nil
	}
	return []generate.Flow{{
		Src: generate.Side{Address: tuples[0].src}, Dst: generate.Side{Address: tuples[1].src}, Protocol: protocol, Port: tuples[1].sport,
	}}, nothing, nil
}

func (t *tuple) read(key, value string) error {
	var err error
	switch key {
	case "src":
		t.src, err = parseAddress(value)
	case "dst":
		t.dst, err = parseAddress(value)
	case "sport":
		t.sport, err = parsePort(value)
	case "dport":
		t.dport, err = parsePort(value)
	default:
		return nil
	}
	t.set++
	return err
}

// conntrackProtocol finds the name of the protocol: after an event as [NEW] and, in
// /proc, after the address family.
func conntrackProtocol(fields []string) (netpol.Protocol, bool, error) {
	for _, field := range fields {
		switch field {
		case "tcp":
			return netpol.TCP, true, nil
		case "udp":
			return netpol.UDP, true, nil
		case "sctp":
			return netpol.SCTP, true, nil
		case "icmp", "icmpv6", "udplite", "dccp", "gre", "unknown":
			return netpol.TCP, false, nil
		}
	}
	return netpol.TCP, false, errors.New("no connection of conntrack: it names no protocol")
}

// isConntrackNotice knows the line with which the tool ends.
func isConntrackNotice(line []byte) bool { return bytes.HasPrefix(line, []byte("conntrack v")) }

func parseAddress(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return address, fmt.Errorf("%q is no address", text)
	}
	return address.Unmap().WithZone(""), nil
}

func parsePort(text string) (uint16, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%q is no port", text)
	}
	return uint16(port), nil
}
