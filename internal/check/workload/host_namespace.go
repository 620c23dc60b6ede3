package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/check"
)

// The fields that the official check on host namespaces covers, one control each.
func hostNetwork(spec *corev1.PodSpec) *bool { return &spec.HostNetwork }
func hostPID(spec *corev1.PodSpec) *bool     { return &spec.HostPID }
func hostIPC(spec *corev1.PodSpec) *bool     { return &spec.HostIPC }

// judgeHostNamespace fails pods whose one field the official check forbids.
func judgeHostNamespace(c *check.Case, official *policy.Check, field, message string, of func(*corev1.PodSpec) *bool) {
	judge(c, official, func(p *pod) {
		for _, each := range []func(*corev1.PodSpec) *bool{hostNetwork, hostPID, hostIPC} {
			p.located = p.located || p.forbids(func(spec *corev1.PodSpec) { *each(spec) = *each(p.holder.Spec) })
		}
		if p.injected() || !p.forbids(func(spec *corev1.PodSpec) { *of(spec) = *of(p.holder.Spec) }) {
			return
		}
		path := p.holder.Path.Child(field)
		p.fail("", "%s", message).At(path, true).Fix(3, "leave the node's namespace: "+field+": false", check.Set(p.Object, path, false))
	})
}
