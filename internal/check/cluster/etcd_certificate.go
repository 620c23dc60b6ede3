package cluster

import "holdfast.dev/holdfast/internal/model"

// mustHaveCertificate demands a certificate and its key. With auto, etcd makes both
// for itself.
func (s subject) mustHaveCertificate(certificate, key, auto, whom string) {
	for _, flag := range []string{certificate, key} {
		f, ok := s.known(flag)
		if !ok || f.Value != "" {
			continue
		}
		if own := s.Flag(auto); own.Is("true") {
			and(s.fail(f, "has no certificate that %s can verify", whom), own).Severity(model.Medium)
		} else {
			s.fail(f, "serves %s without TLS", whom)
		}
		return
	}
}
