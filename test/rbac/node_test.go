package rbac_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/kubernetes/pkg/auth/nodeidentifier"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/node"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
)

const (
	clusters   = 1000
	perCluster = 250
)

// What Holdfast says of 1,000,000 requests over generated pods, volumes and other
// objects is what the Node authorizer of Kubernetes says, in several versions and
// with feature gates set; and WhoCan names the nodes that it lets through.
func TestAgainstTheNodeAuthorizer(t *testing.T) {
	for _, test := range []struct {
		minor int
		gates map[string]bool
	}{
		{31, nil}, {33, nil}, {36, nil}, {36, map[string]bool{"PodCertificateRequest": true, "ClusterTrustBundle": true}},
	} {
		t.Run(fmt.Sprintf("1.%d-%t", test.minor, test.gates != nil), func(t *testing.T) {
			gate := utilfeature.DefaultFeatureGate
			featuregatetesting.SetFeatureGateEmulationVersionDuringTest(t, gate, version.MajorMinor(1, uint(test.minor)))
			for name, on := range test.gates {
				featuregatetesting.SetFeatureGateDuringTest(t, gate, featuregate.Feature(name), on)
			}
			settings := snapshot.Settings{Live: true, Version: snapshot.Version{Major: 1, Minor: test.minor}, Gates: test.gates}
			allowed, related := 0, 0
			for i := 0; i < clusters && !t.Failed(); i++ {
				a, r := compareNodes(t, uint64(i), settings)
				allowed, related = allowed+a, related+r
			}
			t.Logf("%d requests, %d of them allowed, %d by what runs on the node", clusters*perCluster, allowed, related)
			if allowed < clusters*perCluster/20 || related < clusters*perCluster/100 {
				t.Error("too few requests are allowed: the test proves little")
			}
		})
	}
}

// compareNodes asks both about the requests of one cluster, and counts what is
// allowed and what of it by a relation to the node.
func compareNodes(t *testing.T, seed uint64, settings snapshot.Settings) (allowed, related int) {
	g := &nodeGenerator{generator{rand.New(rand.NewPCG(seed, 2))}}
	c := g.cluster()
	theirs := node.NewAuthorizer(c.graph(), nodeidentifier.NewDefaultNodeIdentifier(), bootstrappolicy.NodeRules())
	view := snapshot.New(settings, c.changes()...).View()
	for range perCluster {
		who, r := g.identity(), g.request()
		want := verdict(t, theirs, who, r)
		if want == rbac.Allows {
			allowed++
		}
		ours := rbac.Authorize(view, who, r)
		if ours.Verdict != want {
			t.Errorf("cluster %d: %+v asks %+v: ours %s, theirs %s", seed, who, r, ours.Verdict, want)
			return allowed, related
		}
		if len(ours.Evidence()) > 0 {
			related++
		}
		if want == rbac.Allows && ours.Authorizer() != rbac.NodeAuthorizer {
			t.Errorf("cluster %d: %+v asks %+v: allowed by %s", seed, who, r, ours.Authorizer())
		}
		compareWhoCan(t, theirs, view, r)
	}
	return allowed, related
}

// compareWhoCan compares the nodes that WhoCan names with those that are let through.
func compareWhoCan(t *testing.T, theirs authorizer.Authorizer, view *snapshot.View, r rbac.Request) {
	t.Helper()
	grants, complete := rbac.WhoCan(view, r)
	if !complete {
		t.Errorf("%+v: not complete", r)
	}
	named := map[string]bool{}
	for _, grant := range grants {
		if grant.Authorizer == rbac.NodeAuthorizer {
			named[grant.Subject.Name] = true
			if grant.Relation != nil && len(grant.Relation.Links) > 0 && len(grant.Evidence()) == 0 {
				t.Errorf("%+v: no evidence", r)
			}
		}
	}
	for _, name := range nodeNames() {
		who := rbac.Subject{Kind: "User", Name: "system:node:" + name}.Identities()
		want := verdict(t, theirs, who, r) == rbac.Allows
		if have := named[user.NodesGroup] || named[who.User]; have != want {
			t.Errorf("%+v: WhoCan says %t of %s, the authorizer %t", r, have, name, want)
		}
	}
}

func verdict(t *testing.T, theirs authorizer.Authorizer, who rbac.Identity, r rbac.Request) rbac.Verdict {
	t.Helper()
	record := attributes(who, r)
	if r.FieldSelector != "" {
		if selector, err := fields.ParseSelector(r.FieldSelector); err == nil {
			record.FieldSelectorRequirements = selector.Requirements()
		}
	}
	decision, _, err := theirs.Authorize(context.Background(), record)
	if err != nil {
		t.Fatal(err)
	}
	if decision == authorizer.DecisionAllow {
		return rbac.Allows
	}
	return rbac.Denies
}
