package data

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// secretOf returns the judged Secret, or nil after saying that it is unknown.
func secretOf(c *check.Case) *kinds.Secret {
	secret, err := kinds.Secrets.Read(c.Object)
	if err != nil {
		c.Unknown()
		return nil
	}
	return secret
}

// use is one place that refers to a Secret.
type use struct {
	object  *snapshot.Object
	path    model.Path
	account string // of the workload that refers, "" for other objects
	pull    bool   // to pull images with, which the pods do not see
}

// workloadUses maps the Secrets of a namespace to the workloads that refer to them.
var workloadUses = snapshot.Memo[string, map[string][]use]{Name: "check/data.workloadUses", Compute: func(v *snapshot.View, namespace string) map[string][]use {
	uses := map[string][]use{}
	for _, w := range workload.In(v, namespace) {
		for ref := range w.References("Secret") {
			uses[ref.Name] = append(uses[ref.Name], use{object: ref.Object, path: ref.Path, account: w.ServiceAccount(), pull: ref.Use == workload.AsPullSecret})
		}
		for i := range w.Spec.Volumes {
			if name, path := driverSecret(&w.Spec.Volumes[i].VolumeSource); name != "" {
				uses[name] = append(uses[name], use{object: w.Object, path: (w.Path + ".volumes").Index(i) + path, account: w.ServiceAccount(), pull: true})
			}
		}
	}
	return uses
}}

// driverSecret returns the Secret that the driver of a volume logs in with.
func driverSecret(v *corev1.VolumeSource) (string, model.Path) {
	switch {
	case v.CSI != nil && v.CSI.NodePublishSecretRef != nil:
		return v.CSI.NodePublishSecretRef.Name, ".csi.nodePublishSecretRef.name"
	case v.AzureFile != nil:
		return v.AzureFile.SecretName, ".azureFile.secretName"
	case v.CephFS != nil && v.CephFS.SecretRef != nil:
		return v.CephFS.SecretRef.Name, ".cephfs.secretRef.name"
	case v.RBD != nil && v.RBD.SecretRef != nil:
		return v.RBD.SecretRef.Name, ".rbd.secretRef.name"
	case v.FlexVolume != nil && v.FlexVolume.SecretRef != nil:
		return v.FlexVolume.SecretRef.Name, ".flexVolume.secretRef.name"
	case v.ISCSI != nil && v.ISCSI.SecretRef != nil:
		return v.ISCSI.SecretRef.Name, ".iscsi.secretRef.name"
	case v.ScaleIO != nil && v.ScaleIO.SecretRef != nil:
		return v.ScaleIO.SecretRef.Name, ".scaleIO.secretRef.name"
	default:
		return "", ""
	}
}

// keyNames lists the first keys of a Secret that a function selects.
func keyNames(secret *kinds.Secret, wanted func(string, kinds.SecretKey) bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(secret.Keys)) {
		if wanted(name, secret.Keys[name]) {
			names = append(names, name)
		}
	}
	return names
}

// size stands for a value in evidence.
func size(key kinds.SecretKey) string { return strconv.Itoa(key.SizeBytes) + " bytes" }

// list renders names for a message: three of them at most.
func list(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " and more"
	}
	return strings.Join(names, ", ")
}
