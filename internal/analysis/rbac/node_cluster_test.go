package rbac

import (
	"fmt"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/test/cluster"
)

// What the real API server lets nodes do is what Allowed says of a snapshot of it,
// and a Role that allows to bind a ClusterRole does on it what Authorize says.
func TestNodesAndBindOnTheServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithoutAdmissionPlugins("ServiceAccount"))
	for _, namespace := range []string{"one", "two"} {
		c.Namespace(t, namespace)
	}
	t.Run("nodes", func(t *testing.T) { nodesOnTheServer(t, c.Client()) })
	t.Run("bind", func(t *testing.T) { bindOnTheServer(t, c) })
}

func nodesOnTheServer(t *testing.T, client kubernetes.Interface) {
	changes := append(dump(t, client, false), placedObjects(t, client)...)
	view := snapshot.New(snapshot.Settings{Live: true, Version: snapshot.Version{Major: 1, Minor: 36}}, changes...).View()
	allowed := 0
	for _, text := range []string{
		"get secrets db -n one", "get secrets db -n two", "list secrets db -n one", "list secrets -n one", "get secrets key -n two", "get secrets controller -n two",
		"get configmaps settings -n one", "get configmaps other -n one", "get persistentvolumeclaims data -n one", "update persistentvolumeclaims/status data -n one",
		"get persistentvolumes disk", "get persistentvolumes other", "create serviceaccounts/token web -n one", "get serviceaccounts web -n one", "create serviceaccounts/token web -n two",
		"get pods web -n one", "get pods web -n two", "list pods", "create pods/eviction web -n one", "get nodes n1", "get nodes n2", "list nodes", "patch nodes/status n2",
		"update leases.coordination.k8s.io n1 -n kube-node-lease", "get csinodes.storage.k8s.io n2", "create events -n one", "get services -n one", "get deployments.apps x -n one",
		"list pods -n one selected", "get /metrics", "create podcertificaterequests.certificates.k8s.io -n one", "list clustertrustbundles.certificates.k8s.io",
	} {
		r := request(text)
		if text == "list pods -n one selected" {
			r = Request{Verb: "list", Resource: "pods", FieldSelector: "spec.nodeName=n1"}
		}
		for _, node := range []string{"n1", "n2"} {
			ours := Allowed(view, nodeUser(node), r)
			if ours.Verdict == Allows {
				allowed++
			}
			eventually(t, func() string {
				if theirs := reviewNode(t, client, nodeUser(node).Identities(), r); theirs != ours.Verdict {
					return fmt.Sprintf("%s asks %s: ours %s, the server's %s", node, text, ours.Verdict, theirs)
				}
				return ""
			})
		}
	}
	if allowed < 20 {
		t.Errorf("only %d requests are allowed", allowed)
	}
}

// reviewNode is review with a field selector.
func reviewNode(t *testing.T, client kubernetes.Interface, who Identity, r Request) Verdict {
	t.Helper()
	if r.FieldSelector == "" {
		return review(t, client, who, r)
	}
	answer, err := client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: who.User, Groups: who.Groups, ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: r.Verb, Resource: r.Resource, FieldSelector: &authorizationv1.FieldSelectorAttributes{RawSelector: r.FieldSelector},
		},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status.Allowed {
		return Allows
	}
	return Denies
}

// placedObjects makes two pods on two nodes and the volume of one, and returns what
// the server then has.
func placedObjects(t *testing.T, client kubernetes.Interface) []snapshot.Change {
	t.Helper()
	ctx, options := t.Context(), metav1.CreateOptions{}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.PodSpec{
		NodeName: "n1", ServiceAccountName: "web",
		Containers: []corev1.Container{{Name: "c", Image: "c", EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}}}},
		Volumes: []corev1.Volume{
			{Name: "db", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "db"}}},
			{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}},
		},
	}}
	other := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.PodSpec{NodeName: "n2", Containers: []corev1.Container{{Name: "c", Image: "c"}}}}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "disk"}, Spec: corev1.PersistentVolumeSpec{
		Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		ClaimRef: &corev1.ObjectReference{Namespace: "one", Name: "data"},
		PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
			Driver: "d.example", VolumeHandle: "h", NodeStageSecretRef: &corev1.SecretReference{Namespace: "two", Name: "key"},
			ControllerPublishSecretRef: &corev1.SecretReference{Namespace: "two", Name: "controller"},
		}},
	}}
	_, err1 := client.CoreV1().Pods("one").Create(ctx, pod, options)
	_, err2 := client.CoreV1().Pods("two").Create(ctx, other, options)
	_, err3 := client.CoreV1().PersistentVolumes().Create(ctx, volume, options)
	pods, err4 := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	volumes, err5 := client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	changes := []snapshot.Change{{Listed: &model.Scope{Kind: "Pod"}}, {Listed: &model.Scope{Kind: "PersistentVolume"}}}
	for i := range pods.Items {
		id := model.ID{Kind: "Pod", Namespace: pods.Items[i].Namespace, Name: pods.Items[i].Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: &pods.Items[i]}})
	}
	for i := range volumes.Items {
		id := model.ID{Kind: "PersistentVolume", Name: volumes.Items[i].Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: &volumes.Items[i]}})
	}
	return changes
}

// bindOnTheServer lets jane bind the ClusterRole admin, which she does not have, by a
// Role in one namespace.
func bindOnTheServer(t *testing.T, c *cluster.Cluster) {
	ctx, options := t.Context(), metav1.CreateOptions{}
	api := c.Client().RbacV1()
	_, err1 := api.Roles("one").Create(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "binder"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"rolebindings"}, Verbs: []string{"create"}},
		{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"clusterroles"}, ResourceNames: []string{"admin"}, Verbs: []string{"bind"}},
	}}, options)
	_, err2 := api.RoleBindings("one").Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "binder"}, Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "jane"}},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "binder"},
	}, options)
	client, err3 := kubernetes.NewForConfig(c.ConfigFor(t, "jane"))
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	view := snapshot.New(snapshot.Settings{Live: true}, dump(t, c.Client(), false)...).View()
	for role, want := range map[string]Verdict{"admin": Allows, "cluster-admin": Denies} {
		r := Request{Verb: "bind", Group: rbacv1.GroupName, Resource: "clusterroles", Name: role, Namespace: "one"}
		if d := Allowed(view, jane(), r); d.Verdict != want {
			t.Errorf("bind %s: %s, want %s", role, d.Verdict, want)
		}
		eventually(t, func() string {
			_, err := client.RbacV1().RoleBindings("one").Create(ctx, &rbacv1.RoleBinding{
				ObjectMeta: metav1.ObjectMeta{Name: "mine-" + role}, Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "jane"}},
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			}, options)
			if (err == nil) != (want == Allows) || err != nil && !apierrors.IsForbidden(err) {
				return fmt.Sprintf("bind %s: %v", role, err)
			}
			return ""
		})
	}
}
