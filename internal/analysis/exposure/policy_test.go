package exposure

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

const guarded = alone + `---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {%s, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [%s]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: ingress-nginx}
spec:
  selector: {matchLabels: {app: nginx}}
  template: {metadata: {labels: {app: nginx}}, spec: {containers: [{name: c, image: "registry.k8s.io/ingress-nginx/controller:v1.11.1"}]}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: other}
spec: {controller: example.com/other}
`

const throughIngress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {ingressClassName: %s, defaultBackend: {service: {name: web, port: {number: 80}}}}
`

// What policies make of each way in, of what they see: the client's address, a node's
// in its place, or a proxy.
func TestInbound(t *testing.T) {
	const local, fromOffice = "type: NodePort, externalTrafficPolicy: Local", "{from: [{ipBlock: {cidr: 203.0.113.0/25}}]}"
	const fromNginx = "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]}"
	for name, c := range map[string]struct {
		service, rule, more string
		want                string
		workload            Verdict
	}{
		"all":                         {local, "{}", "", "node-port exposed []", Exposed},
		"none":                        {local, "", "", "node-port denied []", NotExposed},
		"some addresses":              {local, fromOffice, "", "node-port exposed [203.0.113.0-203.0.113.127]", Exposed},
		"another port":                {local, "{ports: [{port: 9}]}", "", "node-port denied []", NotExposed},
		"ranges that meet":            {"type: LoadBalancer, allocateLoadBalancerNodePorts: false, externalTrafficPolicy: Local, loadBalancerSourceRanges: [203.0.113.0/26]", fromOffice, "", "load-balancer exposed [], node-port exposed [203.0.113.0-203.0.113.127]", Exposed},
		"ranges apart":                {"type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [198.51.100.0/24]", fromOffice, "", "load-balancer denied [], node-port exposed [203.0.113.0-203.0.113.127]", Exposed},
		"none, by a node":             {"type: NodePort", "", "", "node-port undefined []", Undefined},
		"some, by a node":             {"type: NodePort", fromOffice, "", "node-port undefined []", Undefined},
		"all, by a node":              {"type: NodePort", "{}", "", "node-port exposed []", Exposed},
		"a proxy that is let through": {"type: ClusterIP", fromNginx, fmt.Sprintf(throughIngress, "nginx"), "ingress exposed []", Exposed},
		"a proxy that is not":         {"type: ClusterIP", fromOffice, fmt.Sprintf(throughIngress, "nginx"), "ingress denied []", NotExposed},
		"a proxy that is not known":   {"type: ClusterIP", fromNginx, fmt.Sprintf(throughIngress, "other"), "ingress unknown []", Unknown},
		"whatever the proxy is":       {"type: ClusterIP", "{}", fmt.Sprintf(throughIngress, "other"), "ingress exposed []", Exposed},
		"whatever it is, none":        {"type: ClusterIP", "", fmt.Sprintf(throughIngress, "other"), "ingress denied []", NotExposed},
		"a policy not understood":     {local, "{}", "---\napiVersion: crd.nsx.vmware.com/v1alpha1\nkind: SecurityPolicy\nmetadata: {name: x, namespace: shop}\nspec: {endpointSelector: {}}\n", "node-port unknown []", Unknown},
	} {
		v := running(decode(t, "f", fmt.Sprintf(guarded, c.service, c.rule)+c.more)...).View()
		for _, s := range Of(v, "").Standings(v, Under(v, netpol.Profile{}), nil) {
			if s.Workload.Object.Name != "web" {
				continue
			}
			var got []string
			for _, e := range s.Entrances {
				got = append(got, fmt.Sprintf("%s %s %v", e.Way, e.Verdict, e.Passage.From))
			}
			if text := strings.Join(got, ", "); text != c.want || s.Verdict != c.workload {
				t.Errorf("%s: %s (%s), want %s (%s)", name, text, s.Verdict, c.want, c.workload)
			}
		}
	}
}

// Files do not show every pod: what lets some of them through may let the proxy through,
// or a pod of another namespace be reached.
func TestPodsThatFilesLack(t *testing.T) {
	for name, c := range map[string]struct {
		rule, egress string
		in, across   netpol.Verdict
	}{
		"another namespace":   {"{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}]}", "", netpol.Unknown, netpol.Unknown},
		"nobody":              {"", "", netpol.Denied, netpol.Unknown},
		"nobody, nowhere":     {"", "egress: []", netpol.Denied, netpol.Denied},
		"nobody, some others": {"", "egress: [{to: [{namespaceSelector: {matchLabels: {a: b}}}]}]", netpol.Denied, netpol.Unknown},
	} {
		text := fmt.Sprintf(guarded, "type: ClusterIP", c.rule) + fmt.Sprintf(throughIngress, "other") +
			"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shut, namespace: ingress-nginx}\nspec: {podSelector: {}}\n"
		if c.egress != "" {
			text += "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Egress], " + c.egress + "}\n"
		}
		v := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, decode(t, "f", text)...).View()
		l, m := Under(v, netpol.Profile{}), Of(v, "")
		for i := range m.Paths {
			if p := &m.Paths[i]; p.Way.Proxied() && l.Inbound(p).Verdict != c.in {
				t.Errorf("%s: the ingress is %s", name, l.Inbound(p).Verdict)
			}
		}
		web := l.endsOf(m.Paths[0].Target.Workload)[0]
		if got := l.outOf(web, &Destination{Goal: OtherNamespaces}).Verdict; got != c.across {
			t.Errorf("%s: other namespaces are %s", name, got)
		}
	}
}

// The policies that decide are named with their rule and line.
func TestDeciders(t *testing.T) {
	v := running(decode(t, "f.yaml", fmt.Sprintf(guarded, "type: NodePort, externalTrafficPolicy: Local", "{from: [{ipBlock: {cidr: 203.0.113.0/25}}]}"))...).View()
	l := Under(v, netpol.Profile{})
	m := Of(v, "")
	passage := l.Inbound(&m.Paths[0])
	reasons := l.Deciders(&passage)
	if len(reasons) != 1 || reasons[0].Policy.Name != "guard" || reasons[0].Rule != 0 || reasons[0].Effect != netpol.Allows || reasons[0].Evidence[0].Line == 0 {
		t.Errorf("%+v", reasons)
	}
}

// What pods reach, as egress rules say.
func TestOutbound(t *testing.T) {
	const cluster = alone + `---
