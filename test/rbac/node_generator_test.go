package rbac_test

import (
	"fmt"

	certificatesv1beta1 "k8s.io/api/certificates/v1beta1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/node"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func nodeNames() []string { return []string{"n1", "n2", "n3", "n4", "a"} }

func (g *nodeGenerator) name() string      { return g.one([]string{"a", "a", "b", "b", "c", "d", ""}) }
func (g *nodeGenerator) namespace() string { return g.one([]string{"one", "two"}) }
func (g *nodeGenerator) node() string      { return g.one([]string{"n1", "n1", "n2", "n2", "n3", ""}) }

// nodeGenerator makes the objects that the Node authorizer looks at, with few names.
type nodeGenerator struct{ generator }

type generatedCluster struct {
	pods         []*corev1.Pod
	volumes      []*corev1.PersistentVolume
	attachments  []*storagev1.VolumeAttachment
	slices       []*resourcev1.ResourceSlice
	certificates []*certificatesv1beta1.PodCertificateRequest
}

func (g *nodeGenerator) cluster() *generatedCluster {
	c := &generatedCluster{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"}[:g.IntN(9)] {
		c.pods = append(c.pods, g.pod(name))
	}
	for i, name := range []string{"a", "b", "c"}[:g.IntN(4)] {
		pv := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
		pv.Spec.PersistentVolumeSource = g.persistentSource(g.IntN(11))
		if g.IntN(5) > 0 {
			pv.Spec.ClaimRef = &corev1.ObjectReference{Namespace: g.one([]string{"one", "two", ""}), Name: g.name()}
		}
		c.volumes = append(c.volumes, pv)
		c.attachments = append(c.attachments, &storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: storagev1.VolumeAttachmentSpec{NodeName: g.node()}})
		slice := &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if node := g.node(); i > 0 {
			slice.Spec.NodeName = &node
		}
		c.slices = append(c.slices, slice)
		request := &certificatesv1beta1.PodCertificateRequest{ObjectMeta: metav1.ObjectMeta{Namespace: g.namespace(), Name: name}}
		request.Spec.NodeName = types.NodeName(g.one([]string{"n1", "n2", "n3"}))
		c.certificates = append(c.certificates, request)
	}
	return c
}

func (g *nodeGenerator) pod(name string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: g.namespace(), Name: name}}
	if g.IntN(8) == 0 {
		pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
	}
	pod.Spec.NodeName, pod.Spec.ServiceAccountName = g.node(), g.name()
	if g.IntN(3) == 0 {
		pod.Spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: g.name()}}
	}
	for i := range g.IntN(7) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: fmt.Sprint(i), VolumeSource: g.source(g.IntN(16))})
	}
	from, env := g.environment()
	switch g.IntN(6) {
	case 0:
		pod.Spec.InitContainers = []corev1.Container{{EnvFrom: from, Env: env}}
	case 1:
		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{EnvFrom: from, Env: env}}}
	case 2, 3:
		pod.Spec.Containers = []corev1.Container{{}, {EnvFrom: from, Env: env}}
	}
	g.resourceClaims(pod)
	return pod
}

func (g *nodeGenerator) resourceClaims(pod *corev1.Pod) {
	name := g.name()
	switch g.IntN(6) {
	case 0:
		pod.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "x", ResourceClaimName: &name}}
	case 1:
		pod.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "x", ResourceClaimTemplateName: &name}}
		pod.Status.ResourceClaimStatuses = []corev1.PodResourceClaimStatus{{Name: g.one([]string{"x", "y"}), ResourceClaimName: &name}, {Name: "x"}}
	case 2:
		pod.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "x"}}
		pod.Status.ExtendedResourceClaimStatus = &corev1.PodExtendedResourceClaimStatus{ResourceClaimName: name}
	}
}

func (g *nodeGenerator) environment() ([]corev1.EnvFromSource, []corev1.EnvVar) {
	secret, config := corev1.LocalObjectReference{Name: g.name()}, corev1.LocalObjectReference{Name: g.name()}
	switch g.IntN(4) {
	case 0:
		return []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: secret}}, {ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: config}}}, nil
	case 1:
		return nil, []corev1.EnvVar{{}, {ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: secret}}}}
	case 2:
		return nil, []corev1.EnvVar{{ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: config}}}}
	default:
		return nil, []corev1.EnvVar{{ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{}}}}
	}
}

