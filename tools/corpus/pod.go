package main

import (
	"fmt"
	"strconv"
)

// container and pod are kept apart from the tree until they are rendered, so
// that a flaw is one assignment.
type container struct {
	name, image, pull            string
	command, args                any // flow or seq
	ports, env, from, mounts     seq
	resources                    mapping
	startup, liveness, readiness mapping
	lifecycle                    mapping
	security                     mapping
}

type pod struct {
	labels, annotations mapping
	account             string
	automount           any
	host                mapping // hostNetwork, hostPID, hostUsers, dnsPolicy ...
	security            mapping
	init, containers    []*container
	volumes             seq
	placement           mapping // tolerations, spread, affinity, priority ...
	restart             string
	securityFirst       bool // order of keys of this author
}

func (p *pod) main() *container { return p.containers[0] }

func (c *container) mapping(securityFirst bool) mapping {
	out := m("name", c.name, "image", c.image, "imagePullPolicy", c.pull)
	if securityFirst {
		out.add("securityContext", c.security)
	}
	out = append(out, m("command", c.command, "args", c.args, "ports", c.ports, "envFrom", c.from, "env", c.env,
		"resources", c.resources, "startupProbe", c.startup, "livenessProbe", c.liveness,
		"readinessProbe", c.readiness, "lifecycle", c.lifecycle)...)
	if !securityFirst {
		out.add("securityContext", c.security)
	}
	out.add("volumeMounts", c.mounts)
	return out
}

func (p *pod) spec() mapping {
	out := m("serviceAccountName", p.account, "automountServiceAccountToken", p.automount)
	out = append(out, p.host...)
	out.add("securityContext", p.security)
	out.add("restartPolicy", p.restart)
	out.add("initContainers", sequence(p.init, p.securityFirst))
	out.add("containers", sequence(p.containers, p.securityFirst))
	out.add("volumes", p.volumes)
	return append(out, p.placement...)
}

func sequence(from []*container, securityFirst bool) seq {
	var out seq
	for _, c := range from {
		out = append(out, c.mapping(securityFirst))
	}
	return out
}

func (p *pod) template() mapping {
	return m("metadata", m("labels", p.labels, "annotations", p.annotations), "spec", p.spec())
}

// mount adds a volume and mounts it into c.
func (p *pod) mount(c *container, name, path string, readOnly bool, source ...any) {
	p.volumes = append(p.volumes, m(append([]any{"name", name}, source...)...))
	mount := m("name", name, "mountPath", path)
	if readOnly {
		mount.add("readOnly", true)
	}
	c.mounts = append(c.mounts, mount)
}

// pod is the pod template of w: hardened, or bad in ways that are drawn.
func (ns *namespace) pod(w *workload) *pod {
	if w.good {
		return ns.hardened(w)
	}
	p := ns.lax(w)
	flaws := between(ns.r, 1, 4)
	if chance(ns.r, 0.3) { // a near miss: nearly everything is right
		p, flaws = ns.hardened(w), between(ns.r, 1, 2)
	}
	ns.spoil(w, p, flaws)
	return p
}

func (ns *namespace) hardened(w *workload) *pod {
	user := 10000 + ns.r.IntN(2000)
	p := &pod{account: ns.account(w), automount: false, securityFirst: chance(ns.r, 0.3)}
	p.labels, p.annotations = ns.labels(w), ns.podAnnotations(w)
	p.security = m("runAsNonRoot", true, "runAsUser", user, "runAsGroup", user, "fsGroup", user,
		"seccompProfile", m("type", "RuntimeDefault"))
	if chance(ns.r, 0.2) {
		p.host = m("hostUsers", above("root inside is nobody on the node", false))
	}
	main := ns.application(p, w)
	main.image = pinned(ns, main.image)
	p.containers = append([]*container{main}, p.containers...)
	ns.sidecars(p, true)
	for _, c := range append(p.containers, p.init...) {
		ns.harden(c)
	}
	ns.probes(w, main, true)
	p.mount(main, "tmp", "/tmp", false, "emptyDir", m("sizeLimit", pick(ns.r, []string{"64Mi", "128Mi", "256Mi"})))
	ns.spread(w, p)
	return p
}

