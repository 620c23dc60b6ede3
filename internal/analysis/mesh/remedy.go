package mesh

import (
	"slices"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Remedy is a change of a mesh after which a verdict would be another one.
type Remedy struct {
	Object *snapshot.Object // that would change; nil for a new one
	Text   string
}

// Remedies are what would let through a client that the mesh keeps out of a server, or
// keep out one that it lets through. There are none where the verdict is not known.
func (v *Verdict) Remedies(server *Workload) []Remedy {
	var list []Remedy
	add := func(r Remedy) {
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	switch v.Access {
	case Denied, Conditional:
		for i := range v.Ways {
			for _, r := range v.Ways[i].openers(server) {
				add(r)
			}
		}
	case Allowed:
		for _, r := range v.closers(server) {
			add(r)
		}
	}
	return list
}

// openers are what would open a way that the mesh closes.
func (w *Way) openers(server *Workload) []Remedy {
	who := "the client, which shows no identity"
	if w.Identity != "" {
		who = w.Identity
	}
	var list []Remedy
	for i := range w.Reasons {
		r := &w.Reasons[i]
		if r.Object == nil {
			continue
		}
		switch kind := r.Object.Kind; {
		case w.Transport == Broken && kind == "PeerAuthentication":
			list = append(list, Remedy{r.Object, "mode PERMISSIVE for the port; or connect from a pod of the mesh, through a Service"})
		case w.Transport == Broken && kind == "DestinationRule":
			list = append(list, Remedy{r.Object, "a TLS mode that the server takes"})
		case w.Access == Denied && kind == "AuthorizationPolicy" && r.Path == "spec.rules":
			list = append(list, Remedy{r.Object, "a rule that allows " + who})
		case w.Access == Denied && kind == "AuthorizationPolicy":
			list = append(list, Remedy{r.Object, string(r.Path) + " not to match " + who})
		case w.Access == Denied && kind == "Server":
			list = append(list, Remedy{nil, "an AuthorizationPolicy for Server " + r.Object.Name + " that authorises " + who})
		}
	}
	if w.Access == Denied && server.Plane == Linkerd && len(list) == 0 {
		list = append(list, Remedy{nil, "a Server for the port, with an AuthorizationPolicy that authorises " + who})
	}
	return list
}

// closers are what would close every way that the mesh leaves open.
func (v *Verdict) closers(server *Workload) []Remedy {
	if server.Plane == Linkerd {
		return []Remedy{{nil, "a Server for the port, with AuthorizationPolicies for those to let in"}}
	}
	list := []Remedy{{nil, "an AuthorizationPolicy that allows others only, by principals or namespaces"}}
	if !slices.ContainsFunc(v.Ways, func(w Way) bool { return w.Access == Allowed && w.Transport != PlaintextPossible }) {
		list = append(list, Remedy{nil, "a PeerAuthentication of mode STRICT: the client connects in the clear"})
	}
	return list
}