apiVersion: v1
kind: Pod
metadata: {name: peer, namespace: other}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.2]}]
ports: [{name: https, port: 6443}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [%s]}
`
	for name, c := range map[string]struct{ rules, want string }{
		"none":                    {"", "internet denied, cloud-metadata denied, api-server denied, kubelet denied, other-namespaces denied"},
		"all":                     {"{}", "internet allowed, cloud-metadata allowed, api-server allowed, kubelet allowed, other-namespaces allowed"},
		"all but metadata":        {"{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16, 100.64.0.0/10, 168.63.129.16/32]}}]}", "internet allowed, cloud-metadata denied, api-server allowed, kubelet allowed, other-namespaces undefined"},
		"private networks":        {"{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}", "internet denied, cloud-metadata denied, api-server allowed, kubelet allowed, other-namespaces undefined"},
		"the kubelet's port":      {"{ports: [{port: 10250}], to: [{ipBlock: {cidr: 10.0.0.1/32}}]}", "internet denied, cloud-metadata denied, api-server denied, kubelet allowed, other-namespaces undefined"},
		"the metadata service v6": {"{ports: [{port: 80}], to: [{ipBlock: {cidr: \"fd00:ec2::254/128\"}}]}", "internet denied, cloud-metadata allowed, api-server denied, kubelet denied, other-namespaces undefined"},
		"names only":              {"{ports: [{port: 53, protocol: UDP}], to: [{namespaceSelector: {}}]}", "internet denied, cloud-metadata denied, api-server denied, kubelet denied, other-namespaces allowed"},
		"a port of the internet":  {"{ports: [{port: 443}], to: [{ipBlock: {cidr: 198.51.100.0/24}}]}", "internet allowed, cloud-metadata denied, api-server denied, kubelet denied, other-namespaces denied"},
	} {
		v := running(decode(t, "f", fmt.Sprintf(cluster, c.rules))...).View()
		l := Under(v, netpol.Profile{})
		var got []string
		for _, w := range Workloads(v) {
			for _, d := range Destinations(v) {
				if w.Object.Name == "web" {
					passage := l.Outbound(w, &d)
					got = append(got, fmt.Sprintf("%s %s", d.Goal, passage.Verdict))
				}
			}
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, text, c.want)
		}
	}
}

// Where the addresses of a destination are not known, only what holds for all of them
// is said.
func TestOutboundToNowhereKnown(t *testing.T) {
	policy := func(rules string) string {
		return alone + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: guard, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Egress], egress: [" + rules + "]}\n"
	}
	for rules, want := range map[string]netpol.Verdict{
		"": netpol.Denied, "{}": netpol.Allowed, "{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}": netpol.Unknown,
	} {
		v := written(decode(t, "f", policy(rules))...).View()
		l := Under(v, netpol.Profile{})
		for _, d := range Destinations(v) {
			if d.Goal != APIServer && d.Goal != Kubelet {
				continue
			}
			if got := l.Outbound(Workloads(v)[0], &d); got.Verdict != want {
				t.Errorf("%q: %s is %s, want %s", rules, d.Goal, got.Verdict, want)
			}
		}
	}
}

// The internet is what no registry has set aside.
func TestPublicRanges(t *testing.T) {
	var texts []string
	for _, r := range publicRanges() {
		texts = append(texts, r.String())
	}
	want := "1.0.0.0-9.255.255.255 11.0.0.0-100.63.255.255 100.128.0.0-126.255.255.255 128.0.0.0-169.253.255.255 169.255.0.0-172.15.255.255 " +
		"172.32.0.0-192.167.255.255 192.169.0.0-198.17.255.255 198.20.0.0-223.255.255.255 2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	if got := strings.Join(texts, " "); got != want {
		t.Errorf("got %s", got)
	}
}
