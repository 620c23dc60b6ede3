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
		{"reading Secrets", Requests("", "secrets", "", "shop", "get", "list", "watch")},
		{"changing Secrets", Requests("", "secrets", "", "shop", "create", "update", "patch", "delete")},
		{"exec into pods", Requests("", "pods", "exec", "shop", "create", "get")},
		{"attach to pods", Requests("", "pods", "attach", "shop", "create", "get")},
		{"port-forward to pods", Requests("", "pods", "portforward", "shop", "create", "get")},
		{"proxy to pods", Requests("", "pods", "proxy", "shop", "get", "create")},
		{"proxy to services", Requests("", "services", "proxy", "shop", "get", "create")},
		{"proxy to nodes", Requests("", "nodes", "proxy", "", "get", "create")},
		{"debug containers", Requests("", "pods", "ephemeralcontainers", "shop", "update", "patch")},
		{"service account tokens", Requests("", "serviceaccounts", "token", "shop", "create")},
		{"approval of certificates", Requests("certificates.k8s.io", "certificatesigningrequests", "approval", "", "update", "patch")},
	}
}

func changes() []Activity {
	return append(Altering(), []Activity{
		{"changes of namespaces", Requests("", "namespaces", "", "", "create", "update", "patch", "delete")},
		{"changes of nodes", Requests("", "nodes", "", "", "update", "patch", "delete")},
		{"changes of network policies", Requests("networking.k8s.io", "networkpolicies", "", "shop", "create", "update", "patch", "delete")},
		{"deletion of whole collections", Requests("", "pods", "", "shop", "deletecollection")},
	}...)
}

// Altering lists changes of which the content matters, not only that they happened.
func Altering() []Activity {
	const rbac, admission = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
	write := []string{"create", "update", "patch"}
	return []Activity{
		{"changes of cluster roles", Requests(rbac, "clusterroles", "", "", write...)},
		{"changes of cluster role bindings", Requests(rbac, "clusterrolebindings", "", "", write...)},
		{"changes of roles", Requests(rbac, "roles", "", "shop", write...)},
		{"changes of role bindings", Requests(rbac, "rolebindings", "", "shop", write...)},
		{"changes of pods", Requests("", "pods", "", "shop", write...)},
		{"changes of Deployments", Requests("apps", "deployments", "", "shop", write...)},
		{"changes of DaemonSets", Requests("apps", "daemonsets", "", "shop", write...)},
		{"changes of CronJobs", Requests("batch", "cronjobs", "", "shop", write...)},
		{"changes of admission webhooks", slices.Concat(
			Requests(admission, "validatingwebhookconfigurations", "", "", write...),
			Requests(admission, "mutatingwebhookconfigurations", "", "", write...))},
	}
}

// Requests returns one request for each verb.
func Requests(group, resource, subresource, namespace string, verbs ...string) []Request {
	all := make([]Request, len(verbs))
	for i, verb := range verbs {
		all[i] = Request{Verb: verb, APIGroup: group, Resource: resource, Subresource: subresource, Namespace: namespace, Name: "example"}
	}
	return all
}
