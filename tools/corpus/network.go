package main

import "fmt"

func (ns *namespace) service(s *service) mapping {
	if s.target == nil {
		return m("apiVersion", "v1", "kind", "Service", "metadata", ns.meta(s.name, nil),
			"spec", m("type", "ExternalName", "externalName", "legacy."+domain))
	}
	w := s.target
	number := 80
	if w.kind != "Deployment" {
		number = w.port
	}
	port := m("name", w.portName, "port", number, "targetPort", w.portName)
	if w.kind == "StatefulSet" && w.portName != "http" {
		port.add("protocol", "TCP")
	}
	spec := mapping{}
	if s.headless {
		spec.add("clusterIP", "None")
	}
	selector := ns.selector(w)
	if !s.good && !s.headless {
		switch ns.r.IntN(7) {
		case 0:
			spec.add("type", "NodePort")
		case 1:
			spec.add("type", "LoadBalancer")
		case 2:
			spec.add("externalIPs", seq{fmt.Sprintf("203.0.113.%d", between(ns.r, 1, 254))})
		case 3:
			selector = m("app", w.name+"-old")
		case 4:
			port.set("targetPort", 8081)
		}
	} else if chance(ns.r, 0.2) && !s.headless {
		spec.add("type", "ClusterIP")
	}
	spec.add("selector", selector)
	spec.add("ports", seq{port})
	return m("apiVersion", "v1", "kind", "Service", "metadata", ns.meta(s.name, ns.labels(w)), "spec", spec)
}

func (ns *namespace) ingress(i int) (mapping, bool) {
	r, good := ns.r, ns.good()
	noun := ns.team.nouns[i%len(ns.team.nouns)]
	name := ns.names.name(noun + "-ingress")
	host := noun + "." + ns.name + "." + domain
	backend, port := noun+"-web", 80
	for _, s := range ns.services {
		if s.target != nil && s.target.kind == "Deployment" && (good || chance(r, 0.7)) {
			backend = s.name
			if good == s.good {
				break
			}
		}
	}
	annotations := m("nginx.ingress.kubernetes.io/proxy-body-size", "8m")
	var tls seq
	if good {
		secret := name + "-tls"
		for _, s := range ns.secrets {
			if s.kind == "kubernetes.io/tls" {
				secret = s.name
			}
		}
		tls = seq{m("hosts", seq{host}, "secretName", secret)}
		annotations.add("cert-manager.io/cluster-issuer", "letsencrypt")
	} else {
		host = pick(r, []string{host, "", "*." + domain})
		annotations.add(pick(r, []string{"nginx.ingress.kubernetes.io/ssl-redirect", "nginx.ingress.kubernetes.io/enable-access-log"}), "false")
		if chance(r, 0.3) {
			annotations.add("nginx.ingress.kubernetes.io/configuration-snippet", block("more_set_headers \"X-Debug: on\";\nproxy_set_header Authorization \"\";\n"))
		}
	}
	api := ns.api("Ingress", good)
	meta := ns.meta(name, nil)
	meta.set("annotations", annotations)
	rule := m("host", host, "http", m("paths", seq{ingressPath(api, backend, port)}))
	spec := m("ingressClassName", "nginx", "tls", tls, "rules", seq{rule})
	if api == "extensions/v1beta1" {
		spec.drop("ingressClassName")
	}
	return m("apiVersion", api, "kind", "Ingress", "metadata", meta, "spec", spec), good
}

func ingressPath(api, service string, port int) mapping {
	if api != current("Ingress") {
		return m("path", "/", "backend", m("serviceName", service, "servicePort", port))
	}
	return m("path", "/", "pathType", "Prefix", "backend", m("service", m("name", service, "port", m("number", port))))
}

// networkPolicy denies by default first, and then allows for one workload.
func (ns *namespace) networkPolicy(i int) (mapping, bool) {
	good := ns.good()
	name, spec := "default-deny", m("podSelector", raw("{}"), "policyTypes", seq{"Ingress", "Egress"})
	switch {
	case i == 0 && good:
	case good && len(ns.workloads) > 0:
		w := pick(ns.r, ns.workloads)
		name, spec = "allow-"+w.name, ns.allow(w)
	case good:
		name = "allow-dns"
		spec.add("egress", seq{dns()})
	default:
		name, spec = pick(ns.r, []string{"allow-all", "open", "legacy", "tmp-debug"}), ns.tooWide()
	}
	return m("apiVersion", ns.api("NetworkPolicy", good), "kind", "NetworkPolicy", "metadata", ns.meta(ns.names.name(name), nil), "spec", spec), good
}

func dns() mapping {
	return m("to", seq{m("namespaceSelector", m("matchLabels", m("kubernetes.io/metadata.name", "kube-system")),
		"podSelector", m("matchLabels", m("k8s-app", "kube-dns")))},
		"ports", seq{m("protocol", "UDP", "port", 53), m("protocol", "TCP", "port", 53)})
}

func (ns *namespace) allow(w *workload) mapping {
	from := m("from", seq{m("podSelector", m("matchLabels", m("team", ns.team.name)))})
	if chance(ns.r, 0.4) {
		from = m("from", seq{m("namespaceSelector", m("matchLabels", m("kubernetes.io/metadata.name", "ingress-nginx")))})
	}
	if w.port > 0 {
		from.add("ports", seq{m("protocol", "TCP", "port", w.portName)})
	}
	out := m("podSelector", m("matchLabels", ns.selector(w)), "policyTypes", seq{"Ingress", "Egress"}, "ingress", seq{from})
	egress := seq{dns()}
	if chance(ns.r, 0.4) {
		egress = append(egress, m("to", seq{m("ipBlock", m("cidr", "10.20.0.0/16", "except", seq{"10.20.255.0/24"}))},
			"ports", seq{m("protocol", "TCP", "port", 5432, "endPort", 5440)}))
	}
	out.add("egress", egress)
	return out
}

func (ns *namespace) tooWide() mapping {
	any := m("ipBlock", m("cidr", "0.0.0.0/0"))
	return pick(ns.r, []mapping{
		m("podSelector", raw("{}"), "ingress", raw("[{}]")),
		m("podSelector", raw("{}"), "policyTypes", seq{"Egress"}, "egress", seq{m("to", seq{any})}),
		m("podSelector", raw("{}"), "ingress", seq{m("from", seq{m("namespaceSelector", raw("{}"))})}),
		m("podSelector", m("matchLabels", m("app", "renamed-long-ago")), "ingress", raw("[]")),
		m("podSelector", m("matchExpressions", seq{m("key", "app", "operator", "NotIn", "values", seq{"vault"})}),
			"ingress", seq{m("from", seq{m("ipBlock", m("cidr", "10.0.0.0/8", "except", seq{"10.96.0.0/12"})), m("podSelector", raw("{}"))})}),
	})
}