func (ns *namespace) harden(c *container) {
	c.security = m("allowPrivilegeEscalation", false, "readOnlyRootFilesystem", true,
		"capabilities", m("drop", seq{"ALL"}))
	c.pull = "IfNotPresent"
	cpu, memory := pick(ns.r, []int{25, 50, 100, 200, 250, 500}), pick(ns.r, []int{64, 96, 128, 256, 384, 512})
	c.resources = m(
		"requests", m("cpu", fmt.Sprintf("%dm", cpu), "memory", fmt.Sprintf("%dMi", memory)),
		"limits", m("cpu", fmt.Sprintf("%dm", cpu*between(ns.r, 1, 4)), "memory", fmt.Sprintf("%dMi", memory*between(ns.r, 1, 2))))
	if chance(ns.r, 0.15) {
		c.resources[0].note = pick(ns.r, []string{"p99 of the last 30 days and a fifth", "see the capacity sheet", "measured under load in staging"})
	}
}

// lax is what most people write first.
func (ns *namespace) lax(w *workload) *pod {
	r := ns.r
	p := &pod{securityFirst: chance(r, 0.3), labels: ns.labels(w)}
	if chance(r, 0.5) {
		p.annotations = ns.podAnnotations(w)
	}
	if chance(r, 0.4) {
		p.account = ns.account(w)
	}
	main := ns.application(p, w)
	p.containers = append([]*container{main}, p.containers...)
	ns.sidecars(p, false)
	if chance(r, 0.5) {
		main.pull = pick(r, []string{"Always", "IfNotPresent"})
	}
	if chance(r, 0.6) {
		main.resources = m("requests", m("cpu", pick(r, []string{"100m", "0.5", "1", "250m"}), "memory", pick(r, []string{"128Mi", "1Gi", "512Mi"})))
		if chance(r, 0.5) {
			main.resources.add("limits", m("memory", pick(r, []string{"2Gi", "1Gi", "4Gi"})))
		}
	}
	if chance(r, 0.3) {
		main.security = m("runAsUser", pick(r, []int{1000, 1001, 999}))
	}
	if chance(r, 0.6) {
		ns.probes(w, main, false)
	}
	if chance(r, 0.3) {
		p.mount(main, "scratch", "/var/tmp", false, "emptyDir", raw("{}"))
	}
	return p
}

// application is the main container with its configuration; it may add volumes
// to p.
func (ns *namespace) application(p *pod, w *workload) *container {
	c := &container{name: w.name, image: ns.image(w)}
	if w.port > 0 {
		c.ports = seq{m("name", w.portName, "containerPort", w.port, "protocol", "TCP")}
		if w.kind == "Deployment" && chance(ns.r, 0.3) {
			c.ports = append(c.ports, m("name", "metrics", "containerPort", 9090))
		}
	}
	if w.kind == "Job" || w.kind == "CronJob" || w.role == "worker" || w.role == "consumer" {
		c.command, c.args = flow{"/app/" + w.system}, flow{w.role, "--batch-size=" + strconv.Itoa(between(ns.r, 1, 20)*50)}
	}
	ns.configure(p, c, w)
	ns.attach(p, c, w)
	return c
}

// configure fills env and envFrom.
func (ns *namespace) configure(p *pod, c *container, w *workload) {
	r := ns.r
	for _, e := range some(r, settings(), between(r, 1, 3)) {
		c.env = append(c.env, m("name", e.name, "value", pick(r, e.values)))
	}
	if chance(r, 0.2) {
		c.env = append(c.env, m("name", "POD_NAMESPACE", "valueFrom", m("fieldRef", m("fieldPath", "metadata.namespace"))))
	}
	if len(ns.services) > 0 && chance(r, 0.5) {
		s := pick(r, ns.services)
		switch {
		case s.target == nil:
		case s.target.kind == "Deployment":
			c.env = append(c.env, m("name", "UPSTREAM_URL", "value", fmt.Sprintf("http://%s.%s.svc", s.name, ns.name)))
		case s.headless:
			c.env = append(c.env, m("name", "STORE_ADDRESS", "value", fmt.Sprintf("%s.%s.svc:%d", s.name, ns.name, s.target.port)))
		}
	}
	if len(ns.configs) > 0 && chance(r, 0.5) {
		s := pick(r, ns.configs)
		if s.kind == "" && chance(r, 0.5) {
			c.from = append(c.from, m("configMapRef", m("name", s.name)))
		} else {
			key := pick(r, s.vars).name
			c.env = append(c.env, m("name", "CFG_"+key, "valueFrom", m("configMapKeyRef", m("name", s.name, "key", key))))
		}
	}
	for _, s := range ns.secrets {
		if s.kind == "Opaque" && !w.good && chance(r, 0.3) {
			key := pick(r, s.keys)
			c.env = append(c.env, m("name", envName(key), "valueFrom", m("secretKeyRef", m("name", s.name, "key", key))))
			break
		}
	}
}

