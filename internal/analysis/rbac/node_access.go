package rbac

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/selection"

	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/snapshot"
)

// nodeAccess says which nodes may do what is asked: every one, those of nodes, and
// those to which the object is related.
type nodeAccess struct {
	every   bool
	rule    *rbacv1.PolicyRule // that every node has; nil where none says so
	nodes   []string
	related vertexKind
}

// access is Authorize of plugin/pkg/auth/authorizer/node/node_authorizer.go, without
// the node and without the graph.
func (a *nodeAuthorizer) access(r *Request) nodeAccess {
	switch r.Group + "/" + r.Resource {
	case "/secrets":
		return readRelated(r, secretVertex)
	case "/configmaps":
		return readRelated(r, configMapVertex)
	case "/persistentvolumeclaims":
		if r.Subresource == "status" {
			return relatedIf(r, claimVertex, is(r.Verb, "update", "patch"))
		}
		return getRelated(r, claimVertex)
	case "/persistentvolumes":
		return getRelated(r, volumeVertex)
	case "resource.k8s.io/resourceclaims":
		return getRelated(r, resourceClaimVertex)
	case "storage.k8s.io/volumeattachments":
		return getRelated(r, attachmentVertex)
	case "/serviceaccounts":
		return a.serviceAccount(r)
	case "coordination.k8s.io/leases":
		return ownNamed(r.Namespace == corev1.NamespaceNodeLease, r)
	case "storage.k8s.io/csinodes":
		return ownNamed(r.Subresource == "", r)
	case "resource.k8s.io/resourceslices":
		return a.resourceSlice(r)
	case "/nodes":
		if a.gates.selectors {
			return ownNode(r)
		}
	case "/pods":
		if a.gates.selectors {
			return pod(r)
		}
	case "certificates.k8s.io/podcertificaterequests":
		if a.gates.certificates && a.gates.selectors {
			return certificateRequest(r)
		}
		return nodeAccess{}
	}
	for i := range a.rules {
		if allows(&a.rules[i], r) {
			return nodeAccess{every: true, rule: &a.rules[i]}
		}
	}
	return nodeAccess{}
}

// relatedIf lets the nodes that are related to the object that is named.
func relatedIf(r *Request, kind vertexKind, ok bool) nodeAccess {
	if !ok || r.Name == "" {
		return nodeAccess{}
	}
	return nodeAccess{related: kind}
}

func getRelated(r *Request, kind vertexKind) nodeAccess {
	return relatedIf(r, kind, r.Verb == "get" && r.Subresource == "")
}

func readRelated(r *Request, kind vertexKind) nodeAccess {
	return relatedIf(r, kind, is(r.Verb, "get", "list", "watch") && r.Subresource == "" && r.Namespace != "")
}

func (a *nodeAuthorizer) serviceAccount(r *Request) nodeAccess {
	if r.Verb == "get" && r.Subresource == "" {
		if !a.gates.accounts && !a.gates.certificates {
			return nodeAccess{}
		}
		return readRelated(r, accountVertex)
	}
	return relatedIf(r, accountVertex, r.Verb == "create" && r.Subresource == "token")
}

// ownNamed is what a node may do to the object of its own name. The authorizer does
// not know the name of what is created; the admission plugin NodeRestriction does.
func ownNamed(ok bool, r *Request) nodeAccess {
	switch {
	case !ok || !is(r.Verb, "get", "create", "update", "patch", "delete"):
		return nodeAccess{}
	case r.Verb == "create":
		return nodeAccess{every: true}
	default:
		return nodeAccess{nodes: []string{r.Name}}
	}
}

func (a *nodeAuthorizer) resourceSlice(r *Request) nodeAccess {
	switch {
	case r.Subresource != "":
		return nodeAccess{}
	case r.Verb == "create":
		return nodeAccess{every: true}
	case is(r.Verb, "get", "update", "patch", "delete"):
		return relatedIf(r, sliceVertex, true)
	case is(r.Verb, "watch", "list", "deletecollection"):
		if a.gates.selectors {
			return nodeAccess{nodes: selectedNodes(r)}
		}
		return nodeAccess{every: true}
	default:
		return nodeAccess{}
	}
}

