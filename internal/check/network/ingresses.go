package network

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	ingressKind     = "networking.k8s.io/Ingress"
	classAnnotation = "kubernetes.io/ingress.class"
	nginxPrefix     = "nginx.ingress.kubernetes.io/"
	ingressNginx    = "k8s.io/ingress-nginx"
)

// ingress returns the judged Ingress, or nil after saying that it is unknown or
// does not count: what cert-manager puts up for a moment to prove who owns a name.
func ingress(c *check.Case) *networkingv1.Ingress {
	i, err := kinds.Ingresses.Read(c.Object)
	switch {
	case err != nil:
		c.Unknown()
		return nil
	case i.Labels["acme.cert-manager.io/http01-solver"] == "true":
		c.Skip()
		return nil
	}
	return i
}

// className is the class that an Ingress asks for, "" for the default one, and
// where it says so.
func className(i *networkingv1.Ingress) (string, model.Path) {
	if i.Spec.IngressClassName != nil {
		return *i.Spec.IngressClassName, "spec.ingressClassName"
	}
	return i.Annotations[classAnnotation], model.Path("metadata.annotations").Child(classAnnotation)
}

// controllerOf says which controller serves an Ingress: what its class names if
// that is known, else what the usual name of the class suggests; "" if neither
// says. It is not known when a gap hides the classes.
func controllerOf(v *snapshot.View, i *networkingv1.Ingress) (controller string, known bool) {
	name, _ := className(i)
	if name == "" {
		return "", true
	}
	switch class, presence := classObject(v, name); presence {
	case snapshot.Present:
		return class.Spec.Controller, true
	case snapshot.Undetermined:
		return "", false
	}
	return usualController(i, name), true
}

// usualController says which controller a class of that name belongs to nearly
// everywhere.
func usualController(i *networkingv1.Ingress, name string) string {
	switch name {
	case "nginx":
		for key := range i.Annotations {
			if strings.HasPrefix(key, nginxPrefix) {
				return ingressNginx
			}
		}
		return ""
	case "alb":
		return "ingress.k8s.aws/alb"
	case "gce", "gce-internal":
		return "ingress.gce.io/" + name
	case "tailscale":
		return "tailscale.com/ts-ingress"
	case "cloudflare-tunnel":
		return "strrl.dev/cloudflare-tunnel-ingress-controller"
	case "ngrok":
		return "k8s.ngrok.com/ingress-controller"
	default:
		return ""
	}
}

// classObject finds an IngressClass. Files rarely hold it: there, one that was not
// supplied counts as absent.
func classObject(v *snapshot.View, name string) (*networkingv1.IngressClass, snapshot.Presence) {
	id := model.ID{Cluster: v.Settings().Cluster, Group: "networking.k8s.io", Kind: "IngressClass", Name: name}
	if !v.Settings().Live && v.Snapshot().Lookup(id) == nil {
		if v.Unread(id.Scope()) {
			return nil, snapshot.Undetermined
		}
		return nil, snapshot.Absent
	}
	_, class, presence := snapshot.Get(v, kinds.IngressClasses, "", name)
	return class, presence
}

// annotation returns a field of the annotations as evidence shows it.
func annotation(key string) model.Path { return model.Path("metadata.annotations").Child(key) }

// covers reports whether the host of a TLS entry or certificate covers the host of
// a rule: it is the same, or a wildcard for its first label.
func covers(pattern, host string) bool {
	if strings.EqualFold(pattern, host) {
		return true
	}
	rest, wildcard := strings.CutPrefix(pattern, "*.")
	_, parent, deeper := strings.Cut(host, ".")
	return wildcard && deeper && !strings.HasPrefix(host, "*.") && strings.EqualFold(parent, rest)
}

// classOf is the class that an Ingress asks for, "" for the default one.
func classOf(i *networkingv1.Ingress) string {
	name, _ := className(i)
	return name
}
