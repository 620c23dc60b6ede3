package exposure

import (
	"net/netip"
	"strings"
)

// restriction is an annotation by which one controller admits or refuses networks.
type restriction struct {
	key, controller string
	refuses         bool
}

// restrictions lists them by controller, as its documentation has them.
func restrictions() []restriction {
	const (
		haproxy    = "haproxy.org/ingress-controller"
		jcmoraisjr = "haproxy-ingress.github.io/controller"
	)
	return []restriction{
		{key: NginxPrefix + "whitelist-source-range", controller: IngressNginx},
		{key: NginxPrefix + "allowlist-source-range", controller: IngressNginx},
		{key: NginxPrefix + "denylist-source-range", controller: IngressNginx, refuses: true},
		{key: "haproxy.org/allow-list", controller: haproxy}, {key: "haproxy.org/whitelist", controller: haproxy},
		{key: "haproxy.org/deny-list", controller: haproxy, refuses: true}, {key: "haproxy.org/blacklist", controller: haproxy, refuses: true},
		{key: "haproxy-ingress.github.io/allowlist-source-range", controller: jcmoraisjr},
		{key: "haproxy-ingress.github.io/whitelist-source-range", controller: jcmoraisjr},
		{key: "haproxy-ingress.github.io/denylist-source-range", controller: jcmoraisjr, refuses: true},
		{key: "alb.ingress.kubernetes.io/inbound-cidrs", controller: controllerALB},
		{key: "haproxy.router.openshift.io/ip_whitelist", controller: "openshift.io/ingress-to-route"},
		{key: "haproxy.router.openshift.io/ip_allowlist", controller: "openshift.io/ingress-to-route"},
	}
}

const controllerALB = "ingress.k8s.aws/alb"

// restrict says who the controller lets in. An annotation of another controller than
// the one that serves the Ingress restricts nothing.
func (i *ingress) restrict() {
	door := &i.door
	door.Sources.Audience = i.audience()
	for _, r := range restrictions() {
		value := i.spec.Annotations[r.key]
		if value == "" || i.controller != "" && i.controller != r.controller {
			continue // it says nothing to this controller
		}
		door.Evidence = append(door.Evidence, i.object.Evidence(annotation(r.key), value))
		texts := splitList(value, ", ")
		prefixes := parseBlocks(texts)
		switch {
		case i.controller == "":
			door.Conditions = append(door.Conditions, "the client is one that "+r.key+" lets through, if the controller is "+r.controller)
		case len(prefixes) < len(texts):
			door.Conditions = append(door.Conditions, "the controller lets the client through: some of "+r.key+" is no address block")
		case r.refuses:
			door.Sources.Except = append(door.Sources.Except, prefixes...)
		case !everyAddress(prefixes):
			door.Sources.Ranges = prefixes
			if door.Sources.Audience == Anyone {
				door.Sources.Audience = Listed
			}
		}
	}
	i.beyondAddresses()
}

// audience is who can reach the controller's load balancer, as far as the Ingress
// says.
func (i *ingress) audience() Audience {
	switch i.controller {
	case controllerALB:
		if i.spec.Annotations["alb.ingress.kubernetes.io/scheme"] != "internet-facing" {
			return PrivateNetwork
		}
		if i.spec.Annotations["alb.ingress.kubernetes.io/security-groups"] != "" {
			return Filtered
		}
	case "ingress.gce.io/gce-internal":
		return PrivateNetwork
	case "tailscale.com/ts-ingress":
		if i.spec.Annotations["tailscale.com/funnel"] != "true" {
			return PrivateNetwork
		}
	case "azure/application-gateway":
		if i.spec.Annotations["appgw.ingress.kubernetes.io/use-private-ip"] == "true" {
			return PrivateNetwork
		}
	}
	return Anyone
}

// beyondAddresses notes what a controller demands of clients beside their address.
func (i *ingress) beyondAddresses() {
	for _, demand := range [][2]string{
		{NginxPrefix + "auth-tls-secret", "the client has a certificate"},
		{NginxPrefix + "auth-url", "the client is authenticated"},
		{NginxPrefix + "auth-type", "the client is authenticated"},
		{"alb.ingress.kubernetes.io/auth-type", "the client is authenticated"},
		{"traefik.ingress.kubernetes.io/router.middlewares", "the middlewares let the request through"},
		{"konghq.com/plugins", "the plugins let the request through"},
	} {
		value := i.spec.Annotations[demand[0]]
		if value == "" || value == "none" {
			continue
		}
		i.door.Evidence = append(i.door.Evidence, i.object.Evidence(annotation(demand[0]), value))
		i.door.Conditions = append(i.door.Conditions, demand[1]+" ("+demand[0]+")")
	}
}

// parseBlocks parses address blocks and single addresses.
func parseBlocks(texts []string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range texts {
		if !strings.Contains(text, "/") {
			if address, err := netip.ParseAddr(text); err == nil {
				prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			}
			continue
		}
		if prefix, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}
