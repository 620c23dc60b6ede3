package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostProbe fails probes and lifecycle handlers that name a host other than the
// pod; Kubernetes 1.34 added it to the baseline level.
func HostProbe() check.Check {
	official := policy.CheckHostProbesAndHostLifecycle()
	return check.Check{
		Control: model.Control{
			ID:       "host-probe",
			Title:    "Probe or lifecycle handler calls another host",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The kubelet makes the call, from the node and past network policies: whoever may create pods scans and calls services " +
				"that only nodes reach, such as those on the node's localhost.",
			Remediation: "Remove host: the pod itself is called then. An HTTP host name that the application needs goes into httpHeaders.",
			References:  []model.Reference{model.PSS("Host Probes / Lifecycle Hooks"), model.CWE("CWE-918"), model.Docs("concepts/security/pod-security-standards/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for container := range p.forbidden() {
					for _, name := range []model.Path{"livenessProbe", "readinessProbe", "startupProbe"} {
						if handler := probeHandler(container.Container, name); handler != nil {
							p.failHandler(container, name, handler.HTTPGet, handler.TCPSocket)
						}
					}
					if hooks := container.Lifecycle; hooks != nil && hooks.PostStart != nil {
						p.failHandler(container, "lifecycle.postStart", hooks.PostStart.HTTPGet, hooks.PostStart.TCPSocket)
					}
					if hooks := container.Lifecycle; hooks != nil && hooks.PreStop != nil {
						p.failHandler(container, "lifecycle.preStop", hooks.PreStop.HTTPGet, hooks.PreStop.TCPSocket)
					}
				}
			})
		},
	}
}

func probeHandler(c *corev1.Container, name model.Path) *corev1.ProbeHandler {
	probe := c.LivenessProbe
	switch name {
	case "readinessProbe":
		probe = c.ReadinessProbe
	case "startupProbe":
		probe = c.StartupProbe
	}
	if probe == nil {
		return nil
	}
	return &probe.ProbeHandler
}

func (p *pod) failHandler(c *workload.Container, name model.Path, get *corev1.HTTPGetAction, socket *corev1.TCPSocketAction) {
	if get != nil && p.forbidsHandler(corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: get.Host}}) {
		p.failHost(c, name+".httpGet", get.Host)
	}
	if socket != nil && p.forbidsHandler(corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: socket.Host}}) {
		p.failHost(c, name+".tcpSocket", socket.Host)
	}
}

func (p *pod) forbidsHandler(handler corev1.ProbeHandler) bool {
	return p.forbidsContainer(&corev1.Container{LivenessProbe: &corev1.Probe{ProbeHandler: handler}})
}

func (p *pod) failHost(c *workload.Container, name model.Path, host string) {
	path := c.Path.Join(name) + ".host"
	failure := p.fail(c.Name+"/"+string(name), "%s of container %s calls %s", name, c.Name, host).In(c.Object, path, host)
	if p.fixable(c) {
		failure.Fix(2, "call the pod itself", check.Remove(c.Object, path))
	}
}
