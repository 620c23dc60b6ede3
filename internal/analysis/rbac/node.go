package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// nodeUserPrefix begins the user names of nodes, see pkg/auth/nodeidentifier.
const nodeUserPrefix = "system:node:"

// Relation says why the Node authorizer lets a node have an object: the pod that
// runs there, and what leads from the object to the pod.
type Relation struct {
	Node  string // "": where the pods of a file will run is not known
	Links []Link // from the object that is asked for to the node
}

// Link is a field that names the next thing on the way to the node.
type Link struct {
	Object *snapshot.Object
	Path   model.Path
	Value  string
}

// evidence is one piece for each link.
func (r *Relation) evidence() []model.Evidence {
	all := make([]model.Evidence, len(r.Links))
	for i, link := range r.Links {
		all[i] = link.Object.Evidence(link.Path, link.Value)
	}
	return all
}

// node returns the name of the node that an identity is, as NodeIdentity of
// pkg/auth/nodeidentifier/default.go tells it; "" if it is none.
func (i Identity) node() string {
	name, ok := strings.CutPrefix(i.User, nodeUserPrefix)
	if !ok || !slices.Contains(i.Groups, user.NodesGroup) {
		return ""
	}
	return name
}

// nodeMode reports whether the Node authorizer may be asked. It is taken to be, as in
// every cluster of kubeadm and of a provider, unless all API servers are known to run
// without. Those of hosted control planes, which serve other clusters, lie in other
// namespaces.
var nodeMode = snapshot.Memo[struct{}, bool]{Name: "rbac.nodeMode", Compute: func(v *snapshot.View, _ struct{}) bool {
	found := false
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "Pod"}, metav1.NamespaceSystem) {
		for _, c := range controlplane.Of(v, object) {
			if c.Program != controlplane.APIServer {
				continue
			}
			modes, known := c.Items("authorization-mode")
			if _, ok := controlplane.Find(modes, "Node"); ok || !known {
				return true
			}
			found = true
		}
	}
	return !found
}}

// nodeAnswer is what the Node authorizer says of a request.
type nodeAnswer struct {
	grants  []Grant
	unsure  []model.Scope // what is not completely known of what could allow it
	related bool          // what runs on the nodes decides
}

// askNode answers for one node, or with node "" for all.
func askNode(v *snapshot.View, r *Request, node string) nodeAnswer {
	var answer nodeAnswer
	if r.Path != "" || !nodeMode.Of(v, struct{}{}) {
		return answer
	}
	access := nodeAccessOf(v, r)
	if access.every {
		all := Subject{Kind: rbacv1.GroupKind, Name: user.NodesGroup}
		answer.grants = append(answer.grants, Grant{Authorizer: NodeAuthorizer, Subject: all, Rule: access.rule})
	}
	for _, name := range access.nodes {
		if name != "" && (node == "" || node == name) {
			answer.grants = append(answer.grants, nodeGrant(&Relation{Node: name}))
		}
	}
	if access.related == noVertex {
		return answer
	}
	answer.related = true
	relations, unsure := relationsTo(v, vertex{access.related, r.Namespace, r.Name})
	answer.unsure = unsure
	for i := range relations {
		if relation := &relations[i]; node == "" || relation.Node == node {
			answer.grants = append(answer.grants, nodeGrant(relation))
		}
	}
	return answer
}

func nodeGrant(relation *Relation) Grant {
	subject := Subject{Kind: rbacv1.UserKind, Name: nodeUserPrefix + relation.Node}
	if relation.Node == "" {
		subject = Subject{Kind: rbacv1.GroupKind, Name: user.NodesGroup}
	}
	return Grant{Authorizer: NodeAuthorizer, Subject: subject, Relation: relation}
}

// nodeDecides adds what the Node authorizer says to the decision about an identity.
// Where pods run and what admission adds to them is not in files, so there nothing is
// denied that depends on it.
func (d *Decision) nodeDecides(v *snapshot.View, who *Identity, r *Request) {
	node := who.node()
	if node == "" {
		return
	}
	answer := askNode(v, r, node)
	d.Grants = append(d.Grants, answer.grants...)
	d.Unsure = append(d.Unsure, answer.unsure...)
	if pods := podScope(v, r.Namespace); answer.related && !v.Settings().Live && !slices.Contains(d.Unsure, pods) {
		d.Unsure = append(d.Unsure, pods)
	}
}
