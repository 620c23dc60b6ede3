package main

import "fmt"

const rbacGroup = "rbac.authorization.k8s.io"

func (ns *namespace) serviceAccount(name string) (mapping, bool) {
	good := ns.good()
	out := m("apiVersion", "v1", "kind", "ServiceAccount", "metadata", ns.meta(name, nil))
	if good {
		out.add("automountServiceAccountToken", false)
	} else if chance(ns.r, 0.3) {
		out.add("automountServiceAccountToken", true)
	}
	for _, s := range ns.secrets {
		if s.kind == "kubernetes.io/dockerconfigjson" {
			out.add("imagePullSecrets", seq{m("name", s.name)})
			break
		}
	}
	return out, good
}

func rule(groups, resources, verbs []string, names ...string) mapping {
	return m("apiGroups", flow(groups), "resources", flow(resources), "resourceNames", flow(names), "verbs", flow(verbs))
}

func (ns *namespace) goodRules() seq {
	read := []string{"get", "list", "watch"}
	all := []mapping{
		rule([]string{""}, []string{"configmaps"}, []string{"get"}, pick(ns.r, ns.team.nouns)+"-config"),
		rule([]string{"coordination.k8s.io"}, []string{"leases"}, []string{"get", "update"}, pick(ns.r, ns.team.nouns)+"-leader"),
		rule([]string{""}, []string{"services", "endpoints"}, read),
		rule([]string{"apps"}, []string{"deployments"}, read),
		rule([]string{"discovery.k8s.io"}, []string{"endpointslices"}, read),
		rule([]string{""}, []string{"pods"}, read),
		rule([]string{"batch"}, []string{"jobs"}, []string{"get", "list", "watch"}),
	}
	return rules(some(ns.r, all, between(ns.r, 1, 3)))
}

func (ns *namespace) badRules() seq {
	all := []mapping{
		rule([]string{"*"}, []string{"*"}, []string{"*"}),
		rule([]string{""}, []string{"secrets"}, []string{"get", "list", "watch"}),
		rule([]string{""}, []string{"pods", "pods/log"}, []string{"create", "get", "list", "delete"}),
		rule([]string{""}, []string{"pods/exec", "pods/attach"}, []string{"create", "get"}),
		rule([]string{""}, []string{"serviceaccounts/token"}, []string{"create"}),
		rule([]string{""}, []string{"serviceaccounts", "users", "groups"}, []string{"impersonate"}),
		rule([]string{rbacGroup}, []string{"roles", "clusterroles"}, []string{"escalate", "update"}),
		rule([]string{rbacGroup}, []string{"rolebindings", "clusterrolebindings"}, []string{"create", "bind"}),
		rule([]string{"apps"}, []string{"deployments", "daemonsets", "statefulsets"}, []string{"*"}),
		rule([]string{""}, []string{"configmaps", "services"}, []string{"*"}),
		rule([]string{""}, []string{"persistentvolumes", "persistentvolumeclaims"}, []string{"create"}),
		rule([]string{"extensions", "apps"}, []string{"replicasets"}, []string{"patch"}),
		rule([]string{""}, []string{"pods/ephemeralcontainers"}, []string{"patch", "update"}),
	}
	return rules(some(ns.r, all, between(ns.r, 1, 3)))
}

func (ns *namespace) badClusterRules() seq {
	out := ns.badRules()
	return append(out, pick(ns.r, []mapping{
		rule([]string{""}, []string{"nodes/proxy"}, []string{"get", "create"}),
		rule([]string{"certificates.k8s.io"}, []string{"certificatesigningrequests/approval", "signers"}, []string{"update", "approve"}),
		rule([]string{"admissionregistration.k8s.io"}, []string{"mutatingwebhookconfigurations"}, []string{"create", "update"}),
		m("nonResourceURLs", flow{"*"}, "verbs", flow{"*"}),
	}))
}

func rules(from []mapping) seq {
	var out seq
	for _, r := range from {
		out = append(out, r)
	}
	return out
}