// source is a volume of a pod: one of each that names something, and some that do not.
func (g *nodeGenerator) source(kind int) corev1.VolumeSource {
	ref := &corev1.LocalObjectReference{Name: g.name()}
	if g.IntN(10) == 0 {
		ref = nil
	}
	return []corev1.VolumeSource{
		{Secret: &corev1.SecretVolumeSource{SecretName: g.name()}},
		{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: g.name()}}},
		{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: g.name()}},
		{Ephemeral: &corev1.EphemeralVolumeSource{}},
		{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: g.name()}}},
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: g.name()}}},
		}}},
		{AzureFile: &corev1.AzureFileVolumeSource{SecretName: g.name()}},
		{CephFS: &corev1.CephFSVolumeSource{SecretRef: ref}},
		{Cinder: &corev1.CinderVolumeSource{SecretRef: ref}},
		{FlexVolume: &corev1.FlexVolumeSource{SecretRef: ref}},
		{RBD: &corev1.RBDVolumeSource{SecretRef: ref}},
		{ScaleIO: &corev1.ScaleIOVolumeSource{SecretRef: ref}},
		{ISCSI: &corev1.ISCSIVolumeSource{SecretRef: ref}},
		{StorageOS: &corev1.StorageOSVolumeSource{SecretRef: ref}},
		{CSI: &corev1.CSIVolumeSource{NodePublishSecretRef: ref}},
		{EmptyDir: &corev1.EmptyDirVolumeSource{}},
		{Glusterfs: &corev1.GlusterfsVolumeSource{EndpointsName: "a"}},
	}[kind]
}

func (g *nodeGenerator) persistentSource(kind int) corev1.PersistentVolumeSource {
	secret := func() *corev1.SecretReference {
		if g.IntN(10) == 0 {
			return nil
		}
		return &corev1.SecretReference{Namespace: g.one([]string{"one", "two", ""}), Name: g.name()}
	}
	namespace := g.one([]string{"one", ""})
	return []corev1.PersistentVolumeSource{
		{AzureFile: &corev1.AzureFilePersistentVolumeSource{SecretName: g.name()}},
		{AzureFile: &corev1.AzureFilePersistentVolumeSource{SecretName: g.name(), SecretNamespace: &namespace}},
		{CephFS: &corev1.CephFSPersistentVolumeSource{SecretRef: secret()}},
		{Cinder: &corev1.CinderPersistentVolumeSource{SecretRef: secret()}},
		{FlexVolume: &corev1.FlexPersistentVolumeSource{SecretRef: secret()}},
		{RBD: &corev1.RBDPersistentVolumeSource{SecretRef: secret()}},
		{ScaleIO: &corev1.ScaleIOPersistentVolumeSource{SecretRef: secret()}},
		{ISCSI: &corev1.ISCSIPersistentVolumeSource{SecretRef: secret()}},
		{StorageOS: &corev1.StorageOSPersistentVolumeSource{SecretRef: &corev1.ObjectReference{Namespace: namespace, Name: g.name()}}},
		{CSI: &corev1.CSIPersistentVolumeSource{
			ControllerPublishSecretRef: secret(), ControllerExpandSecretRef: secret(),
			NodePublishSecretRef: secret(), NodeStageSecretRef: secret(), NodeExpandSecretRef: secret(),
		}},
		{HostPath: &corev1.HostPathVolumeSource{}},
	}[kind]
}

func (g *nodeGenerator) identity() rbac.Identity {
	who := rbac.Identity{User: "system:node:" + g.one(append(nodeNames(), "n1", "n1", "n2")), Groups: []string{"system:authenticated", "system:nodes"}}
	switch g.IntN(25) {
	case 0:
		who.Groups = []string{"system:authenticated"}
	case 1:
		who.User = g.one([]string{"system:node:", "n1", "system:nodes:n1", "system:node", ""})
	}
	return who
}

