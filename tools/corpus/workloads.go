package main

import (
	"fmt"
	"slices"
	"strings"
)

// api is the apiVersion of a manifest: current, or for some of the bad ones
// one of those that no server serves any more.
func (ns *namespace) api(kind string, good bool) string {
	old := map[string][]string{
		"Deployment":               {"extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"},
		"StatefulSet":              {"apps/v1beta1", "apps/v1beta2"},
		"DaemonSet":                {"extensions/v1beta1", "apps/v1beta2"},
		"CronJob":                  {"batch/v1beta1"},
		"PodDisruptionBudget":      {"policy/v1beta1"},
		"HorizontalPodAutoscaler":  {"autoscaling/v2beta2", "autoscaling/v2beta1"},
		"Ingress":                  {"extensions/v1beta1", "networking.k8s.io/v1beta1"},
		"NetworkPolicy":            {"extensions/v1beta1"},
		"Role":                     {"rbac.authorization.k8s.io/v1beta1"},
		"RoleBinding":              {"rbac.authorization.k8s.io/v1beta1"},
		"ClusterRole":              {"rbac.authorization.k8s.io/v1beta1"},
		"ClusterRoleBinding":       {"rbac.authorization.k8s.io/v1beta1"},
		"CustomResourceDefinition": {"apiextensions.k8s.io/v1beta1"},
	}[kind]
	if len(old) > 0 && !good && !ns.cluster && chance(ns.r, 0.15) {
		return pick(ns.r, old)
	}
	return current(kind)
}

func current(kind string) string {
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
		return "apps/v1"
	case "Job", "CronJob":
		return "batch/v1"
	case "Ingress", "NetworkPolicy":
		return "networking.k8s.io/v1"
	case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		return "rbac.authorization.k8s.io/v1"
	case "PodDisruptionBudget":
		return "policy/v1"
	case "HorizontalPodAutoscaler":
		return "autoscaling/v2"
	case "StorageClass":
		return "storage.k8s.io/v1"
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		return "admissionregistration.k8s.io/v1"
	case "CustomResourceDefinition":
		return "apiextensions.k8s.io/v1"
	case customResource:
		return customGroup + "/v1"
	}
	return "v1"
}

func (ns *namespace) workload(w *workload) mapping {
	p := ns.pod(w)
	switch w.kind {
	case "StatefulSet":
		return ns.statefulSet(w, p)
	case "DaemonSet":
		return ns.daemonSet(w, p)
	case "Job":
		return ns.job(w, p)
	case "CronJob":
		return ns.cronJob(w, p)
	case "Pod":
		return ns.plainPod(w, p)
	}
	return ns.deployment(w, p)
}

func (ns *namespace) deployment(w *workload, p *pod) mapping {
	api := ns.api("Deployment", w.good)
	spec := mapping{}
	if !w.scaled {
		n := pick(ns.r, []int{1, 1, 1, 2, 3, 5})
		if w.good {
			n = between(ns.r, 2, 6)
		}
		spec.add("replicas", n)
	}
	if chance(ns.r, 0.3) {
		spec.add("revisionHistoryLimit", pick(ns.r, []int{2, 3, 5}))
	}
	if !strings.HasSuffix(api, "/v1beta1") || chance(ns.r, 0.5) { // v1beta1 took it from the template
		spec.add("selector", m("matchLabels", ns.selector(w)))
	}
	if w.good {
		spec.add("strategy", m("type", "RollingUpdate", "rollingUpdate", m("maxSurge", 1, "maxUnavailable", 0)))
	} else if chance(ns.r, 0.15) {
		spec.add("strategy", m("type", "Recreate"))
	}
	spec.add("template", p.template())
	return m("apiVersion", api, "kind", "Deployment", "metadata", ns.meta(w.name, p.labels), "spec", spec)
}

func (ns *namespace) statefulSet(w *workload, p *pod) mapping {
	name := w.headless
	if name == "" {
		name = w.name
	}
	size, class := pick(ns.r, []string{"10Gi", "20Gi", "50Gi", "200Gi"}), ""
	if chance(ns.r, 0.5) {
		class = "fast-encrypted"
	}
	replicas := pick(ns.r, []int{1, 1, 2, 3})
	if w.good {
		replicas = 3
	}
	return m("apiVersion", ns.api("StatefulSet", w.good), "kind", "StatefulSet", "metadata", ns.meta(w.name, p.labels),
		"spec", m("serviceName", name, "replicas", replicas, "selector", m("matchLabels", ns.selector(w)),
			"template", p.template(),
			"volumeClaimTemplates", seq{m("metadata", m("name", "data"), "spec", m("accessModes", seq{"ReadWriteOnce"},
				"storageClassName", class, "resources", m("requests", m("storage", size))))}))
}

func (ns *namespace) daemonSet(w *workload, p *pod) mapping {
	return m("apiVersion", ns.api("DaemonSet", w.good), "kind", "DaemonSet", "metadata", ns.meta(w.name, p.labels),
		"spec", m("selector", m("matchLabels", ns.selector(w)),
			"updateStrategy", m("type", "RollingUpdate", "rollingUpdate", m("maxUnavailable", pick(ns.r, []any{1, "10%", "25%"}))),
			"template", p.template()))
}

