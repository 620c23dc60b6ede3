package mesh_test

import (
	"os"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// joinedPolicy goes with testdata/web_client.yaml.
const joinedPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: app}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: PORT}]}]}
`

// Between pods in ambient mode network policies see TCP 15008 and not the port of the
// application; what comes from outside of the mesh they see as it is.
func TestJoinAsksForTheTunnel(t *testing.T) {
	for _, c := range []struct {
		port, client string
		transport    mesh.Transport
		access       mesh.Access
	}{
		{"80", "app/client", mesh.MutualTLS, mesh.Denied},
		{"15008", "app/client", mesh.MutualTLS, mesh.Allowed},
		{"80", "plain/client", mesh.PlaintextPossible, mesh.Allowed},
		{"15008", "plain/client", mesh.PlaintextPossible, mesh.Denied},
	} {
		view := readJoined(t, c.port).View()
		m := mesh.Of(view)
		verdict := ask(t, m, c.client, "app/web:80")
		profile, err := netpol.ProfileByName("default")
		if err != nil {
			t.Fatal(err)
		}
		verdict = mesh.Join(verdict, mesh.Under(netpol.Model(view, profile)))
		if verdict.Transport != c.transport || verdict.Access != c.access {
			t.Errorf("%s with port %s: %s %s\n%s", c.client, c.port, verdict.Transport, verdict.Access, explain(verdict))
		}
	}
}

// A hop that is only perhaps let through makes the way no better than that.
func TestJoinKeepsTheWorse(t *testing.T) {
	view := readJoined(t, "80").View()
	verdict := ask(t, mesh.Of(view), "app/client", "app/web:80")
	for _, access := range []mesh.Access{mesh.AccessUnknown, mesh.Denied, mesh.Undefined, mesh.Allowed} {
		got := mesh.Join(verdict, func(_, _ *mesh.Workload, port uint16) mesh.Access {
			if port != 15008 {
				t.Errorf("asked for port %d", port)
			}
			return access
		})
		if got.Access != access {
			t.Errorf("%s became %s", access, got.Access)
		}
	}
	if verdict.Access != mesh.Allowed {
		t.Errorf("the verdict that was joined changed to %s", verdict.Access)
	}
}

func readJoined(t *testing.T, port string) *snapshot.Snapshot {
	t.Helper()
	base, err := os.ReadFile("testdata/web_client.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return read(t, base, []byte(strings.Replace(joinedPolicy, "PORT", port, 1)))
}
