package netpol

import (
	"fmt"
	"net/netip"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"holdfast.dev/holdfast/internal/model"
)

// reading collects what is wrong with one policy while it is read. What the API server
// would not take is not evaluated.
type reading struct {
	path    model.Path
	problem string
}

func (r *reading) refuse(path model.Path, format string, args ...any) {
	if r.problem == "" {
		r.path, r.problem = path, string(path)+": "+fmt.Sprintf(format, args...)
	}
}

func (r *reading) selector(path model.Path, s *metav1.LabelSelector) *selector {
	read, err := readSelector(s)
	if err != nil {
		r.refuse(path, "%v", err)
	}
	return read
}

func (r *reading) protocol(path model.Path, name string) Protocol {
	p, ok := ParseProtocol(name)
	if !ok {
		r.refuse(path, "%q is no protocol that policies know: TCP, UDP or SCTP", name)
	}
	return p
}

func (r *reading) ports(path model.Path, p Protocol, from, to int32) portRange {
	switch {
	case from < 1 || from > 65535:
		r.refuse(path, "%d is no port: 1 to 65535", from)
	case to < from:
		r.refuse(path, "the range of ports ends at %d, before %d where it starts", to, from)
	case to > 65535:
		r.refuse(path, "%d is no port: 1 to 65535", to)
	case from == 1:
		from = 0 // there is no port 0: from the first port on is from the start on
	}
	return portRange{from: linear(p, uint16(from)), to: linear(p, uint16(to))}
}

func (r *reading) portName(path model.Path, name string) string {
	if problems := validation.IsValidPortName(name); len(problems) > 0 {
		r.refuse(path, "%q is no name of a port: %s", name, problems[0])
	}
	return name
}

// prefix reads a CIDR. Bits behind the prefix length are left aside, as network plugins
// do; servers before StrictIPCIDRValidation take them. An IPv4-mapped IPv6 block is
// taken by them too, but is IPv4 to some plugins and IPv6 to others.
func (r *reading) prefix(path model.Path, text string) netip.Prefix {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		r.refuse(path, "%q is no address block", text)
	case p.Addr().Is4In6():
		r.refuse(path, "%s is an IPv4 address written as an IPv6 one: some plugins take it as the one, some as the other", text)
	default:
		return p.Masked()
	}
	return netip.Prefix{}
}

func (r *reading) block(path model.Path, cidr string, except []string) block {
	b := block{cidr: r.prefix(path.Child("cidr"), cidr)}
	for i, text := range except {
		at := path.Child("except").Index(i)
		e := r.prefix(at, text)
		if r.problem == "" && (!b.cidr.Contains(e.Addr()) || e.Bits() <= b.cidr.Bits()) {
			r.refuse(at, "%s is not inside of %s", e, b.cidr)
		}
		b.except = append(b.except, e)
	}
	return b
}
