package generate_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// running is a snapshot of a running cluster.
func running(t testing.TB, text string) *snapshot.Snapshot {
	t.Helper()
	var changes []snapshot.Change
	for _, gk := range netpol.Kinds() {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
	}
	document.NewDecoder("").Decode(document.Text{Data: []byte(text)}, func(c snapshot.Change) {
		if c.Gap != nil {
			t.Fatal(c.Gap.Reason)
		}
		changes = append(changes, c)
	})
	return snapshot.New(snapshot.Settings{Live: true, Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
}

const shop = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d1}
spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-7d9c6b8f5, namespace: shop, uid: r1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d1, controller: true}]}
spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-7d9c6b8f5-x2v4k, namespace: shop, labels: {app: web, pod-template-hash: 7d9c6b8f5}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-7d9c6b8f5, uid: r1, controller: true}]}
spec: {nodeName: n1, containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.1.5, podIPs: [{ip: 10.244.1.5}, {ip: "fd00:1::5"}], hostIPs: [{ip: 10.0.0.4}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data, uid: s1}
spec: {replicas: 1, serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5433}]}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: data, labels: {app: db, statefulset.kubernetes.io/pod-name: db-0}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: s1, controller: true}]}
spec: {nodeName: n2, containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5433}]}]}
status: {phase: Running, podIP: 10.244.2.7, hostIPs: [{ip: 10.0.0.5}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops, uid: a1}
spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: c, image: i}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: agent-2kxvw, namespace: ops, labels: {app: agent}, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: a1, controller: true}]}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: c, image: i}]}
status: {phase: Running, podIP: 10.0.0.4, hostIPs: [{ip: 10.0.0.4}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.0.0.4}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 10.0.0.5}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7], selector: {app: db}, ports: [{port: 5432, targetPort: sql}]}
---
apiVersion: v1
kind: Service
metadata: {name: legacy, namespace: data}
spec: {clusterIP: 10.96.0.8, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: legacy-1, namespace: data, labels: {kubernetes.io/service-name: legacy}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.80]}]
ports: [{port: 8081, protocol: TCP}]
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: data}
spec: {type: ExternalName, externalName: db.example.com}
`

func address(text string) generate.Side { return generate.Side{Address: netip.MustParseAddr(text)} }

func pod(namespace, name string) generate.Side { return generate.Side{Namespace: namespace, Pod: name} }

// Sides are known by name, by address, by Service and by what a name looks like; who
// cannot be told is a gap.
func TestResolve(t *testing.T) {
	web := pod("shop", "web-7d9c6b8f5-x2v4k")
	tests := map[string]struct {
		src, dst generate.Side
		port     uint16
		want     string // the connection, or what the gap says
	}{
		"pods by name":            {web, pod("data", "db-0"), 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"pods by address":         {address("10.244.1.5"), address("10.244.2.7"), 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"by the second address":   {address("fd00:1::5"), address("10.244.2.7"), 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"a pod that is gone":      {pod("shop", "web-6f5d8c7b9-2kxvw"), pod("data", "db-7"), 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"a pod of nobody":         {pod("shop", "web-x"), pod("data", "db-0"), 5433, "gap: pod shop/web-x is not in what was supplied"},
		"a pod of another name":   {web, pod("data", "db-x"), 5433, "gap: pod data/db-x is not in what was supplied"},
		"a ReplicaSet":            {generate.Side{Namespace: "shop", Kind: "ReplicaSet", Name: "web-7d9c6b8f5"}, pod("data", "db-0"), 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"a Service by address":    {web, address("10.96.0.7"), 5432, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"a Service by name":       {web, generate.Side{Namespace: "data", Service: "db"}, 5432, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"a Service and a pod":     {web, generate.Side{Namespace: "data", Service: "db", Address: netip.MustParseAddr("10.244.2.7")}, 5433, "shop/web[Deployment] to data/db[StatefulSet] on TCP 5433"},
		"no port of the Service":  {web, address("10.96.0.7"), 1, "gap: data/db[Service] has no port TCP 1"},
		"without selector":        {web, address("10.96.0.8"), 80, "shop/web[Deployment] to 192.0.2.80/32 on TCP 8081"},
		"another name":            {web, generate.Side{Namespace: "data", Service: "elsewhere"}, 80, "gap: data/elsewhere[Service] stands for the name db.example.com"},
		"no Service":              {web, generate.Side{Namespace: "data", Service: "none"}, 80, "gap: data/none[Service] was not supplied"},
		"outside":                 {web, address("203.0.113.9"), 443, "shop/web[Deployment] to 203.0.113.9/32 on TCP 443"},
		"metadata":                {web, address("169.254.169.254"), 80, "shop/web[Deployment] to 169.254.169.254/32 on TCP 80"},
		"private":                 {web, address("10.99.0.1"), 443, "gap: 10.99.0.1 is of no pod, Service or node"},
		"private, shared":         {web, address("100.64.0.1"), 443, "gap: 100.64.0.1 is of no pod, Service or node"},
		"private, known":          {web, address("10.1.2.3"), 443, "shop/web[Deployment] to 10.1.2.3/32 on TCP 443"},
		"private, seen outside":   {generate.Side{Address: netip.MustParseAddr("10.99.0.1"), Outside: true}, web, 8080, "10.99.0.1/32 to shop/web[Deployment] on TCP 8080"},
		"loopback":                {web, address("127.0.0.1"), 443, "gap: 127.0.0.1 is the address of no pod"},
		"own node":                {address("10.0.0.4"), web, 8080, ""},
		"another node":            {address("10.0.0.5"), web, 8080, "10.0.0.5/32 to shop/web[Deployment] on TCP 8080"},
		"node as said":            {generate.Side{Node: true}, web, 8080, ""},
		"in the node's network":   {pod("ops", "agent-2kxvw"), pod("data", "db-0"), 9100, "10.0.0.4/32 to data/db[StatefulSet] on TCP 9100"},
		"to the node's network":   {pod("data", "db-0"), pod("ops", "agent-2kxvw"), 9100, "data/db[StatefulSet] to 10.0.0.4/32 on TCP 9100"},
		"a Service opens nothing": {generate.Side{Namespace: "data", Service: "db"}, web, 80, "gap: one side has no name and no address"},
		"itself":                  {pod("data", "db-0"), address("10.244.2.7"), 5433, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			collector := generate.NewCollector(running(t, shop).View(), generate.Options{MergeBits: generate.NoMerge, Outside: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
			collector.Observe(&generate.Flow{Src: test.src, Dst: test.dst, Port: test.port, Seen: generate.Place{File: "f", Line: 3}})
			result := collector.Generate()
			got := ""
			for _, connection := range result.Connections {
				if connection.Source == generate.Observed {
					got += connection.String()
				}
			}
			for _, gap := range result.Gaps {
				_, reason, _ := strings.Cut(gap.Reason, ": ")
				got += "gap: " + reason
				if gap.File != "f" || gap.Line != 3 {
					t.Errorf("the gap is at %s:%d", gap.File, gap.Line)
				}
			}
			if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if about := len(result.Namespaces) > 0; about != (result.Certificate.Exact == generate.Proved) {
				t.Errorf("%.1000s", fmt.Sprintf("%+v", result.Certificate))
			}
		})
	}
}

// Labels of a policy are those that another revision will have too, and select nobody
// else.
func TestSelectors(t *testing.T) {
	deployment := func(name, labels string) string {
		return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: shop}\nspec: {selector: {matchLabels: {" + labels + "}}, template: {metadata: {labels: {" + labels + "}}, spec: {containers: [{name: c, image: i}]}}}\n"
	}
	tests := map[string]struct {
		text string
		want string // of the policy "a"
	}{
		"its own":         {deployment("a", "app: a, tier: x") + deployment("b", "app: b"), "app=a,tier=x"},
		"no version":      {deployment("a", "app: a, version: v1, helm.sh/chart: a-1.2") + deployment("b", "app: b"), "app=a"},
		"no hash":         {deployment("a", "app: a, pod-template-hash: h") + deployment("b", "app: b"), "app=a"},
		"absence":         {deployment("a", "app: a") + deployment("b", "app: a, tier: db"), "!tier,app=a"},
		"absence of more": {deployment("a", "app: a") + deployment("b", "app: a, tier: db") + deployment("c", "app: a, role2: x"), "!role2,!tier,app=a"},
		"without labels":  {deployment("a", "") + deployment("b", "app: a"), "!app"},
		"alike":           {deployment("a", "app: a, version: v1") + deployment("b", "app: a, version: v2"), "app=a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			collector := generate.NewCollector(files(t, test.text).View(), generate.Options{MergeBits: generate.NoMerge})
			collector.Observe(&generate.Flow{Src: generate.Side{Namespace: "shop", Name: "a"}, Dst: address("203.0.113.9"), Port: 443})
			result := collector.Generate()
			got := ""
			for _, policy := range result.Policies {
				if policy.Name != "a" {
					continue
				}
				var parts []string
				for key, value := range policy.Spec.PodSelector.MatchLabels {
					parts = append(parts, key+"="+value)
				}
				for _, e := range policy.Spec.PodSelector.MatchExpressions {
					parts = append(parts, "!"+e.Key)
				}
				slices.Sort(parts)
				got = strings.Join(parts, ",")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if alike := name == "alike"; alike != (len(result.Certificate.Widened) > 0) || result.Certificate.Exact != generate.Proved {
				t.Errorf("%.1000s", fmt.Sprintf("%+v", result.Certificate))
			}
		})
	}
}

// Policies that exist decide too: what they allow besides refutes the proof, what makes
// a rule needless is said, and what they deny above the new ones is lost.
func TestOtherPolicies(t *testing.T) {
	const same = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: old, namespace: data}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: web}}}], ports: [{port: 5433}]}]}\n"
	const above = "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: closed}\nspec: {priority: 1, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: data}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n"
	const wider = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: old, namespace: data}\nspec: {podSelector: {}, ingress: [{}]}\n"
	const foreign = "---\napiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec: {selector: all(), types: [Ingress], ingress: [{action: Allow, http: {methods: [GET]}}]}\n"
	tests := map[string]struct {
		text    string
		options generate.Options
		exact   generate.Proof
		least   generate.Proof
		says    string
	}{
		"none":           {"", generate.Options{}, generate.Proved, generate.Proved, ""},
		"the same":       {same, generate.Options{}, generate.Proved, generate.Refuted, "data/db spec.ingress[0]"},
		"replaced":       {wider, generate.Options{Replace: true}, generate.Proved, generate.Proved, "data/old[NetworkPolicy]"},
		"wider":          {wider, generate.Options{}, generate.Refuted, generate.Undecided, "data/old[NetworkPolicy]"},
		"denied above":   {above, generate.Options{}, generate.Refuted, generate.Undecided, "closed[AdminNetworkPolicy]"},
		"not understood": {foreign, generate.Options{}, generate.Undecided, generate.Undecided, "unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.options.MergeBits = generate.NoMerge
			collector := generate.NewCollector(running(t, shop+test.text).View(), test.options)
			collector.Observe(&generate.Flow{Src: pod("shop", "web-7d9c6b8f5-x2v4k"), Dst: pod("data", "db-0"), Port: 5433})
			result := collector.Generate()
			c := result.Certificate
			if (name == "not understood") != (len(result.Gaps) > 0) {
				t.Errorf("gaps: %v", result.Gaps)
			}
			if c.Exact != test.exact || c.Irredundant != test.least {
				t.Errorf("%s and %s, want %s and %s", c.Exact, c.Irredundant, test.exact, test.least)
			}
			said := strings.Join(append(append([]string{}, c.Redundant...), c.Replaced...), " ")
			for _, d := range slices.Concat(c.Lost, c.Surplus, c.Uncertain) {
				said += " " + d.Connection + " " + d.Reason
			}
			if !strings.Contains(said, test.says) {
				t.Errorf("%.1000q does not say %q", said, test.says)
			}
		})
	}
}

// Blocks of several addresses are made with consent, and never hide that they can mean
// pods.
func TestMerge(t *testing.T) {
	collector := generate.NewCollector(running(t, shop).View(), generate.Options{MergeBits: 8, Outside: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for _, to := range []string{"10.1.0.1", "10.1.0.2"} {
		collector.Observe(&generate.Flow{Src: pod("shop", "web-7d9c6b8f5-x2v4k"), Dst: address(to), Port: 443, Protocol: netpol.TCP})
	}
	c := collector.Generate().Certificate
	if c.Exact != generate.Undecided || len(c.Uncertain) == 0 || len(c.Widened) != 1 {
		t.Errorf("10.0.0.0/8 holds pods: %s, %d, %v", c.Exact, len(c.Uncertain), c.Widened)
	}
}

// Many addresses are taken away in halves, and each is still looked at by itself.
func TestManyAddresses(t *testing.T) {
	const old = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: old, namespace: shop}\nspec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.7/32}}], ports: [{port: 8080}]}]}\n"
	for _, text := range []string{shop, shop + old} {
		collector := generate.NewCollector(running(t, text).View(), generate.Options{MergeBits: generate.NoMerge})
		for i := range 100 {
			collector.Observe(&generate.Flow{Src: generate.Side{Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})}, Dst: pod("shop", "web-7d9c6b8f5-x2v4k"), Port: 8080})
		}
		c := collector.Generate().Certificate
		if text == shop && (c.Irredundant != generate.Proved || c.Parts < 100) {
			t.Errorf("%s of %d parts", c.Irredundant, c.Parts)
		}
		if text != shop && (len(c.Redundant) != 1 || !strings.Contains(c.Redundant[0], "203.0.113.7/32")) {
			t.Errorf("redundant: %v", c.Redundant)
		}
	}
}

// Flows that cannot be resolved are told once each, up to a number of them; what is
// between others is counted.
func TestToldOnce(t *testing.T) {
	collector := generate.NewCollector(running(t, shop).View(), generate.Options{MergeBits: generate.NoMerge, Namespaces: []string{"shop"}})
	for i := range 2000 {
		collector.Observe(&generate.Flow{Src: pod("shop", fmt.Sprintf("gone%d", i/2)), Dst: pod("data", "db-0"), Port: 5433})
	}
	collector.Observe(&generate.Flow{Src: pod("data", "db-0"), Dst: address("203.0.113.9"), Port: 443})
	result := collector.Generate()
	if len(result.Gaps) != 501 || !slices.ContainsFunc(result.Gaps, func(gap model.Gap) bool { return strings.Contains(gap.Reason, "1000 more flows") }) {
		t.Errorf("%d gaps", len(result.Gaps))
	}
	if !slices.ContainsFunc(result.Certificate.Notes, func(note string) bool {
		return strings.HasPrefix(note, "1 connection is between sides that are not governed")
	}) {
		t.Errorf("notes: %v", result.Certificate.Notes)
	}
}

const ownDNS = `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec: {replicas: 2, selector: {matchLabels: {k8s-app: kube-dns}}, template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {containers: [{name: c, image: i, ports: [{name: dns, containerPort: 1053, protocol: UDP}, {name: dns-tcp, containerPort: 1054}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP, targetPort: dns}, {name: tcp, port: 53, targetPort: dns-tcp}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-local-dns, namespace: kube-system}
spec: {selector: {matchLabels: {k8s-app: node-local-dns}}, template: {metadata: {labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true, containers: [{name: c, image: i, args: [-localip, "169.254.20.10"]}]}}}
`

// DNS is kept where it listens, by each protocol, and for every pod where its own
// namespace is governed.
func TestDNS(t *testing.T) {
	for _, namespaces := range [][]string{{"shop"}, {"shop", "kube-system"}} {
		collector := generate.NewCollector(running(t, shop+ownDNS).View(), generate.Options{MergeBits: generate.NoMerge, Namespaces: namespaces})
		result := collector.Generate()
		var got []string
		for _, connection := range result.Connections {
			got = append(got, connection.String())
		}
		want := []string{
			"every pod of shop to kube-system/coredns[Deployment] on TCP 1054", "every pod of shop to kube-system/coredns[Deployment] on UDP 1053",
			"every pod of shop to 169.254.20.10/32 on TCP 53", "every pod of shop to 169.254.20.10/32 on UDP 53",
		}
		if len(namespaces) == 2 {
			want = slices.Concat([]string{"every pod to kube-system/coredns[Deployment] on TCP 1054", "every pod to kube-system/coredns[Deployment] on UDP 1053"}, want)
			for _, text := range want[2:6] {
				want = append(want, strings.Replace(text, "of shop", "of kube-system", 1))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if c := result.Certificate; c.Exact != generate.Proved || c.Irredundant != generate.Proved || len(result.Gaps) > 0 {
			t.Errorf("%s, %s, %v, %.600s", c.Exact, c.Irredundant, result.Gaps, fmt.Sprint(c.Surplus, c.Lost, c.Uncertain, c.Redundant))
		}
	}
}
