package mesh_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// Of what files define in several ways none is taken for the one in force.
func TestDefinedInSeveralWays(t *testing.T) {
	const pods = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: a}
spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}}}
`
	const enabled = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {istio-injection: enabled}}\n"
	const disabled = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {istio-injection: disabled}}\n"
	const nobody = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: a}\nspec: {}\n"
	const all = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: a}\nspec: {rules: [{}]}\n"
	for _, test := range []struct {
		name, dev, prod string
		want            mesh.Access
	}{
		{"policies that say the same", enabled + pods + nobody, nobody, mesh.Denied},
		{"policies that do not", enabled + pods + nobody, all, mesh.AccessUnknown},
		{"namespaces that say the same", enabled + pods + nobody, enabled, mesh.Denied},
		{"workloads that say the same", enabled + pods + nobody, pods, mesh.Denied},
		{"workloads that do not", enabled + pods + nobody, strings.Replace(pods, "labels: {app: db}}, spec", "labels: {app: db, sidecar.istio.io/inject: 'false'}}, spec", 1), mesh.AccessUnknown},
		{"namespaces that do not", enabled + pods + nobody, disabled, mesh.AccessUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			var changes []snapshot.Change
			for file, text := range map[string]string{"dev.yaml": test.dev, "prod.yaml": test.prod} {
				document.NewDecoder("").Decode(document.Text{File: file, Data: []byte(text), Asked: true}, func(c snapshot.Change) { changes = append(changes, c) })
			}
			s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, append(changes, implied.OfFiles(changes)...)...)
			m := mesh.Of(s.View())
			if gaps := m.Gaps(); (len(gaps) > 0) != strings.HasPrefix(test.name, "policies that do not") {
				t.Errorf("gaps %v", gaps)
			}
			open := func(_, _ *mesh.Workload, _ uint16) mesh.Access { return mesh.Allowed }
			if got := m.Reach(nil, find(t, m, "a/db"), 8080, open); got.Access != test.want {
				t.Errorf("%s, want %s\n%s", got.Access, test.want, explain(got))
			}
		})
	}
}