func certificateRequest(r *Request) nodeAccess {
	switch {
	case r.Subresource != "":
		return nodeAccess{}
	case r.Verb == "create":
		return nodeAccess{every: true}
	case r.Verb == "get":
		return relatedIf(r, certificateVertex, true)
	case is(r.Verb, "list", "watch"):
		return nodeAccess{nodes: selectedNodes(r)}
	default:
		return nodeAccess{}
	}
}

func ownNode(r *Request) nodeAccess {
	switch {
	case r.Subresource == "" && is(r.Verb, "create", "update", "patch"),
		r.Subresource == "status" && is(r.Verb, "update", "patch"):
		return nodeAccess{every: true}
	case r.Subresource == "" && is(r.Verb, "get", "list", "watch"):
		return nodeAccess{nodes: []string{r.Name}}
	default:
		return nodeAccess{}
	}
}

func pod(r *Request) nodeAccess {
	switch {
	case r.Subresource == "" && r.Verb == "get":
		return getRelated(r, podVertex)
	case r.Subresource == "" && is(r.Verb, "list", "watch"):
		access := relatedIf(r, podVertex, true)
		access.nodes = selectedNodes(r)
		return access
	case r.Subresource == "" && is(r.Verb, "create", "delete"),
		r.Subresource == "status" && is(r.Verb, "update", "patch"),
		r.Subresource == "eviction" && r.Verb == "create":
		return nodeAccess{every: true}
	default:
		return nodeAccess{}
	}
}

// selectedNodes are those to which a field selector limits what is listed. The API
// server leaves a selector aside that it cannot parse.
func selectedNodes(r *Request) []string {
	if r.FieldSelector == "" {
		return nil
	}
	selector, err := fields.ParseSelector(r.FieldSelector)
	if err != nil {
		return nil
	}
	var nodes []string
	for _, requirement := range selector.Requirements() {
		if requirement.Field == "spec.nodeName" && requirement.Operator == selection.Equals && !slices.Contains(nodes, requirement.Value) {
			nodes = append(nodes, requirement.Value)
		}
	}
	return nodes
}

func is(verb string, verbs ...string) bool { return slices.Contains(verbs, verb) }

// nodeGates are the feature gates that the Node authorizer looks at.
type nodeGates struct {
	selectors    bool // AuthorizeNodeWithSelectors
	accounts     bool // KubeletServiceAccountTokenForCredentialProviders
	certificates bool // PodCertificateRequest
	bundles      bool // ClusterTrustBundle
}

// gatesOf are the gates of the cluster. Where its arguments hide one, the default of
// its version counts.
func gatesOf(v *snapshot.View) nodeGates {
	on := func(gate feature.Gate) bool {
		on, _ := feature.On(v, gate)
		return on
	}
	return nodeGates{
		selectors:    on("AuthorizeNodeWithSelectors"),
		accounts:     on("KubeletServiceAccountTokenForCredentialProviders"),
		certificates: on(feature.PodCertificateRequest),
		bundles:      on(feature.ClusterTrustBundle),
	}
}

// rules are those of NodeRules in
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go whose resources access
// does not decide about otherwise.
func (g nodeGates) rules() []rbacv1.PolicyRule {
	rule := func(group string, verbs []string, resources ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: verbs, APIGroups: []string{group}, Resources: resources}
	}
	create, read, write := []string{"create"}, []string{"get", "list", "watch"}, []string{"update", "patch"}
	rules := []rbacv1.PolicyRule{
		rule("authentication.k8s.io", create, "tokenreviews"),
		rule("authorization.k8s.io", create, "subjectaccessreviews", "localsubjectaccessreviews"),
		rule("", read, "services"),
		rule("", []string{"create", "update", "patch"}, "events"),
		rule("events.k8s.io", []string{"create", "update", "patch"}, "events"),
		rule("", []string{"get"}, "endpoints"),
		rule("certificates.k8s.io", []string{"create", "get", "list", "watch"}, "certificatesigningrequests"),
		rule("storage.k8s.io", read, "csidrivers"),
		rule("node.k8s.io", read, "runtimeclasses"),
	}
	if !g.selectors {
		rules = append(rules,
			rule("", []string{"create", "get", "list", "watch", "update", "patch"}, "nodes"),
			rule("", write, "nodes/status", "pods/status"),
			rule("", []string{"get", "list", "watch", "create", "delete"}, "pods"),
			rule("", create, "pods/eviction"))
	}
	if g.bundles {
		rules = append(rules, rule("certificates.k8s.io", read, "clustertrustbundles"))
	}
	return rules
}
