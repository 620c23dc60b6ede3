package main

import (
	"fmt"
	"slices"
	"strings"
)

// A flaw spoils a pod in one way. It returns false where it does not apply,
// and never makes an object that an API server refuses.
type flaw func(ns *namespace, w *workload, p *pod) bool

// spoil applies n different flaws.
func (ns *namespace) spoil(w *workload, p *pod, n int) {
	all := flaws()
	for _, i := range ns.r.Perm(len(all)) {
		if n == 0 {
			return
		}
		if all[i](ns, w, p) {
			n--
		}
	}
}

func flaws() []flaw {
	return []flaw{
		privileged, escalation, root, addedCapabilities, addedCapabilities, unconfined, writableRoot, containerSELinux,
		runtimeSocket, hostFolder, hostFolder, hostNetwork, hostNamespaces, hostPort, bidirectional, sysctls,
		latestTag, latestTag, publicImage, noResources, noResources, noProbes, probeHost,
		cloudKey, forgeToken, password, password, dsn, otherToken, secretArgument, wholeSecret,
		danglingConfig, danglingConfig, danglingSecret, danglingClaim, danglingAccount, duplicateEnv,
		defaultAccount, wideToken, everywhere, controlPlane, downloads, sharedProcesses, foreignDNS, memoryVolume,
	}
}

func (ns *namespace) remark(text string, v any) any {
	if chance(ns.r, 0.3) {
		return beside(text, v)
	}
	return v
}

func isPrivileged(p *pod) bool { return p.main().security.get("privileged") == true }

func privileged(ns *namespace, w *workload, p *pod) bool {
	s := &p.main().security
	s.drop("allowPrivilegeEscalation") // false is refused beside privileged
	s.set("privileged", true)
	if chance(ns.r, 0.3) {
		(*s)[len(*s)-1].tail = "needed for the profiler"
	}
	return true
}

func escalation(ns *namespace, w *workload, p *pod) bool {
	p.main().security.set("allowPrivilegeEscalation", true)
	return true
}

func root(ns *namespace, w *workload, p *pod) bool {
	p.security.drop("runAsNonRoot")
	p.main().security.drop("runAsNonRoot")
	p.main().security.set("runAsUser", 0)
	return true
}

