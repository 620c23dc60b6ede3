package main

import (
	"encoding/base64"
	"strings"
)

// customResource stands for the kinds of the company's own operators.
const (
	customResource = "CustomResource"
	customGroup    = "platform." + domain
)

type customKind struct{ kind, plural string }

func customKinds() []customKind {
	return []customKind{
		{"Queue", "queues"}, {"Topic", "topics"}, {"Database", "databases"}, {"Bucket", "buckets"}, {"Dashboard", "dashboards"},
		{"Tenant", "tenants"}, {"Schedule", "schedules"}, {"FeatureFlag", "featureflags"}, {"Mailbox", "mailboxes"}, {"Runner", "runners"},
	}
}

// global makes what stands outside the namespaces.
type global struct {
	*namespace
	clusterRoles []string
	accounts     []accountRef
}

type accountRef struct{ namespace, name string }

func (g *global) meta(name string) mapping {
	return m("name", name, "labels", m("team", g.team.name, "app.kubernetes.io/managed-by", "argocd"))
}

func (ns *namespace) namespaceObject(good bool) mapping {
	labels := m("team", ns.team.name, "env", ns.env, "kubernetes.io/metadata.name", ns.name)
	const level = "pod-security.kubernetes.io/"
	switch {
	case ns.cluster: // nothing that would refuse the Pods that follow
		labels.add(level+"audit", "restricted")
	case good:
		labels.add(level+"enforce", pick(ns.r, []string{"restricted", "baseline"}))
		labels.add(level+"warn", "restricted")
	case chance(ns.r, 0.3):
		labels.add(level+"enforce", "privileged")
	}
	return m("apiVersion", "v1", "kind", "Namespace", "metadata", m("name", ns.name, "labels", labels,
		"annotations", m("corp.example/owner", ns.team.name+"@"+domain)))
}

func (g *global) storageClass(i int) (mapping, bool) {
	good := g.good()
	name := g.names.name([]string{"fast-encrypted", "standard", "nfs-shared", "archive"}[i%4])
	out := m("apiVersion", "storage.k8s.io/v1", "kind", "StorageClass", "metadata", g.meta(name), "provisioner", "ebs.csi.aws.com")
	if good {
		out.add("parameters", m("type", "gp3", "encrypted", "true"))
		out.add("reclaimPolicy", "Retain")
		out.add("volumeBindingMode", "WaitForFirstConsumer")
	} else {
		out.add("parameters", m("type", "gp2", "encrypted", "false"))
		out.add("mountOptions", seq{"nolock"})
	}
	return out, good
}

func (g *global) persistentVolume() (mapping, bool) {
	good := g.good()
	name := g.names.name("pv-" + letters(g.r, lower, 6))
	source := field{key: "csi", value: m("driver", "ebs.csi.aws.com", "volumeHandle", "vol-0"+letters(g.r, hexDigits, 16), "fsType", "ext4")}
	if !good {
		source = pickField(g.r.IntN(2), field{key: "hostPath", value: m("path", "/mnt/data")},
			field{key: "nfs", value: m("server", "10.20.0.9", "path", "/exports/"+name)})
	}
	spec := m("capacity", m("storage", pick(g.r, []string{"20Gi", "100Gi"})), "accessModes", seq{"ReadWriteOnce"},
		"persistentVolumeReclaimPolicy", pick(g.r, []string{"Retain", "Delete"}))
	if source.key == "hostPath" {
		spec.set("persistentVolumeReclaimPolicy", "Retain")
	}
	return m("apiVersion", "v1", "kind", "PersistentVolume", "metadata", g.meta(name), "spec", append(spec, source)), good
}

func pickField(i int, from ...field) field { return from[i] }

func (g *global) webhook(kind string) (mapping, bool) {
	good := g.good()
	name := g.names.name(strings.ToLower(kind[:1]) + "-" + pick(g.r, []string{"defaults", "limits", "labels", "injector"}))
	cert, _ := certificate(g.r, name+".platform.svc", good)
	bundle := base64.StdEncoding.EncodeToString([]byte(cert))
	hook := m("name", name+"."+customGroup, "admissionReviewVersions", flow{"v1"}, "sideEffects", "None")
	if good {
		hook.add("clientConfig", m("service", m("name", name, "namespace", "platform", "path", "/review", "port", 443), "caBundle", bundle))
		hook.add("failurePolicy", "Fail")
		hook.add("timeoutSeconds", 5)
		hook.add("namespaceSelector", m("matchExpressions", seq{m("key", "kubernetes.io/metadata.name", "operator", "NotIn", "values", flow{"kube-system", "platform"})}))
	} else {
		hook.add("clientConfig", m("url", "https://hooks."+domain+"/"+name, "caBundle", bundle))
		hook.add("failurePolicy", "Ignore")
		hook.add("timeoutSeconds", 30)
	}
	rule := m("apiGroups", flow{"", "apps"}, "apiVersions", flow{"v1"}, "operations", flow{"CREATE", "UPDATE"}, "resources", flow{"pods", "deployments"})
	if !good {
		rule = m("apiGroups", flow{"*"}, "apiVersions", flow{"*"}, "operations", flow{"*"}, "resources", flow{"*/*"})
	}
	if g.cluster { // nobody answers there: review only what nobody creates
		hook.set("failurePolicy", "Ignore")
		rule.set("apiGroups", flow{"nothing." + domain})
	}
	hook.add("rules", seq{rule})
	return m("apiVersion", current(kind), "kind", kind, "metadata", g.meta(name), "webhooks", seq{hook}), good
}

func (g *global) definition(k customKind) (mapping, bool) {
	good := g.good()
	api := g.api("CustomResourceDefinition", good)
	schema := m("openAPIV3Schema", m("type", "object", "required", flow{"spec"}, "properties", m("spec", m("type", "object", "properties",
		m("size", m("type", "integer", "minimum", 1, "maximum", 1000),
			"owner", m("type", "string"),
			"public", m("type", "boolean", "default", false))))))
	spec := m("group", customGroup, "scope", "Namespaced",
		"names", m("kind", k.kind, "listKind", k.kind+"List", "plural", k.plural, "singular", strings.ToLower(k.kind)))
	if api == current("CustomResourceDefinition") {
		spec.add("versions", seq{m("name", "v1", "served", true, "storage", true, "schema", schema)})
	} else {
		spec.add("version", "v1")
		spec.add("versions", seq{m("name", "v1", "served", true, "storage", true)})
	}
	return m("apiVersion", api, "kind", "CustomResourceDefinition", "metadata", g.meta(k.plural+"."+customGroup), "spec", spec), good
}

func (ns *namespace) customObject() (kind, name string, doc mapping) {
	k := pick(ns.r, ns.custom)
	name = ns.names.name(pick(ns.r, ns.team.nouns) + "-" + strings.ToLower(k.kind))
	return k.kind, name, m("apiVersion", current(customResource), "kind", k.kind, "metadata", ns.meta(name, nil),
		"spec", m("size", between(ns.r, 1, 50), "owner", ns.team.name, "public", chance(ns.r, 0.3)))
}
