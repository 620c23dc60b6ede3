// Command netcorpus writes workloads and network policies for the benchmarks of net
// list: a file for each namespace of 50 Deployments. The same flags give the same bytes.
//
//	go run ./tools/netcorpus -workloads 1000 -policies 200 [-mesh] -dir DIR
//
// Of ten policies of a namespace one isolates its databases; the others let some
// workloads in: those of the same namespace, of a team, of all namespaces, or of
// address blocks, on numbers, ranges and names of ports. About half of the workloads
// are selected by none, so that most pairs connect and the list is long. With -mesh
// the namespaces are in Istio's, each workload has an account and a Service of its own,
// and each an AuthorizationPolicy that lets one other namespace in.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const perNamespace = 50

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "netcorpus:", err)
		}
		os.Exit(2)
	}
}

func run(args []string, stderr io.Writer) error {
	set := flag.NewFlagSet("netcorpus", flag.ContinueOnError)
	set.SetOutput(stderr)
	workloads := set.Int("workloads", 1000, "`number` of Deployments")
	policies := set.Int("policies", 200, "`number` of NetworkPolicies")
	meshed := set.Bool("mesh", false, "put the workloads into a mesh, with a policy for each")
	dir := set.String("dir", "", "write into this `folder`")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *dir == "" || set.NArg() > 0 || *workloads < 1 || *policies < 0 {
		return errors.New("-dir is needed, and numbers that are not negative")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	spaces := (*workloads + perNamespace - 1) / perNamespace
	for i := range spaces {
		of := func(total int) int { return total/spaces + min(1, total%spaces/(i+1)) }
		if err := write(filepath.Join(*dir, fmt.Sprintf("ns%02d.yaml", i)), i, min(perNamespace, *workloads-i*perNamespace), of(*policies), *meshed); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, space, workloads, policies int, meshed bool) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	label := ""
	if meshed {
		label = ", istio-injection: enabled"
	}
	fmt.Fprintf(out, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns%02d\n  labels: {team: t%d%s}\n", space, space%5, label)
	for i := range workloads {
		deployment(out, space, i)
		if meshed {
			server(out, space, i)
		}
	}
	for i := range policies {
		policy(out, space, i)
	}
	return errors.Join(out.Flush(), file.Close())
}

func deployment(out io.Writer, space, i int) {
	fmt.Fprintf(out, `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app%02[2]d
  namespace: ns%02[1]d
spec:
  replicas: 2
  selector:
    matchLabels: {app: app%02[2]d}
  template:
    metadata:
      labels: {app: app%02[2]d, tier: tier%[3]d, role: %[4]s}
    spec:
      serviceAccountName: app%02[2]d
      containers:
        - name: app
          image: registry.example/ns%02[1]d/app%02[2]d:1.0.%[2]d
          ports:
            - {name: http, containerPort: %[5]d}
`, space, i, i%5, []string{"web", "api", "job", "db"}[i%4], 8080+i%3)
}

// server makes a workload one that others reach through a Service, and that lets in
// its own namespace and the next.
func server(out io.Writer, space, i int) {
	fmt.Fprintf(out, "---\napiVersion: v1\nkind: Service\nmetadata: {name: app%02[2]d, namespace: ns%02[1]d}\nspec: {selector: {app: app%02[2]d}, ports: [{name: http, port: 80, targetPort: http}]}\n", space, i)
	fmt.Fprintf(out, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: app%02[2]d, namespace: ns%02[1]d}\nspec: {selector: {matchLabels: {app: app%02[2]d}}, rules: [{from: [{source: {namespaces: [ns%02[1]d, ns%02[3]d]}}]}]}\n", space, i, space+1)
}

func policy(out io.Writer, space, i int) {
	var spec string
	switch i % 10 {
	case 0:
		spec = "  podSelector: {matchLabels: {role: db}}\n  policyTypes: [Ingress, Egress]\n  egress:\n    - ports: [{protocol: UDP, port: 53}]\n"
	case 1, 2, 3:
		spec = fmt.Sprintf("  podSelector: {matchLabels: {app: app%02d}}\n  ingress:\n    - from: [{podSelector: {matchLabels: {tier: tier%d}}}]\n      ports: [{port: http}]\n", i%perNamespace, i%5)
	case 4, 5:
		spec = fmt.Sprintf("  podSelector: {matchLabels: {app: app%02d}}\n  ingress:\n    - from: [{namespaceSelector: {matchLabels: {team: t%d}}}]\n      ports: [{port: %d, endPort: %d}]\n", 5+i%40, i%5, 8000, 8000+100*(1+i%3))
	case 6:
		spec = fmt.Sprintf("  podSelector: {matchLabels: {app: app%02d}}\n  policyTypes: [Egress]\n  egress:\n    - to: [{namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [t0, t%d]}]}, podSelector: {matchLabels: {role: api}}}]\n    - to: [{ipBlock: {cidr: 10.%d.0.0/16, except: [10.%d.4.0/24]}}]\n", 10+i%30, space%5, space, space)
	case 7, 8:
		spec = fmt.Sprintf("  podSelector: {matchLabels: {app: app%02d}}\n  ingress:\n    - from: [{ipBlock: {cidr: 192.168.%d.0/24}}, {podSelector: {}}]\n", 20+i%20, space)
	default:
		spec = "  podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [web, api, job]}]}\n  ingress:\n    - from: [{podSelector: {matchLabels: {role: api}}}]\n      ports: [{port: 8080}, {port: 8081}, {port: 8082}]\n"
	}
	fmt.Fprintf(out, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p%02d\n  namespace: ns%02d\nspec:\n%s", i, space, spec)
}