func (g *nodeGenerator) request() rbac.Request {
	if g.IntN(50) == 0 {
		return rbac.Request{Verb: "get", Path: g.one([]string{"/healthz", "/metrics"})}
	}
	resources := [][2]string{
		{"", "secrets"}, {"", "secrets"}, {"", "configmaps"}, {"", "configmaps"}, {"", "persistentvolumeclaims"}, {"", "persistentvolumes"},
		{"resource.k8s.io", "resourceclaims"}, {"storage.k8s.io", "volumeattachments"}, {"", "serviceaccounts"}, {"coordination.k8s.io", "leases"},
		{"storage.k8s.io", "csinodes"}, {"resource.k8s.io", "resourceslices"}, {"", "nodes"}, {"", "pods"}, {"", "pods"},
		{"certificates.k8s.io", "podcertificaterequests"}, {"certificates.k8s.io", "clustertrustbundles"}, {"certificates.k8s.io", "certificatesigningrequests"},
		{"", "services"}, {"", "events"}, {"events.k8s.io", "events"}, {"", "endpoints"}, {"storage.k8s.io", "csidrivers"}, {"node.k8s.io", "runtimeclasses"},
		{"authentication.k8s.io", "tokenreviews"}, {"authorization.k8s.io", "subjectaccessreviews"}, {"authorization.k8s.io", "localsubjectaccessreviews"},
		{"apps", "deployments"}, {"apps", "secrets"}, {"", "*"},
	}
	resource := resources[g.IntN(len(resources))]
	if g.IntN(2) == 0 {
		resource = resources[g.IntN(9)] // what runs on the node decides about these
	}
	r := rbac.Request{
		Verb:  g.one([]string{"get", "get", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*", "use"}),
		Group: resource[0], Resource: resource[1], Name: g.name(),
		Subresource: g.one([]string{"", "", "", "", "status", "token", "eviction", "log"}),
		Namespace:   g.one([]string{"one", "two", "one", "two", "", "kube-node-lease"}),
	}
	if g.IntN(2) == 0 { // most requests make no sense otherwise
		r.Verb, r.Subresource = g.one([]string{"get", "get", "list", "watch"}), ""
	}
	switch {
	case resource[1] == "serviceaccounts" && g.IntN(2) == 0:
		r.Verb, r.Subresource = "create", "token"
	case resource[1] == "persistentvolumes" || resource[1] == "volumeattachments" || resource[1] == "resourceslices":
		r.Namespace = g.one([]string{"", "", "", "one"})
	case resource[1] == "nodes" || resource[1] == "leases" || resource[1] == "csinodes":
		r.Name = g.one(append(nodeNames(), ""))
		r.Namespace = g.one([]string{"", "kube-node-lease"})
	case resource[1] == "persistentvolumeclaims" && g.IntN(3) == 0:
		r.Name = g.one([]string{"a", "b", "c"}) + "-" + g.one([]string{"0", "1"})
	}
	if g.IntN(4) == 0 {
		r.FieldSelector = g.one([]string{
			"spec.nodeName=n1", "spec.nodeName==n2", "spec.nodeName!=n1", "nodeName=n1", "metadata.name=a,spec.nodeName=n3", "spec.nodeName=n1,spec.nodeName=n2", "spec.nodeName=", "spec.nodeName in (n1)",
		})
	}
	return r
}

// graph is what the informers of the Node authorizer make of the cluster.
func (c *generatedCluster) graph() *node.Graph {
	graph := node.NewGraph()
	for _, pod := range c.pods {
		if pod.Spec.NodeName != "" {
			graph.AddPod(pod)
		}
	}
	for _, volume := range c.volumes {
		graph.AddPV(volume)
	}
	for _, attachment := range c.attachments {
		graph.AddVolumeAttachment(attachment.Name, attachment.Spec.NodeName)
	}
	for _, slice := range c.slices {
		if slice.Spec.NodeName == nil {
			graph.AddResourceSlice(slice.Name, "")
		} else {
			graph.AddResourceSlice(slice.Name, *slice.Spec.NodeName)
		}
	}
	for _, request := range c.certificates {
		graph.AddPodCertificateRequest(request)
	}
	return graph
}

func (c *generatedCluster) changes() []snapshot.Change {
	var changes []snapshot.Change
	add := func(group, kind string, meta metav1.ObjectMeta, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: meta.Namespace, Name: meta.Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	for _, o := range c.pods {
		add("", "Pod", o.ObjectMeta, o)
	}
	for _, o := range c.volumes {
		add("", "PersistentVolume", o.ObjectMeta, o)
	}
	for _, o := range c.attachments {
		add("storage.k8s.io", "VolumeAttachment", o.ObjectMeta, o)
	}
	for _, o := range c.slices {
		add("resource.k8s.io", "ResourceSlice", o.ObjectMeta, o)
	}
	for _, o := range c.certificates {
		add("certificates.k8s.io", "PodCertificateRequest", o.ObjectMeta, o)
	}
	for _, scope := range []model.Scope{
		{Kind: "Pod"}, {Kind: "PersistentVolume"}, {Group: "storage.k8s.io", Kind: "VolumeAttachment"},
		{Group: "resource.k8s.io", Kind: "ResourceSlice"}, {Group: "certificates.k8s.io", Kind: "PodCertificateRequest"},
		{Group: rbacv1.GroupName, Kind: "Role"}, {Group: rbacv1.GroupName, Kind: "RoleBinding"},
		{Group: rbacv1.GroupName, Kind: "ClusterRole"}, {Group: rbacv1.GroupName, Kind: "ClusterRoleBinding"},
	} {
		changes = append(changes, snapshot.Change{Listed: &scope})
	}
	return changes
}
