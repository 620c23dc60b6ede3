package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Options say what a corpus is to be. Equal options give equal bytes.
type Options struct {
	Seed      uint64
	Manifests int
	Broken    float64 // percentage of damaged documents
	Cluster   bool    // everything must be accepted by one API server of today
	Pods      int     // with Cluster: so many Pods more, with their owners
}

// document is one manifest. What is known of it beside the text never stands
// in the text.
type document struct {
	kind, namespace, name, team string
	good, broken                bool
	text                        []byte
}

// produce calls emit with the documents of each namespace, and at last with
// those that stand outside of namespaces.
func produce(o Options, emit func([]document) error) error {
	size := max(1, o.Manifests/50, o.Pods/50)
	if !o.Cluster {
		size = min(size, o.Manifests)
	}
	total := counts(max(0, o.Manifests-size))
	if o.Cluster { // kubectl refuses custom resources before their definition is established
		total["ConfigMap"], total[customResource] = total["ConfigMap"]+total[customResource], 0
	}
	r := rand.New(rand.NewPCG(o.Seed, 0))
	share := quotas(r, total, size)
	defined := some(r, customKinds(), total["CustomResourceDefinition"])
	names, of := unique{}, teams()
	out := &global{namespace: &namespace{r: r, cluster: o.Cluster, team: of[17], maturity: 0.5, names: unique{}}}
	damage := damager{seed: o.Seed, percent: o.Broken}
	for i := range size {
		ns := newNamespace(o, i, of, names)
		ns.quota, ns.custom = share[i], defined
		ns.plan()
		docs := ns.documents()
		if o.Cluster {
			docs = append(docs, ns.forServer(o.Pods*(i+1)/size-o.Pods*i/size)...)
		}
		for _, name := range ns.accounts {
			out.accounts = append(out.accounts, accountRef{ns.name, name})
		}
		damage.some(docs)
		if err := emit(docs); err != nil {
			return err
		}
	}
	docs := out.documents(total, defined)
	damage.some(docs)
	return emit(docs)
}

// newNamespace draws who owns the namespace and how well they work. Each has
// its own source of randomness, so that one does not change another.
func newNamespace(o Options, i int, of []team, names unique) *namespace {
	ns := &namespace{r: rand.New(rand.NewPCG(o.Seed, uint64(i)+1)), cluster: o.Cluster, names: unique{}}
	ns.team = of[i%len(of)]
	ns.env = pick(ns.r, []string{"dev", "staging", "prod", "prod"})
	name := ns.team.name + "-" + ns.env
	if i >= len(of) {
		name = ns.team.name + "-" + pick(ns.r, ns.team.nouns) + "-" + ns.env
	}
	ns.name = names.name(name)
	ns.maturity = []float64{0.5, 0.15, 0.7, 0.35, 0.8}[(i+i/len(of))%5]
	return ns
}

func (ns *namespace) document(kind, name string, good bool, doc mapping) document {
	return document{kind: kind, namespace: ns.name, name: name, team: ns.team.name, good: good,
		text: render(ns.r, ns.heading(name), doc)}
}

// documents are the manifests of the namespace in the order of planning.
func (ns *namespace) documents() []document {
	var out []document
	add := func(kind, name string, good bool, doc mapping) {
		out = append(out, ns.document(kind, name, good, doc))
	}
	good := ns.good()
	add("Namespace", ns.name, good, ns.namespaceObject(good))
	out[0].namespace = ""
	for _, name := range ns.accounts {
		doc, good := ns.serviceAccount(name)
		add("ServiceAccount", name, good, doc)
	}
	for _, s := range ns.configs {
		add("ConfigMap", s.name, s.good, ns.configMap(s))
	}
	for _, s := range ns.secrets {
		add("Secret", s.name, s.good, ns.secret(s))
	}
	for _, name := range ns.claims {
		add("PersistentVolumeClaim", name, true, ns.claim(name))
	}
	for _, w := range ns.workloads {
		add(w.kind, w.name, w.good, ns.workload(w))
	}
	for _, s := range ns.services {
		add("Service", s.name, s.good, ns.service(s))
	}
	ns.rest(add)
	return out
}

// rest are the manifests whose names nobody refers to.
func (ns *namespace) rest(add func(kind, name string, good bool, doc mapping)) {
	named := func(doc mapping, good bool) {
		add(doc.get("kind").(string), doc.get("metadata").(mapping).get("name").(string), good, doc)
	}
	for _, name := range ns.roles {
		doc, good := ns.role(name)
		add("Role", name, good, doc)
	}
	for i := range ns.quota["RoleBinding"] {
		named(ns.roleBinding(i))
	}
	for i := range ns.quota["Ingress"] {
		named(ns.ingress(i))
	}
	for i := range ns.quota["NetworkPolicy"] {
		named(ns.networkPolicy(i))
	}
	for i := range ns.quota["HorizontalPodAutoscaler"] {
		if i < len(ns.scaled) {
			add("HorizontalPodAutoscaler", ns.scaled[i].name, ns.scaled[i].good, ns.autoscaler(ns.scaled[i], ns.scaled[i].good))
			continue
		}
		lost := &workload{name: ns.names.name(pick(ns.r, ns.team.nouns) + "-gone")}
		add("HorizontalPodAutoscaler", lost.name, false, ns.autoscaler(lost, false))
	}
	for i := range ns.quota["PodDisruptionBudget"] {
		var w *workload
		name := ns.team.name + "-budget"
		if i < len(ns.guarded) {
			w = ns.guarded[i]
			name = w.name
		}
		good := w != nil && w.good
		named(ns.budget(ns.names.name(name+"-pdb"), w, good), good)
	}
	for range ns.quota[customResource] {
		kind, name, doc := ns.customObject()
		add(kind, name, true, doc)
	}
}

// forServer is what a real API server needs beside: the account that its
// controllers would make, without which it refuses Pods, and the Pods asked
// for.
func (ns *namespace) forServer(pods int) []document {
	out := []document{ns.document("ServiceAccount", "default", true,
		m("apiVersion", "v1", "kind", "ServiceAccount", "metadata", m("name", "default", "namespace", ns.name)))}
	for pods > 0 {
		n := min(pods, pick(ns.r, []int{1, 2, 2, 3, 3, 5, 10, 25}))
		pods -= n
		out = append(out, ns.owned(n)...)
	}
	return out
}

func (g *global) documents(total map[string]int, defined []customKind) []document {
	var out []document
	add := func(doc mapping, good bool) {
		kind, name := doc.get("kind").(string), doc.get("metadata").(mapping).get("name").(string)
		out = append(out, g.document(kind, name, good, doc))
	}
	for _, k := range defined {
		add(g.definition(k))
	}
	for i := range total["StorageClass"] {
		add(g.storageClass(i))
	}
	for range total["PersistentVolume"] {
		add(g.persistentVolume())
	}
	for range total["ClusterRole"] {
		add(g.clusterRole())
	}
	for range total["ClusterRoleBinding"] {
		add(g.clusterRoleBinding())
	}
	for _, kind := range []string{"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"} {
		for range total[kind] {
			add(g.webhook(kind))
		}
	}
	return out
}

// path is where the document lies in the repository.
func (d document) path() string {
	folder := "cluster"
	if d.namespace != "" {
		folder = d.team + "/" + d.namespace
	} else if d.kind == "Namespace" {
		folder = d.team + "/" + d.name
	}
	return fmt.Sprintf("%s/%s-%s.yaml", folder, strings.ReplaceAll(d.name, ":", "-"), strings.ToLower(d.kind))
}
