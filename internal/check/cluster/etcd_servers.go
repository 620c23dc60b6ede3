package cluster

import (
	"net/netip"
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
)

// onlyLocal reports whether every URL of a list is of the same host: a loopback
// address or a socket.
func onlyLocal(urls []controlplane.Setting) bool {
	for _, each := range urls {
		if !isLocal(each.Value) {
			return false
		}
	}
	return len(urls) > 0
}

func isLocal(address string) bool {
	if strings.HasPrefix(address, "unix") {
		return true
	}
	host := address
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		host = parsed.Hostname()
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isPlain reports URLs that carry everything in clear text.
func isPlain(address string) bool { return strings.HasPrefix(address, "http://") }