func (ns *namespace) role(name string) (mapping, bool) {
	good, list := ns.good(), ns.goodRules()
	if !good {
		list = ns.badRules()
	}
	return m("apiVersion", ns.api("Role", good), "kind", "Role", "metadata", ns.meta(name, nil), "rules", list), good
}

func account(namespace, name string) mapping {
	return m("kind", "ServiceAccount", "name", name, "namespace", namespace)
}

func roleRef(kind, name string) mapping {
	return m("apiGroup", rbacGroup, "kind", kind, "name", name)
}

func (ns *namespace) roleBinding(i int) (mapping, bool) {
	r := ns.r
	good := ns.good() && len(ns.roles) > 0 && len(ns.accounts) > 0
	var ref mapping
	subject := m("apiGroup", rbacGroup, "kind", "Group", "name", "team-"+ns.team.name)
	switch {
	case good:
		ref, subject = roleRef("Role", ns.roles[i%len(ns.roles)]), account(ns.name, pick(r, ns.accounts))
	case chance(r, 0.8):
		ref = roleRef("ClusterRole", pick(r, []string{"cluster-admin", "admin", "edit"}))
		subject = pick(r, []mapping{
			account(ns.name, "default"), account(ns.name, "left-over"), account("ci", "deployer"), subject,
			m("apiGroup", rbacGroup, "kind", "Group", "name", "system:authenticated"),
			m("apiGroup", rbacGroup, "kind", "User", "name", "intern@"+domain)})
	default:
		ref = roleRef("Role", "removed-role")
	}
	name := ns.names.name(ref.get("name").(string) + "-binding")
	return m("apiVersion", ns.api("RoleBinding", good), "kind", "RoleBinding", "metadata", ns.meta(name, nil),
		"subjects", seq{subject}, "roleRef", ref), good
}

func (g *global) clusterRole() (mapping, bool) {
	ns := g.namespace
	good, list := ns.good(), ns.goodRules()
	if !good {
		list = ns.badClusterRules()
	}
	name := ns.names.name(ns.team.name + ":" + pick(ns.r, []string{"node-reader", "operator", "inventory", "backup", "metrics"}))
	g.clusterRoles = append(g.clusterRoles, name)
	meta := g.meta(name)
	if chance(ns.r, 0.1) && good {
		meta.set("labels", m(rbacGroup+"/aggregate-to-view", "true"))
	}
	return m("apiVersion", ns.api("ClusterRole", good), "kind", "ClusterRole", "metadata", meta, "rules", list), good
}

func (g *global) clusterRoleBinding() (mapping, bool) {
	ns := g.namespace
	good := ns.good() && len(g.clusterRoles) > 0 && len(g.accounts) > 0
	ref, subject := roleRef("ClusterRole", "cluster-admin"), account("default", "default")
	if len(g.accounts) > 0 {
		at := pick(ns.r, g.accounts)
		subject = account(at.namespace, at.name)
		if !good && chance(ns.r, 0.6) {
			subject = account(at.namespace, "default")
		}
	}
	if good {
		ref = roleRef("ClusterRole", pick(ns.r, g.clusterRoles))
	} else if chance(ns.r, 0.4) {
		subject = pick(ns.r, []mapping{
			m("apiGroup", rbacGroup, "kind", "Group", "name", "system:unauthenticated"),
			m("apiGroup", rbacGroup, "kind", "Group", "name", "developers"),
			m("apiGroup", rbacGroup, "kind", "User", "name", "system:anonymous")})
		ref = roleRef("ClusterRole", pick(ns.r, []string{"cluster-admin", "view", "edit"}))
	}
	name := ns.names.name(fmt.Sprintf("%s:%s", ns.team.name, ref.get("name")))
	return m("apiVersion", ns.api("ClusterRoleBinding", good), "kind", "ClusterRoleBinding", "metadata", g.meta(name),
		"subjects", seq{subject}, "roleRef", ref), good
}
