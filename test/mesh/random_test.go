package mesh

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"istio.io/istio/pilot/pkg/config/kube/crd"
)

// The analysis and Istio agree on drawn clusters. HOLDFAST_MESH_CLUSTERS is how many.
func TestRandom(t *testing.T) {
	clusters := 500
	if text := os.Getenv("HOLDFAST_MESH_CLUSTERS"); text != "" {
		var err error
		if clusters, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	var sum tally
	failed := 0
	for seed := range uint64(clusters) {
		documents := slices.DeleteFunc(cluster(seed), invalid)
		wrong, counted := compare(t, join(documents))
		sum.add(counted)
		if len(wrong) == 0 {
			continue
		}
		small := shrink(t, documents)
		wrong, _ = compare(t, join(small))
		t.Errorf("cluster %d:\n%s\n%s", seed, strings.Join(wrong, "\n"), join(small))
		if failed++; failed == 20 {
			t.Fatal("and so on")
		}
	}
	t.Logf("%+v", sum)
	if sum.ways < 20*clusters || sum.conditional < clusters || sum.unknown > sum.ways/20 || sum.constant > sum.conditional/5 { // what is left asks for two opposites at once
		t.Errorf("too little is compared or decided: %+v", sum)
	}
}

func join(documents []string) string { return strings.Join(documents, "\n---\n") + "\n" }

// shrink leaves out what is not needed to disagree.
func shrink(t testing.TB, documents []string) []string {
	for i := len(documents) - 1; i >= 0; i-- {
		less := slices.Delete(slices.Clone(documents), i, i+1)
		if wrong, _ := compare(t, join(less)); len(wrong) > 0 {
			documents = less
		}
	}
	return documents
}

// invalid reports whether istiod refuses a document.
func invalid(document string) bool {
	_, _, err := crd.ParseInputs(istioKinds(document))
	return err != nil
}
