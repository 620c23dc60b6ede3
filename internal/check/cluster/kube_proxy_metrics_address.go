package cluster

import (
	"net/netip"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeProxyMetricsAddress fails kube-proxy that serves metrics on more than a
// loopback address.
func KubeProxyMetricsAddress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kube-proxy-metrics-address",
			Title:    "kube-proxy serves metrics on addresses that others reach",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Metrics and, where it is on, profiles and the running configuration of kube-proxy are served without TLS or " +
				"login to whoever reaches the node.",
			Remediation: "Leave metricsBindAddress (--metrics-bind-address) at its default 127.0.0.1:10249.",
			References:  []model.Reference{model.CIS("4.3.1"), model.CWE("CWE-668"), model.Docs("reference/config-api/kube-proxy-config.v1alpha1/")},
		},
		On:   append(controlplane.Kinds(), "kubeproxy.config.k8s.io/KubeProxyConfiguration"),
		Only: &configuring,
		Run: func(c *check.Case) {
			file, ok := controlplane.ProxyConfigOf(c.Object)
			proxy := file.Metrics
			switch {
			case !ok:
				judgeComponents(c, func(s subject) {
					if s.JudgedElsewhere(c.View) {
						s.c.Skip()
					} else if f, ok := s.known("metrics-bind-address"); ok && !isLocalPort(f.Value) {
						fix(s.fail(f, "serves metrics on addresses that others reach"), f, 2, "127.0.0.1:10249")
					}
				}, controlplane.Proxy)
			case !proxy.Known:
				c.Unknown()
			case !isLocalPort(proxy.Value):
				f := c.Fail("", "kube-proxy serves metrics on addresses that others reach: %s", state(proxy)).In(proxy.Object, proxy.Path, proxy.Text)
				fix(f, proxy, 2, "127.0.0.1:10249")
			}
		},
	}
}

// isLocalPort reports addresses with a port that only the node itself reaches.
func isLocalPort(address string) bool {
	if ip, err := netip.ParseAddr(address); err == nil {
		return ip.IsLoopback()
	}
	if at := strings.LastIndexByte(address, ':'); at >= 0 {
		address = strings.Trim(address[:at], "[]")
	}
	return isLocal(address)
}
