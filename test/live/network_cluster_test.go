package live

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/test/cluster"
)

// definition is custom resources of one group that have the same versions, the stored
// one first. Their schema takes everything.
type definition struct {
	group      string
	versions   []string
	namespaced []string // KIND/PLURAL
	clustered  []string
}

const (
	istioSecurity   = "security.istio.io"
	istioNetworking = "networking.istio.io"
	adminPolicies   = "policy.networking.k8s.io"
)

// linkerdDefinitions are those of linkerd-crds 2.19.
func linkerdDefinitions() []definition {
	const group = "policy.linkerd.io"
	return []definition{
		{group: group, versions: []string{"v1beta3", "v1beta2", "v1beta1"}, namespaced: []string{"Server/servers"}},
		{group: group, versions: []string{"v1beta1"}, namespaced: []string{"ServerAuthorization/serverauthorizations"}},
		{group: group, versions: []string{"v1beta3", "v1beta2", "v1beta1", "v1alpha1"}, namespaced: []string{"HTTPRoute/httproutes"}},
		{group: group, versions: []string{"v1alpha1"}, namespaced: []string{
			"AuthorizationPolicy/authorizationpolicies", "MeshTLSAuthentication/meshtlsauthentications", "NetworkAuthentication/networkauthentications"}},
	}
}

// istioDefinitions are those of istio.io/api v1.30.1.
func istioDefinitions() []definition {
	return []definition{
		{group: istioSecurity, versions: []string{"v1", "v1beta1"}, namespaced: istioSecurityKinds()},
		{group: istioNetworking, versions: []string{"v1", "v1beta1", "v1alpha3"}, namespaced: istioNetworkingKinds()},
		{group: istioNetworking, versions: []string{"v1alpha3"}, namespaced: []string{"EnvoyFilter/envoyfilters"}},
	}
}

func istioSecurityKinds() []string {
	return []string{"AuthorizationPolicy/authorizationpolicies", "PeerAuthentication/peerauthentications"}
}

func istioNetworkingKinds() []string {
	return []string{"DestinationRule/destinationrules", "Gateway/gateways", "ServiceEntry/serviceentries", "Sidecar/sidecars", "VirtualService/virtualservices"}
}

// adminDefinitions are the kinds of network-policy-api v0.1; v0.2.0 ships that of
// ClusterNetworkPolicy alone.
func adminDefinitions() []definition {
	return []definition{{group: adminPolicies, versions: []string{"v1alpha1"}, clustered: []string{
		"AdminNetworkPolicy/adminnetworkpolicies", "BaselineAdminNetworkPolicy/baselineadminnetworkpolicies"}}}
}

func ciliumDefinitions() []definition {
	return []definition{{group: "cilium.io", versions: []string{"v2"},
		namespaced: []string{"CiliumNetworkPolicy/ciliumnetworkpolicies"}, clustered: []string{"CiliumClusterwideNetworkPolicy/ciliumclusterwidenetworkpolicies"}}}
}

func calicoDefinitions() []definition {
	return []definition{{group: "crd.projectcalico.org", versions: []string{"v1"},
		namespaced: []string{"NetworkPolicy/networkpolicies", "NetworkSet/networksets"},
		clustered:  []string{"GlobalNetworkPolicy/globalnetworkpolicies", "GlobalNetworkSet/globalnetworksets", "HostEndpoint/hostendpoints", "Tier/tiers"}}}
}

// define installs custom resources and waits until they are served.
func define(t *testing.T, c *cluster.Cluster, definitions ...definition) {
	t.Helper()
	var documents [][]byte
	for _, d := range definitions {
		for _, names := range [][]string{d.namespaced, d.clustered} {
			for _, name := range names {
				documents = append(documents, d.crd(t, name, slices.Contains(d.clustered, name)))
			}
		}
	}
	install(t, c, documents)
}

