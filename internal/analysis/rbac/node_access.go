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

// nodeAccessOf is Authorize of plugin/pkg/auth/authorizer/node/node_authorizer.go,
// without the node and without the graph. Feature gates are asked only where they
// decide.
func nodeAccessOf(v *snapshot.View, r *Request) nodeAccess {
	switch r.Group + "/" + r.Resource {
	case "/secrets":
		return readRelated(r, secretVertex)
	case "/configmaps":
		return readRelated(r, configMapVertex)
	case "/persistentvolumeclaims":
		if r.Subresource == "status" {
			return relatedIf(r, claimVertex, oneOf(r.Verb, "update", "patch"))
		}
		return getRelated(r, claimVertex)
	case "/persistentvolumes":
		return getRelated(r, volumeVertex)
	case "resource.k8s.io/resourceclaims":
		return getRelated(r, resourceClaimVertex)
	case "storage.k8s.io/volumeattachments":
		return getRelated(r, attachmentVertex)
	case "/serviceaccounts":
		return serviceAccount(v, r)
	case "coordination.k8s.io/leases":
		return ownNamed(r.Namespace == corev1.NamespaceNodeLease, r)
	case "storage.k8s.io/csinodes":
		return ownNamed(r.Subresource == "", r)
	case "resource.k8s.io/resourceslices":
		return resourceSlice(v, r)
	case "/nodes":
		if nodeGates.Of(v, withSelectors) {
			return nodeItself(r)
		}
	case "/pods":
		if nodeGates.Of(v, withSelectors) {
			return nodePods(r)
		}
	case "certificates.k8s.io/podcertificaterequests":
		if nodeGates.Of(v, feature.PodCertificateRequest) && nodeGates.Of(v, withSelectors) {
			return certificateRequest(r)
		}
		return nodeAccess{}
	case "certificates.k8s.io/clustertrustbundles":
		if r.Subresource == "" && oneOf(r.Verb, "get", "list", "watch") {
			return nodeAccess{every: nodeGates.Of(v, feature.ClusterTrustBundle)}
		}
	}
	rules := nodeRules.Of(v, struct{}{})
	for i := range rules {
		if allows(&rules[i], r) {
			return nodeAccess{every: true, rule: &rules[i]}
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
	return relatedIf(r, kind, oneOf(r.Verb, "get", "list", "watch") && r.Subresource == "" && r.Namespace != "")
}

func serviceAccount(v *snapshot.View, r *Request) nodeAccess {
	if r.Verb == "get" && r.Subresource == "" {
		if !nodeGates.Of(v, tokensForProviders) && !nodeGates.Of(v, feature.PodCertificateRequest) {
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
	case !ok || !oneOf(r.Verb, "get", "create", "update", "patch", "delete"):
		return nodeAccess{}
	case r.Verb == "create":
		return nodeAccess{every: true}
	default:
		return nodeAccess{nodes: []string{r.Name}}
	}
}

func resourceSlice(v *snapshot.View, r *Request) nodeAccess {
	switch {
	case r.Subresource != "":
		return nodeAccess{}
	case r.Verb == "create":
		return nodeAccess{every: true}
	case oneOf(r.Verb, "get", "update", "patch", "delete"):
		return relatedIf(r, sliceVertex, true)
	case oneOf(r.Verb, "watch", "list", "deletecollection"):
		if nodeGates.Of(v, withSelectors) {
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
	case oneOf(r.Verb, "list", "watch"):
		return nodeAccess{nodes: selectedNodes(r)}
	default:
		return nodeAccess{}
	}
}

func nodeItself(r *Request) nodeAccess {
	switch {
	case r.Subresource == "" && oneOf(r.Verb, "create", "update", "patch"),
		r.Subresource == "status" && oneOf(r.Verb, "update", "patch"):
		return nodeAccess{every: true}
	case r.Subresource == "" && oneOf(r.Verb, "get", "list", "watch"):
		return nodeAccess{nodes: []string{r.Name}}
	default:
		return nodeAccess{}
	}
}

func nodePods(r *Request) nodeAccess {
	switch {
	case r.Subresource == "" && r.Verb == "get":
		return getRelated(r, podVertex)
	case r.Subresource == "" && oneOf(r.Verb, "list", "watch"):
		access := relatedIf(r, podVertex, true)
		access.nodes = selectedNodes(r)
		return access
	case r.Subresource == "" && oneOf(r.Verb, "create", "delete"),
		r.Subresource == "status" && oneOf(r.Verb, "update", "patch"),
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

func oneOf(verb string, verbs ...string) bool { return slices.Contains(verbs, verb) }

// The gates that only the Node authorizer looks at.
const (
	withSelectors      feature.Gate = "AuthorizeNodeWithSelectors"
	tokensForProviders feature.Gate = "KubeletServiceAccountTokenForCredentialProviders"
)

// nodeGates says which gates are on. Where the arguments of the API server hide one,
// the default of its version counts.
var nodeGates = snapshot.Memo[feature.Gate, bool]{Name: "rbac.nodeGates", Compute: func(v *snapshot.View, gate feature.Gate) bool {
	on, _ := feature.On(v, gate)
	return on
}}

// nodeRules are those of NodeRules in
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go whose resources
// nodeAccessOf does not decide about otherwise.
var nodeRules = snapshot.Memo[struct{}, []rbacv1.PolicyRule]{Name: "rbac.nodeRules", Compute: func(v *snapshot.View, _ struct{}) []rbacv1.PolicyRule {
	rule := func(group string, verbs []string, resources ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: verbs, APIGroups: []string{group}, Resources: resources}
	}
	create, read, report := []string{"create"}, []string{"get", "list", "watch"}, []string{"create", "update", "patch"}
	rules := []rbacv1.PolicyRule{
		rule("authentication.k8s.io", create, "tokenreviews"),
		rule("authorization.k8s.io", create, "subjectaccessreviews", "localsubjectaccessreviews"),
		rule("", read, "services"),
		rule("", report, "events"),
		rule("events.k8s.io", report, "events"),
		rule("", []string{"get"}, "endpoints"),
		rule("certificates.k8s.io", []string{"create", "get", "list", "watch"}, "certificatesigningrequests"),
		rule("storage.k8s.io", read, "csidrivers"),
		rule("node.k8s.io", read, "runtimeclasses"),
	}
	if !nodeGates.Of(v, withSelectors) {
		rules = append(rules,
			rule("", []string{"create", "get", "list", "watch", "update", "patch"}, "nodes"),
			rule("", []string{"update", "patch"}, "nodes/status", "pods/status"),
			rule("", []string{"get", "list", "watch", "create", "delete"}, "pods"),
			rule("", create, "pods/eviction"))
	}
	return rules
}}
