package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Automount says whether the pods of a workload get the token of their service
// account without a volume of their own for it, and which field decides. Value is
// nil, and the field the workload's, where nobody wrote it: then it is mounted.
type Automount struct {
	Mounted bool
	Object  *snapshot.Object
	Path    model.Path
	Value   *bool
}

// Automount decides as the ServiceAccount admission plugin does: the pod's field,
// else the account's, else yes. It reports false when the account had to be asked
// and could not be read.
func (w *Workload) Automount(v *snapshot.View) (Automount, bool) {
	a := Automount{Mounted: true, Object: w.Object, Path: w.Path + ".automountServiceAccountToken"}
	if value := w.Spec.AutomountServiceAccountToken; value != nil {
		a.Mounted, a.Value = *value, value
		return a, true
	}
	object, account, presence := snapshot.Get(v, kinds.ServiceAccounts, w.Namespace(), w.ServiceAccount())
	if presence == snapshot.Present && account.AutomountServiceAccountToken != nil {
		value := account.AutomountServiceAccountToken
		return Automount{Mounted: *value, Object: object, Path: "automountServiceAccountToken", Value: value}, true
	}
	return a, presence != snapshot.Undetermined
}

// ServiceAccountPath is the field that names the service account.
func (w *Workload) ServiceAccountPath() model.Path {
	if w.Spec.ServiceAccountName == "" && w.Spec.DeprecatedServiceAccount != "" {
		return w.Path + ".serviceAccount"
	}
	return w.Path + ".serviceAccountName"
}

// Static reports whether the pod comes from a file on its node rather than from
// the API: such a pod has no service account, and nobody schedules or evicts it.
// Of files, it is known by the labels that kubeadm writes.
func (w *Workload) Static() bool {
	if w.Object.Kind != "Pod" {
		return false
	}
	if _, ok := w.Meta.Annotations[corev1.MirrorPodAnnotationKey]; ok {
		return true
	}
	if owner := metav1.GetControllerOfNoCopy(w.Meta); owner != nil {
		return owner.Kind == "Node" && owner.APIVersion == "v1"
	}
	return w.Meta.Labels["tier"] == "control-plane" && w.Namespace() == metav1.NamespaceSystem
}

// RunAs returns the workloads that run as a service account.
func RunAs(v *snapshot.View, namespace, account string) []*Workload {
	return byAccount.Of(v, struct{}{})[[2]string{namespace, account}]
}

var byAccount = snapshot.Memo[struct{}, map[[2]string][]*Workload]{Name: "workload.byAccount", Compute: func(v *snapshot.View, _ struct{}) map[[2]string][]*Workload {
	found := map[[2]string][]*Workload{}
	for _, w := range All(v) {
		key := [2]string{w.Namespace(), w.ServiceAccount()}
		found[key] = append(found[key], w)
	}
	return found
}}
