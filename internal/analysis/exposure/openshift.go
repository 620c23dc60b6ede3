package exposure

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// openshiftRoute is the part of a Route of route.openshift.io/v1 that is read here
// (github.com/openshift/api/route/v1, types.go).
type openshiftRoute struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Host              string            `json:"host"`
		Path              string            `json:"path"`
		To                openshiftTarget   `json:"to"`
		AlternateBackends []openshiftTarget `json:"alternateBackends"`
		Port              *struct {
			TargetPort intstr.IntOrString `json:"targetPort"`
		} `json:"port"`
		TLS *struct {
			Termination string `json:"termination"`
			Insecure    string `json:"insecureEdgeTerminationPolicy"`
		} `json:"tls"`
	} `json:"spec"`
}

type openshiftTarget struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Weight *int32 `json:"weight"`
}

var openshiftRoutes = kinds.Of[openshiftRoute]("route.openshift.io", "Route")

func (b *builder) openshift() {
	for object, r := range each(b, openshiftRoutes) {
		b.openshiftBackend(object, r, &r.Spec.To, "spec.to")
		for i := range r.Spec.AlternateBackends {
			b.openshiftBackend(object, r, &r.Spec.AlternateBackends[i], model.Path("spec.alternateBackends").Index(i))
		}
	}
}

func (b *builder) openshiftBackend(object *snapshot.Object, r *openshiftRoute, to *openshiftTarget, at model.Path) {
	if to.Weight != nil && *to.Weight == 0 {
		return
	}
	shown := []model.Evidence{object.Evidence("spec.host", r.Spec.Host), object.Evidence(at+".name", to.Name)}
	if to.Kind != "" && to.Kind != "Service" {
		b.breaks(Route, object, "what the backend "+to.Kind+" "+to.Name+" is, is not understood", shown...)
		b.obscure(b.home(object), "what "+object.ID.String()+" leads to, a "+to.Kind+", is not understood")
		return
	}
	for _, found := range r.narrow(b.backends(serviceName{b.home(object), to.Name}, r.means)) {
		if len(found.targets) == 0 {
			b.breaks(Route, object, found.reason, append(shown, found.evidence...)...)
			continue
		}
		for _, door := range openshiftDoors(object, r) {
			door.Evidence = append(shown[:len(shown):len(shown)], door.Evidence...)
			door.Service, door.InternalTrafficPolicy = found.service.object, found.service.internalPolicy()
			b.add(found, door)
		}
	}
}

// means reports whether the router may send to a port of the Service: its name or its
// target is the one that the Route names, and without one every port is meant. What a
// named target is the pods say: see narrow.
func (r *openshiftRoute) means(p *corev1.ServicePort) bool {
	if r.Spec.Port == nil {
		return true
	}
	want := &r.Spec.Port.TargetPort
	if want.Type == intstr.String {
		return p.Name == want.StrVal || p.TargetPort.StrVal == want.StrVal || strconv.Itoa(int(p.TargetPort.IntVal)) == want.StrVal
	}
	return p.TargetPort.IntVal == want.IntVal || p.TargetPort.Type == intstr.String
}

// narrow leaves the targets at the port that a Route gives by number, and of backends
// those that have some, if any has.
func (r *openshiftRoute) narrow(backends []backend) []backend {
	some := slices.ContainsFunc(backends, func(b backend) bool { return len(b.targets) > 0 })
	if !some || r.Spec.Port == nil || r.Spec.Port.TargetPort.Type == intstr.String {
		return backends
	}
	want := r.Spec.Port.TargetPort.IntVal
	var left []backend
	for _, found := range backends {
		found.targets = slices.DeleteFunc(found.targets, func(d destination) bool { return d.Port != want })
		if len(found.targets) > 0 {
			left = append(left, found)
		}
	}
	if len(left) == 0 {
		return []backend{{reason: "no port of Service " + r.Spec.To.Name + " leads to port " + portText(want)}}
	}
	return left
}

// openshiftDoors are the ports at which the router serves a Route: by default it
// serves plain HTTP beside no kind of TLS.
func openshiftDoors(object *snapshot.Object, r *openshiftRoute) []Path {
	door := Path{
		Way: Route, Entry: object, Host: r.Spec.Host, URL: r.Spec.Path, Protocol: corev1.ProtocolTCP, Port: 80,
		Sources: Sources{Audience: Anyone}, Conditions: []string{"an ingress controller of OpenShift serves the route and can be reached"},
		TLS: TLS{Mode: TLSNone},
	}
	restrictRoute(&door, object, r)
	if r.Spec.TLS == nil || r.Spec.TLS.Termination == "" {
		door.Evidence = append(door.Evidence, object.Evidence("spec.tls.termination", ""))
		return []Path{door}
	}
	plain := door
	door.Port = 443
	door.Evidence = append(door.Evidence[:len(door.Evidence):len(door.Evidence)], object.Evidence("spec.tls.termination", r.Spec.TLS.Termination))
	switch r.Spec.TLS.Termination {
	case "edge":
		door.TLS.Mode = TLSTerminated
	case "reencrypt":
		door.TLS.Mode = TLSReencrypted
	case "passthrough":
		door.TLS.Mode = TLSPassthrough
	default:
		door.TLS.Mode = TLSUnknown
	}
	switch cmp.Or(r.Spec.TLS.Insecure, "None") {
	case "Redirect":
		door.TLS.Plain = PlainRedirected
	case "Allow":
		door.TLS.Plain = PlainServed
		plain.Evidence = append(plain.Evidence[:len(plain.Evidence):len(plain.Evidence)], object.Evidence("spec.tls.insecureEdgeTerminationPolicy", "Allow"))
		return []Path{door, plain}
	case "None":
		door.TLS.Plain = PlainRefused
	}
	return []Path{door}
}

// restrictRoute reads the annotation that admits clients by address. The router
// leaves it aside if it has more than 61 entries or one that is no address
// (https://docs.openshift.com/container-platform/latest/networking/routes/route-configuration.html).
func restrictRoute(door *Path, object *snapshot.Object, r *openshiftRoute) {
	for _, key := range []string{"haproxy.router.openshift.io/ip_allowlist", "haproxy.router.openshift.io/ip_whitelist"} {
		value := r.Annotations[key]
		if value == "" {
			continue
		}
		door.Evidence = append(door.Evidence, object.Evidence(annotation(key), value))
		texts := splitList(value, " ")
		prefixes := parseBlocks(texts)
		if len(prefixes) < len(texts) || everyAddress(prefixes) {
			continue
		}
		door.Sources = Sources{Audience: Listed, Ranges: prefixes}
		return
	}
}
