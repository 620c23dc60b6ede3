package netpol

import (
	"strings"
	"testing"
)

func TestCiliumKinds(t *testing.T) {
	policy := func(spec string) string {
		return "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {" + spec + "}\n---\n"
	}
	const db = "endpointSelector: {matchLabels: {app: db}}, "
	for name, test := range map[string]struct{ policies, questions string }{
		"endpoints of the namespace": {policy(db + "ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]"),
			"shop/web>shop/db TCP/1=allowed other/web>shop/db TCP/1=denied 1.2.3.4>shop/db TCP/1=denied shop/db>other/web TCP/1=allowed shop/web>shop/db SCTP/1=allowed"},
		"every endpoint of the namespace": {policy(db + "ingress: [{fromEndpoints: [{}]}]"),
			"shop/web>shop/db TCP/1=allowed other/web>shop/db TCP/1=denied"},
		"endpoints of another namespace": {policy(db + `ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": other, "any:app": web}}]}]`),
			"shop/web>shop/db TCP/1=denied other/web>shop/db TCP/1=allowed other/db>shop/db TCP/1=denied"},
		"endpoints of all namespaces": {policy(db + `ingress: [{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]}]}]`),
			"shop/web>shop/db TCP/1=allowed other/web>shop/db TCP/1=allowed 1.2.3.4>shop/db TCP/1=denied"},
		"labels of namespaces": {policy(db + `ingress: [{fromEndpoints: [{matchLabels: {k8s:io.cilium.k8s.namespace.labels.team: other}}]}]`),
			"shop/web>shop/db TCP/1=denied other/web>shop/db TCP/1=allowed"},
		"an empty rule":      {policy(db + "ingress: [{}]"), "shop/web>shop/db TCP/1=denied shop/db>shop/web TCP/1=allowed"},
		"no rule":            {policy(db + "ingress: []"), "shop/web>shop/db TCP/1=allowed"},
		"ports":              {policy(db + "ingress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}, {port: sql}, {port: \"90\", endPort: 99, protocol: UDP}]}]}]"), "shop/web>shop/db TCP/80=allowed shop/web>shop/db UDP/80=denied 1.2.3.4>shop/db TCP/5432=allowed shop/web>shop/db UDP/5432=denied other/web>shop/db UDP/95=allowed other/web>shop/db TCP/95=denied"},
		"a protocol":         {policy(db + "ingress: [{toPorts: [{ports: [{port: \"0\", protocol: UDP}]}]}]"), "shop/web>shop/db TCP/80=denied shop/web>shop/db UDP/80=allowed"},
		"layer 7":            {policy(db + "ingress: [{toPorts: [{ports: [{port: \"80\"}], rules: {http: [{method: GET}]}}]}]"), "shop/web>shop/db TCP/80=unknown shop/web>shop/db TCP/81=denied"},
		"authentication":     {policy(db + "ingress: [{fromEndpoints: [{}], authentication: {mode: required}}]"), "shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=denied"},
		"addresses":          {policy("endpointSelector: {}, egress: [{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}]"), "shop/web>1.2.3.4 TCP/1=allowed shop/web>10.2.3.4 TCP/1=denied shop/web>shop/db TCP/1=denied shop/web>2001:db8::1 TCP/1=denied"},
		"world":              {policy("endpointSelector: {}, egress: [{toEntities: [world-ipv6]}, {toEntities: [cluster], toPorts: [{ports: [{port: \"53\"}]}]}]"), "shop/web>1.2.3.4 TCP/1=denied shop/web>2001:db8::1 TCP/1=allowed shop/web>other/db UDP/53=allowed shop/web>other/db UDP/54=denied"},
		"API servers":        {policy("endpointSelector: {}, egress: [{toEntities: [kube-apiserver]}]"), "shop/web>1.2.3.4 TCP/443=unknown shop/web>other/db TCP/443=denied"},
		"own pods only":      {policy(`endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": other}}, ingress: [{}]`), "shop/web>shop/db TCP/1=denied other/web>other/db TCP/1=allowed"},
		"deny":               {policy(db + "ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]"), "shop/web>shop/db TCP/1=denied other/web>shop/db TCP/1=allowed"},
		"only deny":          {policy(db + "ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]"), "shop/web>shop/db TCP/1=denied other/web>shop/db TCP/1=denied"},
		"deny only this":     {policy(db + "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]"), "shop/web>shop/db TCP/1=denied other/web>shop/db TCP/1=allowed"},
		"with NetworkPolicy": {isolated + policy(db+"enableDefaultDeny: {ingress: false}, ingress: [{fromEntities: [world]}]"), "shop/web>shop/db TCP/1=allowed other/web>shop/db TCP/1=denied 1.2.3.4>shop/db TCP/1=allowed"},
		"in the whole cluster": {strings.NewReplacer("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", ", namespace: shop", "").Replace(policy(db + "ingress: [{fromEndpoints: [{matchLabels: {app: db}}]}]")),
			"shop/db>other/db TCP/1=allowed shop/web>other/db TCP/1=denied other/web>shop/db TCP/1=denied"},
		"several": {strings.Replace(policy("}, {"), "spec: {}, {}", "specs: [{"+db+"ingress: [{}]}, {endpointSelector: {matchLabels: {app: web}}, egress: [{}]}]", 1),
			"shop/web>other/db TCP/1=denied other/web>shop/db TCP/1=denied shop/db>other/db TCP/1=allowed"},

		// Not understood.
		"names of hosts":      {policy(db + "egress: [{toFQDNs: [{matchName: example.com}]}]"), "shop/db>1.2.3.4 TCP/1=unknown shop/web>other/db TCP/1=allowed"},
		"services":            {policy(db + "egress: [{toServices: [{k8sService: {serviceName: a}}]}]"), "shop/db>1.2.3.4 TCP/1=unknown"},
		"reserved labels":     {policy(db + `ingress: [{fromEndpoints: [{matchLabels: {"reserved:host": ""}}]}]`), "shop/web>shop/db TCP/1=unknown"},
		"two kinds of peers":  {policy(db + "ingress: [{fromEndpoints: [{}], fromEntities: [world]}]"), "shop/web>shop/db TCP/1=unknown"},
		"an entity":           {policy(db + "ingress: [{fromEntities: [mars]}]"), "shop/web>shop/db TCP/1=unknown"},
		"an empty list":       {policy(db + "ingress: [{fromEndpoints: []}]"), "shop/web>shop/db TCP/1=unknown"},
		"a port out of range": {policy(db + "ingress: [{toPorts: [{ports: [{port: \"70000\"}]}]}]"), "shop/web>shop/db TCP/1=unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			n := Model(files(t, shop+test.policies).View(), Profile{Name: "cilium", HostNetwork: Ignores, PodBlocks: Ignores})
			ask(t, n, test.questions)
			if understood := !strings.Contains(test.questions, "unknown"); understood != (len(n.Gaps()) == 0) {
				t.Errorf("gaps: %v", n.Gaps())
			}
		})
	}
}
