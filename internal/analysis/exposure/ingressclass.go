package exposure

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The annotations of Ingresses.
const (
	ClassAnnotation = "kubernetes.io/ingress.class"
	NginxPrefix     = "nginx.ingress.kubernetes.io/"
)

// IngressNginx is the name of its controller in an IngressClass.
const IngressNginx = "k8s.io/ingress-nginx"

// ClassName is the class that an Ingress asks for, "" for the default one, and
// where it says so.
func ClassName(i *networkingv1.Ingress) (string, model.Path) {
	if i.Spec.IngressClassName != nil {
		return *i.Spec.IngressClassName, "spec.ingressClassName"
	}
	return i.Annotations[ClassAnnotation], model.Path("metadata.annotations").Child(ClassAnnotation)
}

// ControllerOf says which controller serves an Ingress: what its class names if
// that is known, else what the usual name of the class suggests; "" if neither
// says. It is not known when a gap hides the classes.
func ControllerOf(v *snapshot.View, i *networkingv1.Ingress) (controller string, known bool) {
	name, _ := ClassName(i)
	if name == "" {
		return "", true
	}
	switch class, presence := ClassObject(v, name); presence {
	case snapshot.Present:
		return class.Spec.Controller, true
	case snapshot.Undetermined:
		return "", false
	}
	return UsualController(i, name), true
}

// UsualController says which controller a class of that name belongs to nearly
// everywhere.
func UsualController(i *networkingv1.Ingress, name string) string {
	switch name {
	case "nginx":
		for key := range i.Annotations {
			if strings.HasPrefix(key, NginxPrefix) {
				return IngressNginx
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

// ClassObject finds an IngressClass. Files rarely hold it: there, one that was not
// supplied counts as absent.
func ClassObject(v *snapshot.View, name string) (*networkingv1.IngressClass, snapshot.Presence) {
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

// Covers reports whether the host of a TLS entry or certificate covers the host of
// a rule: it is the same, or a wildcard for its first label.
func Covers(pattern, host string) bool {
	if strings.EqualFold(pattern, host) {
		return true
	}
	rest, wildcard := strings.CutPrefix(pattern, "*.")
	_, parent, deeper := strings.Cut(host, ".")
	return wildcard && deeper && !strings.HasPrefix(host, "*.") && strings.EqualFold(parent, rest)
}

// Encrypted reports whether a TLS entry covers a host. One without hosts covers all.
func Encrypted(entries []networkingv1.IngressTLS, host string) bool {
	for n := range entries {
		if len(entries[n].Hosts) == 0 {
			return true
		}
		for _, pattern := range entries[n].Hosts {
			if host != "" && Covers(pattern, host) || pattern == "*" {
				return true
			}
		}
	}
	return false
}

// TLSElsewhere reports whether TLS is set up by other means than spec.tls, which
// many controllers have; undecided where they point out of sight.
func TLSElsewhere(i *networkingv1.Ingress, controller string) (ended, undecided bool) {
	switch controller {
	case "tailscale.com/ts-ingress", "strrl.dev/cloudflare-tunnel-ingress-controller", "k8s.ngrok.com/ingress-controller":
		return true, false // served by a provider that always encrypts
	}
	for key, value := range i.Annotations {
		switch key {
		case "alb.ingress.kubernetes.io/certificate-arn", "ingress.gcp.kubernetes.io/pre-shared-cert",
			"networking.gke.io/managed-certificates", "networking.gke.io/certmap",
			"appgw.ingress.kubernetes.io/appgw-ssl-certificate", "route.openshift.io/termination":
			ended = ended || value != ""
		case "alb.ingress.kubernetes.io/listen-ports":
			ended = ended || strings.Contains(value, "HTTPS")
		case "traefik.ingress.kubernetes.io/router.tls", NginxPrefix + "ssl-passthrough", NginxPrefix + "force-ssl-redirect",
			"haproxy.org/ssl-passthrough", "haproxy-ingress.github.io/ssl-passthrough", "ingress.kubernetes.io/ssl-passthrough":
			ended = ended || strings.EqualFold(value, "true")
		case "konghq.com/protocols":
			ended = ended || value == "https"
		case "traefik.ingress.kubernetes.io/router.entrypoints":
			undecided = undecided || strings.Contains(value, "secure")
		}
	}
	return ended, undecided
}

// CloudPlaintext reports whether the load balancer of a cloud provider is left to
// serve HTTP, and the annotation that decides.
func CloudPlaintext(i *networkingv1.Ingress, controller string) (key string, open bool) {
	switch {
	case strings.HasPrefix(controller, "ingress.gce.io/"):
		const allow = "kubernetes.io/ingress.allow-http"
		return allow, i.Annotations[allow] != "false" && i.Annotations["networking.gke.io/v1beta1.FrontendConfig"] == ""
	case controller == "ingress.k8s.aws/alb":
		const listen, redirect = "alb.ingress.kubernetes.io/listen-ports", "alb.ingress.kubernetes.io/ssl-redirect"
		ports := i.Annotations[listen]
		return listen, strings.Contains(ports, `"HTTP"`) && strings.Contains(ports, `"HTTPS"`) &&
			i.Annotations[redirect] == "" && i.Annotations["alb.ingress.kubernetes.io/actions.ssl-redirect"] == ""
	default:
		return "", false
	}
}
