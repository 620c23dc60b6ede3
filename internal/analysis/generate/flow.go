package generate

import (
	"fmt"
	"net/netip"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Side is one side of an observed flow, by everything that the observer told of it.
// The zero fields are those that it did not tell. It is comparable.
type Side struct {
	Address   netip.Addr
	Namespace string
	Pod       string // its name
	Kind      string // of the workload; "" where Name may be a workload, a pod or a Service
	Name      string // of the workload
	Service   string // the name of a Service that the client spoke to
	Node      bool   // the node of the other side
	Outside   bool   // the observer knows that Address is no pod's
}

// String renders the side by the best name that it has.
func (s Side) String() string {
	within := func(name string) string {
		if s.Namespace == "" {
			return name
		}
		return s.Namespace + "/" + name
	}
	switch {
	case s.Pod != "":
		return within(s.Pod) + "[Pod]"
	case s.Name != "" && s.Kind != "":
		return within(s.Name) + "[" + s.Kind + "]"
	case s.Name != "":
		return within(s.Name)
	case s.Service != "":
		return within(s.Service) + "[Service]"
	case s.Address.IsValid():
		return s.Address.String()
	case s.Node:
		return "a node"
	default:
		return "nobody who is named"
	}
}

// Place is the line of a file.
type Place struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Flow is one connection that something saw: who opened it, to whom, and the port on
// which the other side listens.
type Flow struct {
	Src, Dst Side
	Protocol netpol.Protocol
	Port     uint16
	Seen     Place
}

// String renders the flow without its place.
func (f *Flow) String() string {
	return fmt.Sprintf("%s to %s on %s %d", f.Src, f.Dst, f.Protocol, f.Port)
}