// attach mounts the configuration files, Secrets and claims that exist.
func (ns *namespace) attach(p *pod, c *container, w *workload) {
	r := ns.r
	for _, s := range ns.configs {
		if s.kind != "" && chance(r, 0.2) {
			p.mount(c, "config", "/etc/"+w.system, true, "configMap", m("name", s.name))
			break
		}
	}
	for _, s := range ns.secrets {
		if s.kind == "Opaque" && chance(r, 0.25) {
			p.mount(c, "credentials", "/run/secrets/"+w.system, true, "secret", m("secretName", s.name, "defaultMode", raw(pick(r, []string{"0400", "0440"}))))
			break
		}
	}
	if len(ns.claims) > 0 && w.kind != "StatefulSet" && w.kind != "DaemonSet" && chance(r, 0.15) {
		p.mount(c, "data", "/data", false, "persistentVolumeClaim", m("claimName", pick(r, ns.claims)))
	}
	if w.kind == "StatefulSet" {
		c.mounts = append(c.mounts, m("name", "data", "mountPath", backing(w.role).path))
	}
}

// sidecars adds up to two more containers and sometimes an init container.
func (ns *namespace) sidecars(p *pod, good bool) {
	r := ns.r
	n := pick(r, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2})
	for _, s := range some(r, extras(), n) {
		c := &container{name: s.name, image: registry + "/mirror/" + s.name + ":" + s.tag, args: s.args, ports: s.ports}
		if good {
			c.image = pinned(ns, c.image)
		}
		p.containers = append(p.containers, c)
	}
	if chance(r, 0.08) {
		c := &container{name: "wait-for-db", image: registry + "/mirror/busybox:1.36.1", command: flow{"sh", "-c", "until nc -z db 5432; do sleep 1; done"}}
		if good {
			c.image = pinned(ns, c.image)
		}
		p.init = append(p.init, c)
	}
}

func (ns *namespace) probes(w *workload, c *container, all bool) {
	if w.port == 0 {
		return
	}
	how := m("httpGet", m("path", pick(ns.r, []string{"/healthz", "/health", "/actuator/health", "/livez"}), "port", w.portName))
	ready := m("httpGet", m("path", pick(ns.r, []string{"/readyz", "/ready", "/actuator/health/readiness"}), "port", w.portName))
	if w.kind == "StatefulSet" {
		how = m("tcpSocket", m("port", w.portName))
		ready = how
	}
	c.liveness = append(how.clone(), m("initialDelaySeconds", between(ns.r, 2, 30), "periodSeconds", 10)...)
	if all || chance(ns.r, 0.5) {
		c.readiness = append(ready.clone(), m("periodSeconds", 5, "failureThreshold", between(ns.r, 2, 6))...)
	}
	if all && chance(ns.r, 0.1) {
		c.startup = append(how.clone(), m("failureThreshold", 30, "periodSeconds", 2)...)
	}
}

// spread keeps replicas apart.
func (ns *namespace) spread(w *workload, p *pod) {
	if w.kind == "DaemonSet" {
		p.placement.add("tolerations", seq{m("key", "dedicated", "operator", "Exists", "effect", "NoSchedule")})
	}
	if w.kind != "Deployment" && w.kind != "StatefulSet" {
		return
	}
	if chance(ns.r, 0.3) {
		p.placement.add("topologySpreadConstraints", seq{m("maxSkew", 1, "topologyKey", "topology.kubernetes.io/zone",
			"whenUnsatisfiable", "ScheduleAnyway", "labelSelector", m("matchLabels", ns.selector(w)))})
	}
	if chance(ns.r, 0.3) {
		p.placement.add("terminationGracePeriodSeconds", pick(ns.r, []int{30, 45, 60}))
	}
}