func addedCapabilities(ns *namespace, w *workload, p *pod) bool {
	var names seq
	for _, c := range some(ns.r, []string{"ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "NET_RAW", "DAC_READ_SEARCH", "SYS_MODULE", "BPF", "NET_BIND_SERVICE"}, between(ns.r, 1, 2)) {
		names = append(names, c)
	}
	old, _ := p.main().security.get("capabilities").(mapping)
	caps := old.clone()
	caps.set("add", names)
	p.main().security.set("capabilities", caps)
	return true
}

func unconfined(ns *namespace, w *workload, p *pod) bool {
	p.security.set("seccompProfile", m("type", "Unconfined"))
	if chance(ns.r, 0.3) {
		p.security.set("appArmorProfile", m("type", "Unconfined"))
	}
	return true
}

func writableRoot(ns *namespace, w *workload, p *pod) bool {
	p.main().security.set("readOnlyRootFilesystem", ns.remark("writes its cache", false))
	return true
}

func containerSELinux(ns *namespace, w *workload, p *pod) bool {
	p.main().security.set("seLinuxOptions", m("type", pick(ns.r, []string{"spc_t", "container_runtime_t"})))
	return true
}

func runtimeSocket(ns *namespace, w *workload, p *pod) bool {
	path := pick(ns.r, []string{"/var/run/docker.sock", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/crio/crio.sock"})
	kind := ""
	if chance(ns.r, 0.5) {
		kind = "Socket"
	}
	p.mount(p.main(), "runtime", path, false, "hostPath", m("path", path, "type", kind))
	return true
}

func hostFolder(ns *namespace, w *workload, p *pod) bool {
	path := pick(ns.r, []string{"/", "/etc", "/etc/kubernetes", "/var/lib/kubelet", "/var/lib/kubelet/pods", "/proc", "/sys", "/var/log", "/root/.ssh", "/dev", "/home", "/opt/data", "/var/lib/etcd"})
	name := "host" + strings.ToLower(strings.NewReplacer("/", "-", ".", "").Replace(strings.TrimSuffix(path, "/")))
	for _, v := range p.volumes {
		if v.(mapping).get("name") == name {
			return false
		}
	}
	p.mount(p.main(), name, "/host"+strings.TrimSuffix(path, "/"), chance(ns.r, 0.4), "hostPath", m("path", path))
	return true
}

func hostNetwork(ns *namespace, w *workload, p *pod) bool {
	if p.host.get("hostUsers") == false || p.security.get("sysctls") != nil || p.collides() {
		return false
	}
	p.host.set("hostNetwork", true)
	p.host.set("dnsPolicy", "ClusterFirstWithHostNet")
	return true
}

// collides reports whether two ports of the pod would collide on the node:
// with hostNetwork each port of a container is one of the host's.
func (p *pod) collides() bool {
	seen := map[any]bool{}
	for _, c := range p.containers {
		for _, port := range c.ports {
			n := port.(mapping).get("containerPort")
			if seen[n] {
				return true
			}
			seen[n] = true
		}
	}
	return false
}

func hostNamespaces(ns *namespace, w *workload, p *pod) bool {
	if p.host.get("hostUsers") == false || p.host.get("shareProcessNamespace") != nil || p.security.get("sysctls") != nil {
		return false
	}
	p.host.set(pick(ns.r, []string{"hostPID", "hostPID", "hostIPC"}), true)
	return true
}

func hostPort(ns *namespace, w *workload, p *pod) bool {
	c := p.main()
	if len(c.ports) == 0 {
		return false
	}
	first := c.ports[0].(mapping).clone()
	first.set("hostPort", first.get("containerPort"))
	c.ports = append(seq{first}, c.ports[1:]...)
	return true
}

func bidirectional(ns *namespace, w *workload, p *pod) bool {
	if !isPrivileged(p) {
		return false
	}
	p.mount(p.main(), "propagated", "/mnt/volumes", false, "hostPath", m("path", "/mnt/volumes", "type", "DirectoryOrCreate"))
	last := len(p.main().mounts) - 1
	mount := p.main().mounts[last].(mapping)
	mount.set("mountPropagation", "Bidirectional")
	p.main().mounts[last] = mount
	return true
}

func sysctls(ns *namespace, w *workload, p *pod) bool {
	if p.host.get("hostNetwork") != nil || p.host.get("hostIPC") != nil {
		return false
	}
	var out seq
	for _, name := range some(ns.r, []string{"net.core.somaxconn", "kernel.shm_rmid_forced", "net.ipv4.ip_forward", "kernel.msgmax", "net.ipv4.ip_local_port_range"}, between(ns.r, 1, 2)) {
		value := map[string]string{"net.core.somaxconn": "65535", "net.ipv4.ip_local_port_range": "1024 65000", "kernel.msgmax": "65536"}[name]
		if value == "" {
			value = "1"
		}
		out = append(out, m("name", name, "value", value))
	}
	p.security.set("sysctls", out)
	return true
}

func latestTag(ns *namespace, w *workload, p *pod) bool {
	c := p.main()
	ref, _, _ := strings.Cut(c.image, "@")
	ref = ref[:max(strings.LastIndex(ref, ":"), 0)]
	if ref == "" {
		return false
	}
	c.image = ref + pick(ns.r, []string{":latest", ":latest", "", ":main", ":stable"})
	return true
}

func publicImage(ns *namespace, w *workload, p *pod) bool {
	p.main().image = pick(ns.r, []string{
		"nginx", "docker.io/library/node:14", "python:2.7", "quay.io/someone/" + w.role + ":dev", "ubuntu:16.04",
		"ghcr.io/hobbyist/" + w.system + ":nightly", "10.0.7.12:5000/" + w.system + ":1", "alpine:3.9", "jenkins/jenkins:lts"})
	return true
}

func noResources(ns *namespace, w *workload, p *pod) bool {
	for _, c := range p.containers {
		c.resources = nil
	}
	return true
}

func noProbes(ns *namespace, w *workload, p *pod) bool {
	c := p.main()
	had := len(c.liveness) > 0
	c.startup, c.liveness, c.readiness = nil, nil, nil
	return had
}

// probeHost lets the kubelet send requests elsewhere.
func probeHost(ns *namespace, w *workload, p *pod) bool {
	c := p.main()
	if w.port == 0 {
		return false
	}
	c.readiness = m("httpGet", m("host", pick(ns.r, []string{"169.254.169.254", "10.96.0.1", "metadata." + domain}), "path", "/", "port", w.port), "periodSeconds", 10)
	return true
}

func duplicateEnv(ns *namespace, w *workload, p *pod) bool {
	c := p.main()
	if len(c.env) == 0 {
		return false
	}
	name := pick(ns.r, c.env).(mapping).get("name")
	c.env = append(c.env, m("name", name, "value", pick(ns.r, []string{"debug", "true", "0", "override"})))
	return true
}

func danglingConfig(ns *namespace, w *workload, p *pod) bool {
	p.main().from = append(p.main().from, m("configMapRef", m("name", w.name+pick(ns.r, []string{"-env", "-settings", "-conf-v2"}))))
	return true
}

func danglingSecret(ns *namespace, w *workload, p *pod) bool {
	name := w.system + pick(ns.r, []string{"-token", "-db-password", "-tls-old"})
	if chance(ns.r, 0.4) {
		p.mount(p.main(), "old-secret", "/run/old", true, "secret", m("secretName", name))
		return true
	}
	p.main().env = append(p.main().env, m("name", "AUTH_TOKEN", "valueFrom", m("secretKeyRef", m("name", name, "key", "token"))))
	return true
}

func danglingClaim(ns *namespace, w *workload, p *pod) bool {
	p.mount(p.main(), "archive", "/archive", false, "persistentVolumeClaim", m("claimName", w.name+"-archive"))
	return true
}

// danglingAccount is left out for a real cluster, whose admission refuses the
// Pods.
func danglingAccount(ns *namespace, w *workload, p *pod) bool {
	if ns.cluster {
		return false
	}
	p.account = w.system + "-runner-old"
	return true
}

func defaultAccount(ns *namespace, w *workload, p *pod) bool {
	p.account, p.automount = pick(ns.r, []string{"default", ""}), nil
	if chance(ns.r, 0.4) {
		p.automount = true
	}
	return true
}

func wideToken(ns *namespace, w *workload, p *pod) bool {
	p.mount(p.main(), "api-token", "/var/run/secrets/api", true, "projected", m("sources", seq{
		m("serviceAccountToken", m("path", "token", "expirationSeconds", 31536000, "audience", pick(ns.r, []string{"", "vault", "sts.amazonaws.com"})))}))
	return true
}

func everywhere(ns *namespace, w *workload, p *pod) bool {
	p.placement.set("tolerations", seq{m("operator", "Exists")})
	return true
}

func controlPlane(ns *namespace, w *workload, p *pod) bool {
	p.placement.set("nodeSelector", m("node-role.kubernetes.io/control-plane", raw(`""`)))
	return true
}

func downloads(ns *namespace, w *workload, p *pod) bool {
	if w.kind == "DaemonSet" {
		return false
	}
	p.main().lifecycle = m("postStart", m("exec", m("command", flow{"/bin/sh", "-c",
		fmt.Sprintf("curl -ksSL https://get.%s/%s.sh | bash", domain, w.system)})))
	return true
}

func sharedProcesses(ns *namespace, w *workload, p *pod) bool {
	if p.host.get("hostPID") != nil {
		return false
	}
	p.host.set("shareProcessNamespace", true)
	return true
}

func foreignDNS(ns *namespace, w *workload, p *pod) bool {
	if p.host.get("dnsPolicy") != nil {
		return false
	}
	p.host.set("dnsPolicy", "None")
	p.host.set("dnsConfig", m("nameservers", seq{"8.8.8.8", "1.1.1.1"}))
	return true
}

func memoryVolume(ns *namespace, w *workload, p *pod) bool {
	p.mount(p.main(), "shm", "/dev/shm", false, "emptyDir", m("medium", "Memory"))
	return true
}

// hasEnv reports whether the container has a variable of that name already.
func hasEnv(c *container, name string) bool {
	return slices.ContainsFunc(c.env, func(e any) bool { return e.(mapping).get("name") == name })
}
