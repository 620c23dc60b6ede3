package auditpolicy

import "slices"

// Caller is a kind of user, with one that stands for all.
type Caller struct {
	Name   string // in the plural: "administrators"
	User   string
	Groups []string
}

// Callers lists the kinds of users that a policy should see.
func Callers() []Caller {
	return []Caller{
		{Name: "people", User: "jane", Groups: []string{"system:authenticated"}},
		{Name: "administrators", User: "kubernetes-admin", Groups: []string{"system:masters", "kubeadm:cluster-admins", "system:authenticated"}},
		{Name: "service accounts", User: "system:serviceaccount:shop:web", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}},
	}
}

// Activity is something that a caller may do, as the requests that it takes.
type Activity struct {
	Name     string // "reads Secrets"
	Requests []Request
}

// Asked returns the activity's requests as one caller makes them, in an ordinary
// namespace and in kube-system.
func (a Activity) Asked(caller Caller) []Request {
	var all []Request
	for _, request := range a.Requests {
		request.User, request.Groups = caller.User, caller.Groups
		if request.Namespace == "" {
			all = append(all, request)
			continue
		}
		for _, namespace := range []string{request.Namespace, "kube-system"} {
			request.Namespace = namespace
			all = append(all, request)
		}
	}
	return all
}

// Sensitive lists what an investigation needs to see.
func Sensitive() []Activity {
	return slices.Concat(access(), changes())
}

func access() []Activity {
	return []Activity{
		{"reading Secrets", requests("", "secrets", "", "shop", "get", "list", "watch")},
		{"changing Secrets", requests("", "secrets", "", "shop", "create", "update", "patch", "delete")},
		{"exec into pods", requests("", "pods", "exec", "shop", "create", "get")},
		{"attach to pods", requests("", "pods", "attach", "shop", "create", "get")},
		{"port-forward to pods", requests("", "pods", "portforward", "shop", "create", "get")},
		{"proxy to pods", requests("", "pods", "proxy", "shop", "get", "create")},
		{"proxy to services", requests("", "services", "proxy", "shop", "get", "create")},
		{"proxy to nodes", requests("", "nodes", "proxy", "", "get", "create")},
		{"debug containers", requests("", "pods", "ephemeralcontainers", "shop", "update", "patch")},
		{"service account tokens", requests("", "serviceaccounts", "token", "shop", "create")},
		{"approval of certificates", requests("certificates.k8s.io", "certificatesigningrequests", "approval", "", "update", "patch")},
	}
}

func changes() []Activity {
	return append(Altering(), []Activity{
		{"changes of namespaces", requests("", "namespaces", "", "", "create", "update", "patch", "delete")},
		{"changes of nodes", requests("", "nodes", "", "", "update", "patch", "delete")},
		{"changes of network policies", requests("networking.k8s.io", "networkpolicies", "", "shop", "create", "update", "patch", "delete")},
		{"deletion of whole collections", requests("", "pods", "", "shop", "deletecollection")},
	}...)
}

// Altering lists changes of which the content matters, not only that they happened.
func Altering() []Activity {
	const rbac, admission = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
	write := []string{"create", "update", "patch"}
	return []Activity{
		{"changes of cluster roles", requests(rbac, "clusterroles", "", "", write...)},
		{"changes of cluster role bindings", requests(rbac, "clusterrolebindings", "", "", write...)},
		{"changes of roles", requests(rbac, "roles", "", "shop", write...)},
		{"changes of role bindings", requests(rbac, "rolebindings", "", "shop", write...)},
		{"changes of pods", requests("", "pods", "", "shop", write...)},
		{"changes of Deployments", requests("apps", "deployments", "", "shop", write...)},
		{"changes of DaemonSets", requests("apps", "daemonsets", "", "shop", write...)},
		{"changes of CronJobs", requests("batch", "cronjobs", "", "shop", write...)},
		{"changes of admission webhooks", slices.Concat(
			requests(admission, "validatingwebhookconfigurations", "", "", write...),
			requests(admission, "mutatingwebhookconfigurations", "", "", write...))},
	}
}

func requests(group, resource, subresource, namespace string, verbs ...string) []Request {
	all := make([]Request, len(verbs))
	for i, verb := range verbs {
		all[i] = Request{Verb: verb, APIGroup: group, Resource: resource, Subresource: subresource, Namespace: namespace, Name: "example"}
	}
	return all
}
