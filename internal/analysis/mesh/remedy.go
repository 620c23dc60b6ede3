package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Remedy is a change of a mesh after which a verdict would be another one.
type Remedy struct {
	Object *snapshot.Object // that would change; nil for a new one
	Text   string
}

// Remedies are what would let in a client that the mesh keeps out of a server, or keep
// out one that it lets in. There are none where the verdict is not known.
func (v *Verdict) Remedies(server *Workload) []Remedy {
	switch v.Access {
	case Denied:
		return v.openers(server)
	case Conditional:
		return v.wideners()
	case Allowed:
		return v.closers(server)
	default:
		return nil
	}
}

// openers are what would open a way. One that policies close is nearer to that than one
// over which no connection comes about.
func (v *Verdict) openers(server *Workload) []Remedy {
	var list []Remedy
	for _, broken := range []bool{false, true} {
		for i := range v.Ways {
			way := &v.Ways[i]
			if (way.Transport == Broken) != broken || broken && len(list) > 0 {
				continue
			}
			for j := range way.Reasons {
				if r, ok := way.opener(&way.Reasons[j]); ok && !slices.Contains(list, r) {
					list = append(list, r)
				}
			}
		}
	}
	if len(list) == 0 && server.Plane == Linkerd {
		list = append(list, Remedy{nil, "a Server for the port, with an AuthorizationPolicy that authorises " + v.Ways[0].client()})
	}
	return list
}

// client names the client of a way as its server sees it.
func (w *Way) client() string {
	if w.Identity == "" {
		return "a client that shows no identity"
	}
	return w.Identity
}

// opener is the change of what a reason rests on.
func (w *Way) opener(r *Reason) (Remedy, bool) {
	if r.Object == nil {
		return Remedy{}, false
	}
	text := ""
	switch kind := r.Object.Kind; {
	case w.Transport == Broken && kind == "PeerAuthentication":
		text = "mode PERMISSIVE for the port, as far as policies let plaintext in; or a client of the mesh, through a Service"
	case w.Transport == Broken && kind == "DestinationRule":
		text = "a TLS mode that the server takes"
	case w.Access == Denied && kind == "AuthorizationPolicy" && r.Path == "spec.rules":
		text = "a rule that allows " + w.client()
	case w.Access == Denied && kind == "AuthorizationPolicy":
		text = string(r.Path) + " not to match " + w.client()
	case w.Access == Denied && kind == "Server":
		return Remedy{nil, "an AuthorizationPolicy for Server " + r.Object.Name + " that authorises " + w.client()}, true
	}
	return Remedy{r.Object, text}, text != ""
}

// wideners are the rules whose conditions keep some requests out.
func (v *Verdict) wideners() []Remedy {
	var list []Remedy
	for i := range v.Ways {
		if v.Ways[i].Access != Conditional {
			continue
		}
		for _, r := range v.Ways[i].Reasons {
			if r.Object != nil && strings.HasPrefix(string(r.Path), "spec.rules[") {
				if widened := (Remedy{r.Object, string(r.Path) + " without its conditions"}); !slices.Contains(list, widened) {
					list = append(list, widened)
				}
			}
		}
	}
	return list
}

// closers are what would close every way that the mesh leaves open; none where one
// passes the proxy by.
func (v *Verdict) closers(server *Workload) []Remedy {
	open := func(w Way) bool { return w.Access == Allowed }
	switch {
	case slices.ContainsFunc(v.Ways, func(w Way) bool { return open(w) && w.Unguarded }):
		return nil
	case server.Plane == Linkerd:
		return []Remedy{{nil, "a Server for the port, with AuthorizationPolicies for those to let in"}}
	}
	list := []Remedy{{nil, "an AuthorizationPolicy that allows others only, by principals or namespaces"}}
	if !slices.ContainsFunc(v.Ways, func(w Way) bool { return open(w) && w.Transport != PlaintextPossible }) {
		list = append(list, Remedy{nil, "a PeerAuthentication of mode STRICT: the client connects in the clear"})
	}
	return list
}
