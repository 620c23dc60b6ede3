package netpol

import (
	"fmt"
	"strings"
	"testing"
)

// pluginCluster has three namespaces with pods as the tables below need them.
const pluginCluster = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: red}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: blue}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, zone: eu-1}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {serviceAccountName: keeper, containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: ops, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: ops, labels: {app: host}}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
`

// expect checks lines of the form "shop/web > shop/db 80 = denied".
func expect(t *testing.T, n *Network, lines string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		var src, dst, want string
		var port uint16
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "%s > %s %d = %s", &src, &dst, &port, &want); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		from, to := named(t, n, src), named(t, n, dst)
		if got := n.Verdict(from, to, TCP, port); got.String() != want {
			t.Errorf("%s: it is %s", strings.TrimSpace(line), got)
		}
		e := n.Explain(from, to, TCP, port)
		sides := Allowed
		for _, s := range e.Sides {
			sides = sides.and(s.Verdict)
		}
		if sides.String() != want {
			t.Errorf("%s: explained as %s: %+v", strings.TrimSpace(line), sides, e.Sides)
		}
	}
}

type pluginCase struct {
	name, policies, want string
	gaps                 []string // parts of each
}

func (c *pluginCase) run(t *testing.T) {
	n := Model(files(t, pluginCluster+c.policies).View(), Profile{})
	expect(t, n, c.want)
	if len(n.Gaps()) != len(c.gaps) {
		t.Fatalf("the gaps are %v, %d are wanted", n.Gaps(), len(c.gaps))
	}
	for i, gap := range n.Gaps() {
		if !strings.Contains(gap.Reason, c.gaps[i]) || gap.File != "cluster.yaml" || gap.Line == 0 {
			t.Errorf("gap %+v does not say %q with file and line", gap, c.gaps[i])
		}
	}
}

func TestBothPlugins(t *testing.T) {
	(&pluginCase{policies: cnp("shop", "both", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{}]}]`) + calicoNP("shop", "both", `
  selector: app == 'db'
  ingress: [{action: Allow}]`),
		want: `
shop/web > shop/db 80 = unknown
shop/web > ops/tool 80 = allowed`,
		gaps: []string{"policies of Cilium and of Calico", "policies of Cilium and of Calico"}}).run(t)
}

func cnp(namespace, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: %s, namespace: %s}\nspec:%s\n", name, namespace, spec)
}

func ccnp(name, spec string) string {
	return fmt.Sprintf("---\napiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: %s}\nspec:%s\n", name, spec)
}

func calicoNP(namespace, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: %s}\nspec:%s\n", name, namespace, spec)
}

func calicoGNP(name, spec string) string {
	return fmt.Sprintf("---\napiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: %s}\nspec:%s\n", name, spec)
}
