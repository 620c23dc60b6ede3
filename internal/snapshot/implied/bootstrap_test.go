package implied_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/test/cluster"
)

var update = flag.Bool("update", false, "write bootstrap_rbac.json anew from the API server")

// The bootstrap policy is what the real API server has made when it is ready.
func TestBootstrapIsTheServers(t *testing.T) {
	const file = "bootstrap_rbac.json"
	want, err := bootstrapOf(t.Context(), cluster.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the API server has; write it anew with -update", file)
	}
}

// bootstrapOf writes one object a line, in the order of the API: by kind, namespace
// and name.
func bootstrapOf(ctx context.Context, c *cluster.Cluster) ([]byte, error) {
	client, err := rest.HTTPClientFor(c.Config())
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	for _, kind := range []struct{ name, resource string }{
		{"ClusterRole", "clusterroles"}, {"ClusterRoleBinding", "clusterrolebindings"}, {"Role", "roles"}, {"RoleBinding", "rolebindings"},
	} {
		answer, err := client.Get(c.URL + "/apis/rbac.authorization.k8s.io/v1/" + kind.resource)
		if err != nil {
			return nil, err
		}
		var list struct{ Items []map[string]any }
		err = json.NewDecoder(answer.Body).Decode(&list)
		answer.Body.Close()
		if err != nil {
			return nil, err
		}
		for _, item := range list.Items {
			line, err := strip(item, kind.name)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	if len(lines) < 100 {
		return nil, fmt.Errorf("the API server has only %d RBAC objects", len(lines))
	}
	return append(append([]byte("[\n"), bytes.Join(lines, []byte(",\n"))...), "\n]\n"...), ctx.Err()
}

// strip leaves out what only this server has written.
func strip(item map[string]any, kind string) ([]byte, error) {
	item["apiVersion"], item["kind"] = "rbac.authorization.k8s.io/v1", kind
	metadata, ok := item["metadata"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s without metadata", kind)
	}
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"} {
		delete(metadata, field)
	}
	return json.Marshal(item)
}