func (d *definition) crd(t *testing.T, name string, clustered bool) []byte {
	t.Helper()
	kind, plural, _ := strings.Cut(name, "/")
	scope := "Namespaced"
	if clustered {
		scope = "Cluster"
	}
	var versions []map[string]any
	for i, version := range d.versions {
		versions = append(versions, map[string]any{"name": version, "served": true, "storage": i == 0,
			"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
	}
	text, err := json.Marshal(map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": plural + "." + d.group, "annotations": map[string]string{"api-approved.kubernetes.io": "unapproved, of a test"}},
		"spec":     map[string]any{"group": d.group, "scope": scope, "names": map[string]string{"kind": kind, "plural": plural}, "versions": versions},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// defineFrom installs the CustomResourceDefinitions that a folder of a Go module holds.
func defineFrom(t *testing.T, c *cluster.Cluster, module, folder string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("find %s: %v", module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(output)), folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has nothing in %s: %v", module, folder, err)
	}
	var documents [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nkind: CustomResourceDefinition\n") {
			if text, err = yaml.YAMLToJSON(text); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			documents = append(documents, text)
		}
	}
	install(t, c, documents)
}

// install creates CustomResourceDefinitions. createOne waits for what needs them.
func install(t *testing.T, c *cluster.Cluster, documents [][]byte) {
	t.Helper()
	for _, text := range documents {
		err := c.Client().CoreV1().RESTClient().Post().AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").Body(text).Do(t.Context()).Error()
		if err != nil {
			t.Fatalf("%v: %.300s", err, text)
		}
	}
	await(t, "the custom resources to be established", func() string {
		raw, err := c.Client().CoreV1().RESTClient().Get().AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").DoRaw(t.Context())
		if err != nil {
			return err.Error()
		}
		var list struct {
			Items []struct {
				Metadata metav1.ObjectMeta
				Status   struct {
					Conditions []metav1.Condition `json:"conditions"`
				} `json:"status"`
			} `json:"items"`
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return err.Error()
		}
		for i := range list.Items {
			established := func(c metav1.Condition) bool { return c.Type == "Established" && c.Status == metav1.ConditionTrue }
			if !slices.ContainsFunc(list.Items[i].Status.Conditions, established) {
				return list.Items[i].Metadata.Name
			}
		}
		return ""
	})
}

// proxy is what carries the traffic of a pod, as its injector leaves it behind.
type proxy string

const (
	noProxy   proxy = ""
	istio     proxy = "istio-proxy"
	linkerd   proxy = "linkerd-proxy"
	ztunnel   proxy = "ambient"
	completed proxy = "completed" // no proxy, and the pod has ended
)

// deploy makes a Deployment, its ReplicaSet and pods of it, as controllers and
// injectors would have. Its account has its name, and it listens on 8080.
func deploy(t *testing.T, c *cluster.Cluster, namespace, name string, proxies ...proxy) {
	t.Helper()
	ctx, client := t.Context(), c.Client()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	labels := map[string]string{"app": name}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
		ServiceAccountName: name, Containers: []corev1.Container{{Name: "app", Image: "app:1", Ports: []corev1.ContainerPort{{ContainerPort: 8080}}}},
	}}
	selector := &metav1.LabelSelector{MatchLabels: labels}
	two := int32(2)
	deployment, err := client.AppsV1().Deployments(namespace).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{Replicas: &two, Selector: selector, Template: template}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := client.AppsV1().ReplicaSets(namespace).Create(ctx, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: name + "-5d8f6c", OwnerReferences: ownedBy("Deployment", name, deployment.UID)},
		Spec:       appsv1.ReplicaSetSpec{Selector: selector, Template: template}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, proxy := range proxies {
		pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
		pod.Name, pod.OwnerReferences = fmt.Sprintf("%s-%d", set.Name, i), ownedBy("ReplicaSet", set.Name, set.UID)
		run(t, c, namespace, pod, proxy)
	}
}

// run creates a pod and sets the status that a kubelet would give it.
func run(t *testing.T, c *cluster.Cluster, namespace string, pod *corev1.Pod, with proxy) {
	t.Helper()
	phase := corev1.PodRunning
	switch with {
	case istio, linkerd:
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: string(with), Image: "proxy:1"})
	case ztunnel:
		pod.Annotations = map[string]string{"ambient.istio.io/redirection": "enabled"}
	case completed:
		phase = corev1.PodSucceeded
	}
	pods := c.Client().CoreV1().Pods(namespace)
	if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	status := fmt.Sprintf(`{"status":{"phase":%q}}`, phase)
	if _, err := pods.Patch(t.Context(), pod.Name, types.MergePatchType, []byte(status), metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
}
