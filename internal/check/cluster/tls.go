package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
)

// strongCiphers are the cipher suites of TLS 1.2 with forward secrecy and
// authenticated encryption. Those of TLS 1.3 cannot be chosen and are all of that kind.
func strongCiphers() []string {
	return []string{
		"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
		"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	}
}

// weakCiphers returns those of a list that lack forward secrecy or authenticated
// encryption.
func weakCiphers(names []string) []string {
	var weak []string
	for _, name := range names {
		// Names of TLS 1.3 have no "WITH".
		old := strings.Contains(name, "_WITH_")
		if old && (!strings.HasPrefix(name, "TLS_ECDHE_") || !strings.Contains(name, "_GCM_") && !strings.Contains(name, "_CHACHA20_")) {
			weak = append(weak, name)
		}
	}
	return weak
}

// strengthen offers to choose the strong cipher suites.
func strengthen(f check.Failure, s controlplane.Setting) {
	if patch, ok := s.Patch(strongCiphers()); ok {
		f.Fix(2, "Set "+s.Name+" to suites with forward secrecy and authenticated encryption", patch)
	}
}

// isOldTLS reports versions of TLS that are out of use (RFC 8996).
func isOldTLS(version string) bool { return version == "VersionTLS10" || version == "VersionTLS11" }
