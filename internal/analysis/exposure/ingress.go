package exposure

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ingress is an Ingress of the snapshot and what holds for all its rules.
type ingress struct {
	object     *snapshot.Object
	spec       *networkingv1.Ingress
	controller string // "": not known
	door       Path
}

func (b *builder) ingresses() {
	for object, spec := range each(b, kinds.Ingresses) {
		i := b.openIngress(object, spec)
		if spec.Spec.DefaultBackend != nil {
			b.ingressBackend(i, spec.Spec.DefaultBackend, "spec.defaultBackend", "", "")
		}
		for n := range spec.Spec.Rules {
			rule := &spec.Spec.Rules[n]
			if rule.HTTP == nil {
				continue // what matches goes to the default backend
			}
			for m := range rule.HTTP.Paths {
				p := &rule.HTTP.Paths[m]
				at := (model.Path("spec.rules").Index(n) + ".http.paths").Index(m) + ".backend"
				b.ingressBackend(i, &p.Backend, at, rule.Host, p.Path)
			}
		}
	}
}

// openIngress says what holds for all rules of an Ingress: who serves it, where, and
// to whom.
func (b *builder) openIngress(object *snapshot.Object, spec *networkingv1.Ingress) *ingress {
	i := &ingress{object: object, spec: spec, door: Path{Way: Ingress, Entry: object, Protocol: corev1.ProtocolTCP}}
	b.servedBy(i)
	for n := range spec.Status.LoadBalancer.Ingress {
		if in := &spec.Status.LoadBalancer.Ingress[n]; in.IP != "" {
			i.door.Addresses = append(i.door.Addresses, in.IP)
		} else if in.Hostname != "" {
			i.door.Addresses = append(i.door.Addresses, in.Hostname)
		}
	}
	i.door.Proxies = b.controllerPods(i.controller)
	i.restrict()
	return i
}

// servedBy finds the controller. A class that is missing makes the path no more than
// possible: controllers can be told to serve such Ingresses all the same.
func (b *builder) servedBy(i *ingress) {
	name, at := ClassName(i.spec)
	controller, known := ControllerOf(b.v, i.spec)
	door := &i.door
	i.controller = controller
	if name != "" {
		door.Evidence = append(door.Evidence, i.object.Evidence(at, name))
	}
	class, presence := ClassObject(b.v, name)
	switch {
	case name == "":
		b.servedByDefault(i)
	case class != nil:
		if object := b.v.Snapshot().Lookup(model.ID{Cluster: b.v.Settings().Cluster, Group: ingressGroup, Kind: "IngressClass", Name: name}); object != nil {
			door.Evidence = append(door.Evidence, object.Evidence("spec.controller", controller))
		}
		door.Conditions = append(door.Conditions, "the controller "+controller+" runs and can be reached")
	case i.spec.Spec.IngressClassName != nil && presence == snapshot.Absent && b.live:
		door.Possible = true
		door.Conditions = append(door.Conditions, "a controller serves the class "+name+", of which there is no IngressClass")
	case controller != "":
		door.Conditions = append(door.Conditions, "the controller "+controller+", to which the class "+name+" usually belongs, runs and can be reached")
	default:
		door.Conditions = append(door.Conditions, "a controller serves the class "+name)
	}
	if !known {
		door.Conditions = append(door.Conditions, "the class, which could not be read, means no other controller")
	}
}

// servedByDefault finds the class of an Ingress that names none.
func (b *builder) servedByDefault(i *ingress) {
	door := &i.door
	for object, class := range each(b, kinds.IngressClasses) {
		const key = "ingressclass.kubernetes.io/is-default-class"
		if class.Annotations[key] == "true" {
			i.controller = class.Spec.Controller
			door.Evidence = append(door.Evidence, object.Evidence(annotation(key), "true"))
			door.Conditions = append(door.Conditions, "the controller "+i.controller+" runs and can be reached")
			return
		}
	}
	door.Conditions = append(door.Conditions, "a controller serves Ingresses that name no class")
	door.Possible = b.live && b.knows(ingressGroup, "IngressClass", "")
}

