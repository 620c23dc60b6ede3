package techniques

import (
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// administersDevices says what comes of claims with adminAccess: the API server
// takes them in namespaces with a label only.
func administersDevices(c *attack.Case) {
	devices, ok := some(c, kind(resourcev1.GroupName, "ResourceSlice"), "")
	if !ok {
		return
	}
	opened, ok := openToDeviceAdmins(c.View, c.Namespace)
	if !ok {
		return
	}
	devices.and(opened).yields(c, attack.Integrity, attack.Of(resourcev1.GroupName, "ResourceClaim", "", ""))
}

// openToDeviceAdmins is whether a namespace, or with "" any, has the label for
// claims with adminAccess.
func openToDeviceAdmins(v *snapshot.View, namespace string) (basis, bool) {
	if namespace != "" {
		object, ns, presence := snapshot.Get(v, kinds.Namespaces, "", namespace)
		return labelledForAdmins(v, namespace, object, ns, presence)
	}
	all, complete := snapshot.List(v, kinds.Namespaces, "")
	for object, ns := range all {
		if b, ok := labelledForAdmins(v, object.Name, object, ns, snapshot.Present); ok && len(b.unread) == 0 {
			return b, true
		} else if ok {
			complete = false
		}
	}
	return basis{unread: []string{"some namespace has the label " + adminAccessLabel(v) + "; not all were read"}}, !complete
}

func labelledForAdmins(v *snapshot.View, name string, object *snapshot.Object, ns *corev1.Namespace, presence snapshot.Presence) (basis, bool) {
	label := adminAccessLabel(v)
	if presence == snapshot.Undetermined || presence == snapshot.Present && object.Implied {
		return basis{unread: []string{"namespace " + name + " has the label " + label + "; it was not read"}}, true
	}
	if presence == snapshot.Absent || ns.Labels[label] != "true" {
		return basis{}, false
	}
	return basis{evidence: []model.Evidence{object.Evidence(model.Path("metadata.labels").Child(label), "true")}}, true
}

// adminAccessLabel is the label that the API server asks for: it was renamed in
// Kubernetes 1.34.
func adminAccessLabel(v *snapshot.View) string {
	if v.Settings().Version.Minor < 34 {
		return "resource.k8s.io/admin-access"
	}
	return resourcev1.DRAAdminNamespaceLabelKey
}
