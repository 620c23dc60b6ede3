package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

type share struct {
	kind   string
	weight float64
}

// namespaced is the mix, without the Namespaces themselves, of which there is
// one for fifty manifests.
func namespaced() []share {
	return []share{
		{"Deployment", 35}, {"StatefulSet", 6}, {"DaemonSet", 4}, {"Job", 4}, {"CronJob", 4}, {"Pod", 3},
		{"Service", 14}, {"ConfigMap", 8}, {"Secret", 4}, {"ServiceAccount", 5}, {"Role", 3}, {"RoleBinding", 3},
		{"Ingress", 3}, {"NetworkPolicy", 3}, {"PersistentVolumeClaim", 1.4}, {"PodDisruptionBudget", 1.2},
		{"HorizontalPodAutoscaler", 1}, {customResource, 0.15},
	}
}

func clusterScoped() []share {
	return []share{
		{"ClusterRole", 0.5}, {"ClusterRoleBinding", 0.5}, {"StorageClass", 0.05}, {"PersistentVolume", 0.08},
		{"ValidatingWebhookConfiguration", 0.04}, {"MutatingWebhookConfiguration", 0.03},
		{"CustomResourceDefinition", 0.03},
	}
}

// counts divides n among the kinds by largest remainder: the sum is n.
func counts(n int) map[string]int {
	type part struct {
		kind string
		rest float64
	}
	shares := append(namespaced(), clusterScoped()...)
	var sum float64
	for _, s := range shares {
		sum += s.weight
	}
	out, left := map[string]int{}, n
	var parts []part
	for _, s := range shares {
		whole, rest := math.Modf(float64(n) * s.weight / sum)
		out[s.kind] = int(whole)
		left -= int(whole)
		parts = append(parts, part{s.kind, rest})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.rest, a.rest) })
	for _, p := range parts[:left] {
		out[p.kind]++
	}
	if spare := out["CustomResourceDefinition"] - len(customKinds()); spare > 0 {
		out["CustomResourceDefinition"] -= spare
		out[customResource] += spare
	}
	if out["CustomResourceDefinition"] == 0 && out[customResource] > 0 {
		out["CustomResourceDefinition"]++
		out[customResource]--
	}
	return out
}

// quotas divides the namespaced manifests among the namespaces, of which some
// are larger than others. The phase of each kind keeps rare kinds from falling
// into the same namespaces.
func quotas(r *rand.Rand, total map[string]int, namespaces int) []map[string]int {
	ends := make([]float64, namespaces)
	var sum float64
	for i := range ends {
		sum += 0.4 + 1.2*r.Float64()
		ends[i] = sum
	}
	out := make([]map[string]int, namespaces)
	for i := range out {
		out[i] = map[string]int{}
	}
	for _, s := range namespaced() {
		phase, last := r.Float64(), 0
		for i, end := range ends {
			upto := int(math.Floor(float64(total[s.kind])*end/sum + phase))
			out[i][s.kind] = upto - last
			last = upto
		}
	}
	return out
}

// namespace is what the manifests of one namespace know of each other.
type namespace struct {
	r        *rand.Rand
	cluster  bool // for a real API server: nothing that its admission refuses
	name     string
	team     team
	env      string
	maturity float64 // the share of its manifests that are good
	quota    map[string]int
	names    unique
	custom   []customKind // the kinds of custom resources that are defined

	accounts, claims, roles []string
	configs, secrets        []*store
	workloads               []*workload
	services                []*service
	scaled, guarded         []*workload // targets of autoscalers and of disruption budgets
}

// workload is one planned controller or Pod.
type workload struct {
	kind, name string
	system     string // the product that it is a part of
	role       string
	good       bool
	port       int // 0: does not listen
	portName   string
	headless   string // name of the governing Service of a StatefulSet
	scaled     bool
}

// service is one planned Service.
type service struct {
	name     string
	target   *workload
	headless bool
	good     bool
}

// store is a planned ConfigMap or Secret.
type store struct {
	name string
	keys []string  // of a Secret
	vars []setting // of a ConfigMap
	kind string    // type of a Secret; of a ConfigMap what its file holds
	good bool
}

func (ns *namespace) good() bool { return chance(ns.r, ns.maturity) }

