package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWeakCiphers fails API servers that accept TLS 1.2 with weak cipher
// suites. Where Go chooses, it is good practice to choose.
func APIServerWeakCiphers() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-weak-ciphers",
			Title:    "API server accepts weak cipher suites",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Cipher suites without forward secrecy let whoever records traffic today read it once the key leaks; those in CBC " +
				"mode have been broken by timing more than once. Go's own choice for TLS 1.2 still offers CBC suites.",
			Remediation: "Set --tls-min-version=VersionTLS13, or --tls-cipher-suites to the ECDHE suites with GCM or ChaCha20.",
			References:  []model.Reference{model.CIS("1.2.29"), model.CWE("CWE-327"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  func(c *check.Case) { judgeComponents(c, subject.judgeCiphers, controlplane.APIServer) },
	}
}

// judgeCiphers serves the programs that take --tls-cipher-suites.
func (s subject) judgeCiphers() {
	minimum, ok := s.known("tls-min-version")
	suites, known := s.Items("tls-cipher-suites")
	if !ok || minimum.Value == "VersionTLS13" {
		return
	}
	names := make([]string, len(suites))
	for i := range suites {
		names[i] = suites[i].Value
	}
	setting := s.Flag("tls-cipher-suites")
	switch weak := weakCiphers(names); {
	case len(weak) > 0:
		failure := s.c.Fail(s.Name, "%s accepts weak cipher suites: %s", s.Name, strings.Join(weak, ", ")).In(setting.Object, setting.Path, setting.Text)
		strengthen(failure, setting)
	case !known:
		s.c.Unknown()
	case len(names) == 0:
		strengthen(s.fail(setting, "accepts the cipher suites that Go chooses, CBC among them").Severity(model.Low), setting)
	}
}