func (ns *namespace) jobSpec(w *workload, p *pod) mapping {
	p.restart = pick(ns.r, []string{"Never", "OnFailure"})
	spec := m("backoffLimit", between(ns.r, 0, 6))
	if w.good {
		spec = m("backoffLimit", between(ns.r, 1, 3), "activeDeadlineSeconds", pick(ns.r, []int{600, 1800, 3600}), "ttlSecondsAfterFinished", 86400)
	}
	spec.add("template", p.template())
	return spec
}

func (ns *namespace) job(w *workload, p *pod) mapping {
	return m("apiVersion", "batch/v1", "kind", "Job", "metadata", ns.meta(w.name, p.labels), "spec", ns.jobSpec(w, p))
}

func (ns *namespace) cronJob(w *workload, p *pod) mapping {
	spec := m("schedule", pick(ns.r, []string{"*/5 * * * *", "0 3 * * *", "17 2 * * 0", "@daily", "30 6 1 * *"}),
		"concurrencyPolicy", pick(ns.r, []string{"Forbid", "Replace", "Allow"}))
	if w.good {
		spec.add("startingDeadlineSeconds", 300)
		spec.add("successfulJobsHistoryLimit", 1)
		spec.add("failedJobsHistoryLimit", 3)
	}
	if chance(ns.r, 0.1) {
		spec.add("suspend", beside("until the new bucket exists", true))
	}
	spec.add("jobTemplate", m("spec", ns.jobSpec(w, p)))
	return m("apiVersion", ns.api("CronJob", w.good), "kind", "CronJob", "metadata", ns.meta(w.name, p.labels), "spec", spec)
}

func (ns *namespace) plainPod(w *workload, p *pod) mapping {
	if chance(ns.r, 0.5) {
		p.restart = "Never"
	}
	meta := ns.meta(w.name, p.labels)
	if len(p.annotations) > 0 {
		meta.set("annotations", p.annotations)
	}
	return m("apiVersion", "v1", "kind", "Pod", "metadata", meta, "spec", p.spec())
}

func (ns *namespace) autoscaler(w *workload, good bool) mapping {
	api := ns.api("HorizontalPodAutoscaler", good)
	metric := m("name", "cpu", "target", m("type", "Utilization", "averageUtilization", between(ns.r, 50, 85)))
	if api == "autoscaling/v2beta1" {
		metric = m("name", "cpu", "targetAverageUtilization", 80)
	}
	low := 1
	if good {
		low = 2
	}
	return m("apiVersion", api, "kind", "HorizontalPodAutoscaler", "metadata", ns.meta(w.name, nil),
		"spec", m("scaleTargetRef", m("apiVersion", "apps/v1", "kind", "Deployment", "name", w.name),
			"minReplicas", low, "maxReplicas", between(ns.r, 4, 20), "metrics", seq{m("type", "Resource", "resource", metric)}))
}

func (ns *namespace) budget(name string, w *workload, good bool) mapping {
	spec := m("maxUnavailable", 1)
	if !good {
		spec = pick(ns.r, []mapping{m("maxUnavailable", 0), m("minAvailable", "100%"), m("minAvailable", 1)})
	}
	selector := m("app", name+"-gone")
	if w != nil && (good || chance(ns.r, 0.7)) {
		selector = ns.selector(w)
	}
	spec.add("selector", m("matchLabels", selector))
	return m("apiVersion", ns.api("PodDisruptionBudget", good), "kind", "PodDisruptionBudget", "metadata", ns.meta(name, nil), "spec", spec)
}

// owned are a Deployment, its ReplicaSet and its n Pods as the controllers
// would have made them. The uids of the owners are made up, since a server
// gives its own: where a garbage collector runs, it and the controllers put
// Pods of their own in place of these.
func (ns *namespace) owned(n int) []document {
	w := ns.newWorkload("Deployment")
	p := ns.pod(w)
	ns.workloads = append(ns.workloads, w)
	hash := letters(ns.r, safe, 10)
	spec := func(labels, selector mapping) mapping {
		q := *p
		q.labels = labels
		return m("replicas", n, "selector", m("matchLabels", selector), "template", q.template())
	}
	labels := append(slices.Clone(p.labels), m("pod-template-hash", hash)...)
	object := func(kind, name, ownerKind, owner string, labels, spec mapping) document {
		meta := m("name", name, "namespace", ns.name, "labels", labels)
		if owner != "" {
			meta.add("ownerReferences", seq{m("apiVersion", "apps/v1", "kind", ownerKind, "name", owner,
				"uid", uid(ns, ownerKind, owner), "controller", true, "blockOwnerDeletion", true)})
		}
		return ns.document(kind, name, w.good, m("apiVersion", current(kind), "kind", kind, "metadata", meta, "spec", spec))
	}
	set := w.name + "-" + hash
	out := []document{
		object("Deployment", w.name, "", "", p.labels, spec(p.labels, ns.selector(w))),
		object("ReplicaSet", set, "Deployment", w.name, labels, spec(labels, append(ns.selector(w), m("pod-template-hash", hash)...))),
	}
	for range n {
		name := ns.names.name(set + "-" + letters(ns.r, safe, 5))
		out = append(out, object("Pod", name, "ReplicaSet", set, labels, p.spec()))
	}
	return out
}

func uid(ns *namespace, kind, name string) string {
	var sum uint64 = 14695981039346656037 // FNV-1a
	for _, b := range []byte(ns.name + "/" + kind + "/" + name) {
		sum = (sum ^ uint64(b)) * 1099511628211
	}
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", sum>>32, sum>>16&0xffff, sum&0xfff, sum>>8&0xfff, sum>>16)
}