// plan names everything first, so that references can be right.
func (ns *namespace) plan() {
	ns.planWorkloads()
	for i := range ns.quota["ServiceAccount"] {
		ns.accounts = append(ns.accounts, ns.names.name(ns.team.nouns[i%len(ns.team.nouns)]))
	}
	for range ns.quota["PersistentVolumeClaim"] {
		ns.claims = append(ns.claims, ns.names.name(pick(ns.r, ns.team.nouns)+"-data"))
	}
	for range ns.quota["Role"] {
		ns.roles = append(ns.roles, ns.names.name(pick(ns.r, ns.team.nouns)+"-"+pick(ns.r, []string{"reader", "operator", "deployer", "leader-election"})))
	}
	ns.planStores()
	ns.planServices()
}

func (ns *namespace) planWorkloads() {
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"} {
		for range ns.quota[kind] {
			ns.workloads = append(ns.workloads, ns.newWorkload(kind))
		}
	}
	for _, w := range ns.workloads {
		if w.kind == "Deployment" && len(ns.scaled) < ns.quota["HorizontalPodAutoscaler"] {
			w.scaled = true
			ns.scaled = append(ns.scaled, w)
		}
		if w.kind == "Deployment" || w.kind == "StatefulSet" {
			ns.guarded = append(ns.guarded, w)
		}
	}
}

func (ns *namespace) newWorkload(kind string) *workload {
	w := &workload{kind: kind, system: pick(ns.r, ns.team.nouns), role: pick(ns.r, roles(kind)), good: ns.good()}
	w.name = ns.names.name(w.system + "-" + w.role)
	switch {
	case kind == "StatefulSet":
		b := backing(w.role)
		w.port, w.portName = b.port, b.portName
	case kind == "DaemonSet":
		w.port, w.portName = 9100, "metrics"
	case kind == "Deployment" && w.role != "worker" && w.role != "consumer" && w.role != "scheduler":
		w.port, w.portName = pick(ns.r, []int{8080, 8000, 3000, 8443, 9000}), "http"
	}
	return w
}

func (ns *namespace) planStores() {
	r := ns.r
	for range ns.quota["ConfigMap"] {
		s := &store{name: ns.names.name(pick(r, ns.team.nouns) + "-config"), good: ns.good()}
		s.kind = pick(r, []string{"", "", "application.yaml", "nginx.conf", "settings.json", "run.sh", "app.properties"})
		s.vars = some(r, tunables(), between(r, 3, 9))
		ns.configs = append(ns.configs, s)
	}
	for i := range ns.quota["Secret"] {
		s := &store{name: ns.names.name(pick(r, ns.team.nouns) + "-credentials"), good: ns.good(), kind: "Opaque"}
		s.keys = some(r, []string{"username", "password", "api-key", "dsn", "token", "signing-key"}, between(r, 1, 4))
		switch {
		case i < ns.quota["Ingress"] && chance(r, 0.6):
			s.kind, s.keys = "kubernetes.io/tls", []string{"tls.crt", "tls.key"}
		case chance(r, 0.15):
			s.kind, s.keys = "kubernetes.io/dockerconfigjson", []string{".dockerconfigjson"}
		}
		ns.secrets = append(ns.secrets, s)
	}
}

// planServices gives each StatefulSet its governing Service, and the others to
// the Deployments that listen.
func (ns *namespace) planServices() {
	var targets []*workload
	for _, kind := range []string{"StatefulSet", "Deployment", "DaemonSet"} {
		for _, w := range ns.workloads {
			if w.kind == kind && w.port > 0 {
				targets = append(targets, w)
			}
		}
	}
	for i := range ns.quota["Service"] {
		s := &service{good: ns.good()}
		if i < len(targets) {
			s.target, s.good = targets[i], targets[i].good
			s.headless = s.target.kind == "StatefulSet"
		} else if len(targets) > 0 {
			s.target = pick(ns.r, targets)
		}
		if s.target == nil {
			s.name, s.good = ns.names.name(pick(ns.r, ns.team.nouns)+"-svc"), false
		} else {
			// A Service may have the name of its workload: the kinds differ.
			s.name = s.target.name
			if slices.ContainsFunc(ns.services, func(o *service) bool { return o.name == s.name }) {
				s.name = ns.names.name(s.target.name + "-internal")
			}
		}
		if s.headless {
			s.target.headless = s.name
		}
		ns.services = append(ns.services, s)
	}
}

// some draws n different elements and keeps their order.
func some[T any](r *rand.Rand, from []T, n int) []T {
	n = min(n, len(from))
	drawn := r.Perm(len(from))[:n]
	slices.Sort(drawn)
	out := make([]T, n)
	for i, d := range drawn {
		out[i] = from[d]
	}
	return out
}
