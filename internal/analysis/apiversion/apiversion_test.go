package apiversion

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// lifecycled are API types with generated lifecycle methods
// (k8s.io/code-generator, prerelease-lifecycle-gen).
type lifecycled interface {
	APILifecycleDeprecated() (major, minor int)
	APILifecycleRemoved() (major, minor int)
}

// Every version that k8s.io/api marks must be known here, with the same releases.
func TestLikeTheAPI(t *testing.T) {
	checked := 0
	for gvk := range scheme.Scheme.AllKnownTypes() {
		object, err := scheme.Scheme.New(gvk)
		if err != nil {
			t.Fatal(err)
		}
		if marked, ok := object.(lifecycled); ok && !passing(gvk.Kind) {
			checked++
			compare(t, gvk, marked)
		}
	}
	if checked < 60 {
		t.Errorf("only %d kinds were compared", checked)
	}
}

func compare(t *testing.T, gvk schema.GroupVersionKind, marked lifecycled) {
	_, deprecated := marked.APILifecycleDeprecated()
	_, removed := marked.APILifecycleRemoved()
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	have, ok := Of(apiVersion, kind)
	if !ok {
		t.Errorf("%s %s: deprecated in 1.%d and removed in 1.%d, and not known", apiVersion, kind, deprecated, removed)
		return
	}
	if have.Removed != removed {
		t.Errorf("%s %s: removed in 1.%d, have 1.%d", apiVersion, kind, removed, have.Removed)
	}
	// What is long gone was deprecated some years apart; which one says nothing to anybody.
	if removed > 22 && have.Deprecated != deprecated {
		t.Errorf("%s %s: deprecated in 1.%d, have 1.%d", apiVersion, kind, deprecated, have.Deprecated)
	}
}

// passing are kinds that nobody writes into a file: lists, requests, subresources.
func passing(kind string) bool {
	switch kind {
	case "Scale", "DeploymentRollback", "Eviction":
		return true
	}
	return len(kind) > 4 && kind[len(kind)-4:] == "List"
}

func TestStable(t *testing.T) {
	for _, stable := range [][2]string{{"apps/v1", "Deployment"}, {"v1", "Pod"}, {"example.com/v1beta1", "Widget"}, {"networking.k8s.io/v1", "Ingress"}} {
		if l, ok := Of(stable[0], stable[1]); ok {
			t.Errorf("%s %s is not on its way out: %+v", stable[0], stable[1], l)
		}
	}
}
