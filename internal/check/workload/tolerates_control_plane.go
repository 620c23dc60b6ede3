package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ToleratesControlPlane fails workloads that may run on nodes of the control plane.
func ToleratesControlPlane() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "tolerates-control-plane",
			Title:    "Pods may run on nodes of the control plane",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Those nodes hold the keys of the cluster and etcd. An escape from a container there is the end of the cluster, " +
				"an escape elsewhere is the loss of one node.",
			Remediation: "Remove the toleration of node-role.kubernetes.io/control-plane.",
			References:  []model.Reference{model.CWE("CWE-653"), model.Docs("reference/labels-annotations-taints/#node-role-kubernetes-io-control-plane-taint")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() || c.Object.Namespace == metav1.NamespaceSystem {
				c.Skip() // that is where the cluster's own parts run
				return
			}
			for i := range w.Spec.Tolerations {
				t := &w.Spec.Tolerations[i]
				if !toleratesControlPlane(t) {
					continue
				}
				path := (w.Path + ".tolerations").Index(i)
				if failure, ok := c.Failed(""); ok {
					failure.At(path+".key", t.Key)
					continue
				}
				c.Fail("", "the pods tolerate the taint %s", t.Key).At(path+".key", t.Key).
					Severity(unlessAgent(c, model.Medium)).
					Fix(2, "Keep off the control plane", withoutTolerations(w, toleratesControlPlane)...)
			}
		},
	}
}

func toleratesControlPlane(t *corev1.Toleration) bool {
	return (t.Key == "node-role.kubernetes.io/control-plane" || t.Key == "node-role.kubernetes.io/master") && letsSchedule(t)
}
