package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
)

// replicated lists the kinds that keep a number of pods running.
func replicated() []string {
	return []string{"ReplicationController", "apps/Deployment", "apps/StatefulSet", "apps/ReplicaSet"}
}

// longRunning lists the kinds whose pods are meant to run for good.
func longRunning() []string { return append(replicated(), "Pod", "apps/DaemonSet") }

// runsForGood tells, among the longRunning, a Pod that ends by itself.
func runsForGood(w *workload.Workload) bool {
	return w.Object.Kind != "Pod" || w.Spec.RestartPolicy == corev1.RestartPolicyAlways
}

// batch lists the kinds whose pods end.
func batch() []string { return []string{"batch/Job", "batch/CronJob"} }
