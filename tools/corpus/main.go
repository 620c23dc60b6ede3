// Command corpus writes Kubernetes manifests as a company's GitOps repository
// holds them: good and bad ones, of many teams, with comments and several
// styles of writing. The same flags give the same bytes, on every machine.
//
//	go run ./tools/corpus -n 10000 -seed 1 -dir DIR [-per-file 1] [-broken PERCENT]
//	go run ./tools/corpus -n 1000 -seed 1 -cluster [-pods 10000] | kubectl create -f -
//
// About half of the workloads are hardened, and half are bad in one to four of
// some forty ways. All credentials are drawn at random. Every document is valid
// for an API server of its version, but for those that -broken damages.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "corpus:", err)
		}
		os.Exit(2)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	var o Options
	set := flag.NewFlagSet("corpus", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&o.Manifests, "n", 1000, "number of `manifests` (documents)")
	set.Uint64Var(&o.Seed, "seed", 1, "the `seed`: the same seed gives the same bytes")
	set.Float64Var(&o.Broken, "broken", 0, "damage this `percentage` of the documents")
	set.BoolVar(&o.Cluster, "cluster", false, "write one stream to standard output, in the order and with the versions that an API server v1.36 takes")
	set.IntVar(&o.Pods, "pods", 0, "with -cluster: add `number` Pods with their Deployments and ReplicaSets")
	dir := set.String("dir", "", "write into this new or empty `folder`")
	perFile := set.Int("per-file", 1, "largest `number` of documents in a file, all of one namespace")
	if err := set.Parse(args); err != nil {
		return err
	}
	switch {
	case set.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", set.Arg(0))
	case o.Manifests < 0 || o.Pods < 0 || *perFile < 1 || o.Broken < 0 || o.Broken > 100:
		return errors.New("a number is out of range")
	case o.Cluster != (*dir == ""):
		return errors.New("either -dir or -cluster is needed")
	case o.Cluster && o.Broken > 0, !o.Cluster && o.Pods > 0:
		return errors.New("-broken goes with -dir, and -pods goes with -cluster")
	case o.Cluster:
		return Stream(stdout, o)
	}
	total, err := Generate(*dir, *perFile, o)
	if err == nil {
		fmt.Fprintf(stderr, "%d documents in %d files, %d bytes\n", total.Documents, total.Files, total.Bytes)
	}
	return err
}

// Total is what was written.
type Total struct{ Documents, Files, Bytes int }

// Generate writes the corpus into dir, at most perFile documents in a file.
func Generate(dir string, perFile int, o Options) (Total, error) {
	var total Total
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return total, fmt.Errorf("folder %s is not empty", dir)
	}
	err := produce(o, func(docs []document) error {
		for group := range slices.Chunk(docs, perFile) {
			name := filepath.Join(dir, filepath.FromSlash(group[0].path()))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			data := join(group)
			if err := os.WriteFile(name, data, 0o644); err != nil {
				return err
			}
			total.Documents += len(group)
			total.Files++
			total.Bytes += len(data)
		}
		return nil
	})
	return total, err
}

func join(docs []document) []byte {
	var out []byte
	for i, d := range docs {
		if i > 0 {
			out = append(out, "---\n"...)
		}
		out = append(out, d.text...)
	}
	return out
}

// Stream writes one stream of documents in an order in which an API server
// takes them.
//
// The server has to run with --allow-privileged, and with a range of Service
// addresses that is large enough (14 Services in 100 manifests). The service
// accounts named default are part of the stream, since Pods are refused
// without them: where a controller manager has made them already, creating
// them fails, and that does not matter.
func Stream(w io.Writer, o Options) error {
	var all []document
	if err := produce(o, func(docs []document) error {
		all = append(all, docs...)
		return nil
	}); err != nil {
		return err
	}
	rank := ranks()
	slices.SortStableFunc(all, func(a, b document) int { return cmp.Compare(rank[a.kind], rank[b.kind]) })
	out := bufio.NewWriter(w)
	for _, d := range all {
		out.WriteString("---\n")
		out.Write(d.text)
	}
	return out.Flush()
}

// ranks is the order of kinds: what others refer to comes first.
func ranks() map[string]int {
	const order = "Namespace CustomResourceDefinition StorageClass PersistentVolume ClusterRole ServiceAccount Secret ConfigMap " +
		"PersistentVolumeClaim Role ClusterRoleBinding RoleBinding Service Deployment StatefulSet DaemonSet Job CronJob " +
		"ReplicaSet Pod HorizontalPodAutoscaler PodDisruptionBudget Ingress NetworkPolicy " +
		"ValidatingWebhookConfiguration MutatingWebhookConfiguration"
	out := map[string]int{}
	for i, kind := range strings.Fields(order) {
		out[kind] = i
	}
	return out
}
