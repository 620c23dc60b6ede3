package flows

import (
	"bytes"
	"fmt"
	"strings"
)

// Format is how flows are written down. The zero value is to look at them.
type Format uint8

// The formats.
const (
	Detect    Format = iota
	Hubble           // hubble observe -o json or jsonpb, and Cilium's export to files
	Istio            // access log of Envoy in Istio's default format, text or JSON
	Conntrack        // conntrack -L, conntrack -E, /proc/net/nf_conntrack
	CSV              // source,destination,protocol,port
)

// String is the name of the format.
func (f Format) String() string {
	switch f {
	case Hubble:
		return "hubble"
	case Istio:
		return "istio"
	case Conntrack:
		return "conntrack"
	case CSV:
		return "csv"
	default:
		return "auto"
	}
}

// Formats lists the formats by name: auto first.
func Formats() []Format { return []Format{Detect, Hubble, Istio, Conntrack, CSV} }

// ParseFormat is the format of that name.
func ParseFormat(name string) (Format, error) {
	for _, format := range Formats() {
		if format.String() == name {
			return format, nil
		}
	}
	return Detect, fmt.Errorf("%q is no format of flows: use auto, %s", name, formatNames(" or "))
}

func formatNames(last string) string {
	var names []string
	for _, format := range Formats()[1:] {
		names = append(names, format.String())
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

// detect tells the format of a file by a line of it, Detect where it cannot.
func detect(line []byte) Format {
	has := func(name string) bool { return bytes.Contains(line, []byte(`"`+name+`"`)) }
	switch {
	case line[0] == '{' && (has("upstream_cluster") || has("downstream_remote_address")):
		return Istio
	case line[0] == '{' && (has("flow") || has("verdict") || has("node_status") || has("lost_events")):
		return Hubble
	case bytes.Contains(line, []byte("src=")) && bytes.Contains(line, []byte("dst=")):
		return Conntrack
	case isCSVHeader(line):
		return CSV
	case isAccess(withoutPrefix(line)):
		return Istio
	default:
		return Detect
	}
}

// isNotice reports whether a line is said by one of the tools beside the flows.
func isNotice(line []byte) bool { return isProxyNotice(withoutPrefix(line)) || isConntrackNotice(line) }