// ingressBackend adds the paths of one rule.
func (b *builder) ingressBackend(i *ingress, to *networkingv1.IngressBackend, at model.Path, host, url string) {
	if to.Service == nil {
		if to.Resource != nil {
			b.obscure(i.object.Namespace, fmt.Sprintf("what %s leads to, a %s, is not understood", i.object.ID, to.Resource.Kind))
			b.breaks(Ingress, i.object, fmt.Sprintf("what the backend %s %s is, is not understood", to.Resource.Kind, to.Resource.Name), i.object.Evidence(at+".resource.name", to.Resource.Name))
		}
		return
	}
	number, name := to.Service.Port.Number, to.Service.Port.Name
	backends := b.backends(serviceName{i.object.Namespace, to.Service.Name}, func(p *corev1.ServicePort) bool {
		return name != "" && p.Name == name || name == "" && p.Port == number
	})
	shown := []model.Evidence{i.object.Evidence(at+".service.name", to.Service.Name), i.object.Evidence(at+".service.port", name+portOrNothing(number))}
	for _, found := range backends {
		if len(found.targets) == 0 {
			b.breaks(Ingress, i.object, found.reason, append(shown, found.evidence...)...)
			continue
		}
		for _, door := range i.doors(host) {
			door.Service, door.Host, door.URL = found.service.object, host, url
			door.InternalTrafficPolicy = found.service.internalPolicy()
			door.Evidence = append(append(door.Evidence[:len(door.Evidence):len(door.Evidence)], i.hostEvidence(at, host)...), shown...)
			b.add(found, door)
		}
	}
}

func portOrNothing(port int32) string {
	if port == 0 {
		return ""
	}
	return portText(port)
}

// hostEvidence shows the host of the rule that a backend stands in.
func (i *ingress) hostEvidence(at model.Path, host string) []model.Evidence {
	rule, _, in := strings.Cut(string(at), ".http.")
	if !in {
		return nil
	}
	return []model.Evidence{i.object.Evidence(model.Path(rule)+".host", host)}
}

// doors are the ports at which a host is served: with TLS, in plain text, or both.
func (i *ingress) doors(host string) []Path {
	door := i.door
	ended, undecided := TLSElsewhere(i.spec, i.controller)
	switch {
	case i.passthrough() != "":
		door.Port, door.TLS = 443, TLS{Mode: TLSPassthrough, Plain: i.plain()}
		door.Evidence = append(door.Evidence, i.object.Evidence(annotation(i.passthrough()), "true"))
	case Encrypted(i.spec.Spec.TLS, host):
		door.Port, door.TLS = 443, TLS{Mode: i.terminated(), Plain: i.plain()}
		door.Evidence = append(door.Evidence, i.object.Evidence("spec.tls", ""))
	case ended:
		door.Port, door.TLS = 443, TLS{Mode: i.terminated(), Plain: i.plain()}
	case undecided:
		return []Path{door}
	default:
		door.Port, door.TLS = 80, TLS{Mode: TLSNone}
		return []Path{door}
	}
	if door.TLS.Plain != PlainServed {
		return []Path{door}
	}
	plain := door
	plain.Port, plain.TLS = 80, TLS{Mode: TLSNone}
	return []Path{door, plain}
}

// passthrough names the annotation that leaves decrypting to the pods, or "".
func (i *ingress) passthrough() string {
	for _, key := range []string{NginxPrefix + "ssl-passthrough", "haproxy.org/ssl-passthrough", "haproxy-ingress.github.io/ssl-passthrough", "ingress.kubernetes.io/ssl-passthrough"} {
		if strings.EqualFold(i.spec.Annotations[key], "true") {
			return key
		}
	}
	return ""
}

// terminated says whether a controller that decrypts encrypts again.
func (i *ingress) terminated() TLSMode {
	for _, key := range []string{NginxPrefix + "backend-protocol", "alb.ingress.kubernetes.io/backend-protocol", "haproxy-ingress.github.io/backend-protocol"} {
		switch strings.ToUpper(i.spec.Annotations[key]) {
		case "HTTPS", "GRPCS", "H2-SSL", "H1-SSL":
			return TLSReencrypted
		}
	}
	return TLSTerminated
}

// plain says what becomes of plain HTTP where there is TLS. ingress-nginx redirects
// unless told otherwise (ssl-redirect, of its ConfigMap and annotations).
func (i *ingress) plain() Plain {
	if i.spec.Annotations[NginxPrefix+"force-ssl-redirect"] == "true" {
		return PlainRedirected
	}
	for _, key := range PlainRedirectKeys() {
		switch value, set := i.spec.Annotations[key]; {
		case set && strings.EqualFold(value, "false"):
			return PlainServed
		case set && strings.EqualFold(value, "true"):
			return PlainRedirected
		}
	}
	if _, open := CloudPlaintext(i.spec, i.controller); open {
		return PlainServed
	}
	switch {
	case i.controller == IngressNginx:
		return PlainRedirected
	case strings.HasPrefix(i.controller, "ingress.gce.io/") && i.spec.Annotations["kubernetes.io/ingress.allow-http"] == "false":
		return PlainRefused
	default:
		return PlainUnknown
	}
}

// PlainRedirectKeys are the annotations that say whether plain HTTP is redirected.
func PlainRedirectKeys() []string {
	return []string{NginxPrefix + "ssl-redirect", "ingress.kubernetes.io/ssl-redirect", "haproxy.org/ssl-redirect", "haproxy-ingress.github.io/ssl-redirect"}
}
