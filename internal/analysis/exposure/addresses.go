package exposure

import (
	"net/netip"
	"slices"
)

// WholeFamily reports whether prefixes together hold every address of one family:
// 0.0.0.0/0, but 0.0.0.0/1 with 128.0.0.0/1 just as well.
func WholeFamily(prefixes []netip.Prefix, v6 bool) bool {
	var family []netip.Prefix
	for _, prefix := range prefixes {
		if prefix.IsValid() && prefix.Addr().Is6() == v6 {
			if prefix.Bits() == 0 {
				return true
			}
			family = append(family, prefix.Masked())
		}
	}
	slices.SortFunc(family, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	next := netip.IPv4Unspecified()
	if v6 {
		next = netip.IPv6Unspecified()
	}
	for _, prefix := range family {
		if next.Less(prefix.Addr()) {
			return false
		}
		if end := last(prefix); !end.Less(next) {
			if next = end.Next(); !next.IsValid() {
				return true
			}
		}
	}
	return false
}

// last is the highest address of a prefix.
func last(prefix netip.Prefix) netip.Addr {
	raw := prefix.Masked().Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr
}

// ParsePrefixes parses those texts that are prefixes.
func ParsePrefixes(texts []string) []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}
