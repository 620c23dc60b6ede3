package generate_test

import (
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/test/cluster"
)

// A real API server takes every policy, refuses no field, and makes nothing else of it.
func TestAPIServerTakesPolicies(t *testing.T) {
	c := cluster.Start(t)
	for _, namespace := range []string{"ns0", "ns1", "ns2"} {
		c.Namespace(t, namespace)
	}
	taken := 0
	for seed := range 30 {
		of := randomWorld(rand.New(rand.NewPCG(uint64(seed), 4)))
		result := of.generate(t, generate.Options{MergeBits: []int{generate.NoMerge, 30}[seed%2]})
		for _, policy := range result.Policies {
			got, err := c.Client().NetworkingV1().NetworkPolicies(policy.Namespace).Create(t.Context(), policy,
				metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
				continue
			}
			if !equality.Semantic.DeepEqual(got.Spec, policy.Spec) {
				t.Errorf("seed %d: %s/%s became\n%+v\nof\n%+v", seed, policy.Namespace, policy.Name, got.Spec, policy.Spec)
			}
			taken++
		}
	}
	if taken < 50 {
		t.Errorf("only %d policies were tried", taken)
	}
}
