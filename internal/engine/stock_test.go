package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// actionable are the critical and high findings on stock components that stay:
// their operator can act on them, as the value says.
var actionable = map[string]string{
	"privileged-container kube-system/efs-csi-controller[Deployment] efs-plugin": "controller.containerSecurityContext.privileged=false in the chart's values, unless deleteAccessPointRootDir is used",
}

// Stock components as published give no critical or high finding that their
// operator cannot act on, and what is suppressed is listed with its reason.
func TestStockComponents(t *testing.T) {
	reported := map[string]bool{}
	for name, text := range published(t) {
		t.Run(name, func(t *testing.T) {
			s := snapshotOf(t, text)
			result := Evaluate(s, Request{Checks: all.Checks(), Now: day})
			for _, gap := range result.Gaps {
				t.Errorf("gap: %s", gap.Reason)
			}
			for i := range result.Findings {
				f := &result.Findings[i]
				if f.Severity < model.High {
					continue
				}
				reported[describe(f)] = true
				if actionable[describe(f)] == "" {
					t.Errorf("%s: %s, of which nobody says what the operator can do: %s", f.Severity, describe(f), f.Message)
				}
			}
			for i := range result.Excepted {
				f := &result.Excepted[i]
				if e := f.Exception; e == nil || e.Owner == "" || e.Reason == "" || e.Source != "built-in" || !e.Expires.IsZero() {
					t.Errorf("%s is suppressed as %+v", describe(f), e)
				}
			}
			found, _, _ := check.Run(s, all.Checks(), check.Options{})
			if len(found) != len(result.Findings)+len(result.Excepted) {
				t.Errorf("%d findings, of which %d are reported and %d listed as excepted", len(found), len(result.Findings), len(result.Excepted))
			}
		})
	}
	for finding := range actionable {
		if !reported[finding] {
			t.Errorf("%s is not found any more", finding)
		}
	}
}

// What takes a component's name without being it is not excepted.
func TestStockImpostors(t *testing.T) {
	each := func(change func(container map[string]any)) func(map[string]any) {
		return func(object map[string]any) {
			for _, container := range containersOf(object) {
				change(container)
			}
		}
	}
	impostors := map[string]func(object map[string]any){
		"images of another registry": each(func(c map[string]any) {
			image := c["image"].(string)
			c["image"] = "registry.attacker.example" + image[strings.IndexByte(image, '/'):]
		}),
		"another image of the registry": each(func(c map[string]any) {
			c["image"] = strings.Replace(c["image"].(string), ":", "-evil:", 1)
		}),
		"another program": each(func(c map[string]any) { c["command"] = []any{"/usr/bin/nsenter", "-t", "1"} }),
		"one foreign image": func(object map[string]any) {
			containers := containersOf(object)
			containers[len(containers)-1]["image"] = "registry.attacker.example/x:1"
		},
		"one more container": func(object map[string]any) {
			spec := podSpecOf(object)
			spec["containers"] = append(spec["containers"].([]any), map[string]any{"name": "x", "image": "registry.attacker.example/x:1"})
		},
		"another namespace": func(object map[string]any) { object["metadata"].(map[string]any)["namespace"] = "shop" },
		"another name":      func(object map[string]any) { object["metadata"].(map[string]any)["name"] = "web" },
	}
	for name, text := range published(t) {
		honest := Evaluate(snapshotOf(t, text), Request{Checks: all.Checks(), Now: day})
		for disguise, change := range impostors {
			result := Evaluate(snapshotOf(t, changed(t, text, change)), Request{Checks: all.Checks(), Now: day})
			for i := range result.Excepted {
				if f := &result.Excepted[i]; workload.Is(snapshot.GroupKind{Group: f.Object.Group, Kind: f.Object.Kind}) {
					t.Errorf("%s with %s: %s is excepted", name, disguise, describe(f))
				}
			}
			if worst(ofWorkloads(honest.Excepted)) > worst(result.Findings) {
				t.Errorf("%s with %s: nothing worse than %s is reported", name, disguise, worst(result.Findings))
			}
		}
	}
}

func ofWorkloads(findings []model.Finding) []model.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f model.Finding) bool {
		return !workload.Is(snapshot.GroupKind{Group: f.Object.Group, Kind: f.Object.Kind})
	})
}

// A stock binding is excepted for the subject that it was published with only.
func TestStockBindings(t *testing.T) {
	const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "kubeadm:cluster-admins"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "kubeadm:cluster-admins"}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}
`
	result := Evaluate(snapshotOf(t, binding), Request{Checks: all.Checks(), Now: day})
	for _, want := range []struct {
		in  []model.Finding
		key string
	}{{result.Excepted, "Group kubeadm:cluster-admins"}, {result.Findings, "User mallory"}} {
		if !slices.ContainsFunc(want.in, func(f model.Finding) bool { return f.Control == "rbac-reaches-admin" && f.Key == want.key }) {
			t.Errorf("%s is not where it belongs: %+v", want.key, want.in)
		}
	}
}

// A genuine component is excepted from what it was published with, and from nothing else.
func TestStockCoversNoMore(t *testing.T) {
	volume := func(path string, readOnly bool) func(map[string]any) {
		return func(object map[string]any) {
			spec, container := podSpecOf(object), containersOf(object)[0]
			volumes, _ := spec["volumes"].([]any)
			mounts, _ := container["volumeMounts"].([]any)
			spec["volumes"] = append(volumes, map[string]any{"name": "more", "hostPath": map[string]any{"path": path}})
			container["volumeMounts"] = append(mounts, map[string]any{"name": "more", "mountPath": "/more", "readOnly": readOnly})
		}
	}
	tests := []struct {
		file   string
		change func(object map[string]any)
		want   string // must be reported
	}{
		{"kubeadm-kube-proxy", volume("/", false), "host-path-root kube-system/kube-proxy[DaemonSet] more"},
		{"kubeadm-kube-proxy", volume("/lib/modules/../../root", false), "host-path-system kube-system/kube-proxy[DaemonSet] more"},
		{"kubeadm-kube-proxy", volume("/lib/modules", false), "host-path-system kube-system/kube-proxy[DaemonSet] more"},
		{"kubeadm-control-plane", volume("/etc/kubernetes/manifests", false), "host-path-kubelet kube-system/kube-apiserver[Pod] more"},
		{"kubeadm-control-plane", volume("/etc/kubernetes/pki", true), "host-path-kubelet kube-system/kube-scheduler[Pod] more"},
		{"kubeadm-control-plane", func(o map[string]any) { podSpecOf(o)["hostPID"] = true }, "host-pid kube-system/etcd[Pod] "},
		{"aws-ebs-csi-driver", func(o map[string]any) {
			for _, c := range containersOf(o) {
				c["securityContext"] = map[string]any{"privileged": true}
			}
		}, "privileged-container kube-system/ebs-csi-node[DaemonSet] liveness-probe"},
		{"cilium", func(o map[string]any) {
			containersOf(o)[0]["securityContext"] = map[string]any{"privileged": true}
		}, "privileged-container kube-system/cilium[DaemonSet] config"},
		{"flannel", func(o map[string]any) {
			for _, c := range containersOf(o) {
				c["securityContext"] = map[string]any{"capabilities": map[string]any{"add": []any{"NET_ADMIN", "SYS_ADMIN"}}}
			}
		}, "dangerous-capabilities kube-flannel/kube-flannel-ds[DaemonSet] kube-flannel/SYS_ADMIN"},
	}
	for _, test := range tests {
		result := Evaluate(snapshotOf(t, changed(t, published(t)[test.file], test.change)), Request{Checks: all.Checks(), Now: day})
		if !slices.ContainsFunc(result.Findings, func(f model.Finding) bool { return describe(&f) == test.want }) {
			t.Errorf("%s: %s is not reported", test.file, test.want)
		}
	}
}

// Each entry is complete, narrow, and says something of the published component.
func TestStockFile(t *testing.T) {
	known := map[string]bool{}
	for _, c := range all.Checks() {
		known[c.ID] = true
	}
	var found []model.Finding
	var together []string // what one component gets may lead on to another
	for _, text := range published(t) {
		some, _, _ := check.Run(snapshotOf(t, text), all.Checks(), check.Options{})
		found = append(found, some...)
		together = append(together, text)
	}
	some, _, _ := check.Run(snapshotOf(t, strings.Join(together, "\n---\n")), all.Checks(), check.Options{})
	found = append(found, some...)
	for _, c := range stockExceptions() {
		if c.Component == "" || c.Source == "" || c.Reason == "" || strings.Contains(c.Reason, "\n") || len(c.Objects) == 0 || len(c.Covers) == 0 {
			t.Errorf("%s is not complete", c.Component)
		}
		for _, object := range c.Objects {
			namespace, _, _ := strings.Cut(object, "/")
			if strings.Contains(namespace, "*") || len(c.Images) == 0 && strings.Contains(object, "*") {
				t.Errorf("%s: %s covers too much", c.Component, object)
			}
		}
		for _, need := range c.Covers {
			for _, id := range need.Controls {
				if !known[id] {
					t.Errorf("%s: there is no control %s", c.Component, id)
				}
				alone := need
				alone.Controls = []string{id}
				needed(t, &c, alone, found)
			}
			for _, key := range need.Keys {
				alone := need
				alone.Keys = []string{key}
				needed(t, &c, alone, found)
			}
		}
	}
}

// needed demands that the published component has a finding that is covered.
func needed(t *testing.T, c *stockComponent, alone cover, found []model.Finding) {
	t.Helper()
	if !slices.ContainsFunc(found, func(f model.Finding) bool { return c.names(f.Object.ID) && alone.holds(&f) }) {
		t.Errorf("%s: nothing in testdata/stock needs %v %v", c.Component, alone.Controls, alone.Keys)
	}
}

func TestSameRepository(t *testing.T) {
	const eks = "602401143452.dkr.ecr.*.amazonaws.com/eks/kube-proxy"
	tests := []struct {
		pattern, image string
		want           bool
	}{
		{"registry.example/proxy", "registry.example/proxy:v1", true},
		{"registry.example/proxy", "registry.example/proxy@sha256:ab", true},
		{"registry.example/proxy", "registry.example/proxy:v1@sha256:ab", true},
		{"registry.example/proxy", "registry.example:5000/proxy:v1", false},
		{"registry.example/proxy", "registry.example/proxy-evil:v1", false},
		{"registry.example/proxy", "registry.example/evil/proxy:v1", false},
		{"registry.example/proxy", "evil.example/registry.example/proxy", false},
		{"registry.example/proxy", "", false},
		{"docker.io/rancher/klipper-lb", "rancher/klipper-lb:v0.4.9", true},
		{"docker.io/rancher/klipper-lb", "index.docker.io/rancher/klipper-lb", true},
		{"docker.io/rancher/klipper-lb", "localhost/rancher/klipper-lb", false},
		{"docker.io/library/busybox", "busybox", true},
		{eks, "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.36.3-eksbuild.1", true},
		{eks, "111111111111.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1", false},
		{eks, "602401143452.dkr.ecr.evil.example/x.amazonaws.com/eks/kube-proxy:v1", false},
		{eks, "602401143452.dkr.ecr.a.b.amazonaws.com/eks/kube-proxy:v1", false},
		{eks, "602401143452.dkr.ecr..amazonaws.com/eks/kube-proxy:v1", false},
		{eks, "602401143452.dkr.ecr.eu-west-1.amazonaws.com.evil.example/eks/kube-proxy:v1", false},
	}
	for _, test := range tests {
		if got := sameRepository(test.pattern, repositoryOf(test.image)); got != test.want {
			t.Errorf("%s is %s: %v", test.image, test.pattern, got)
		}
	}
}

// Where two files define an object, a genuine one does not cover for the other.
func TestStockJudgesEveryDefinition(t *testing.T) {
	s, err := parseStock([]byte(`
registries: {ours: [registry.example, mirror.example]}
components:
  - component: proxy
    objects: ["kube-system/proxy[Pod]"]
    images: ["{ours}/proxy"]
    covers: [{controls: [c]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: proxy, namespace: kube-system}\nspec: {containers: [{name: c, image: %s}]}\n"
	finding := &model.Finding{Control: "c", Object: model.Ref{ID: model.ID{Kind: "Pod", Namespace: "kube-system", Name: "proxy"}}}
	for images, want := range map[[2]string]bool{
		{"registry.example/proxy", "mirror.example/proxy:v2"}: true,
		{"registry.example/proxy", "evil.example/proxy"}:      false,
		{"evil.example/proxy", "registry.example/proxy"}:      false,
	} {
		var changes []snapshot.Change
		for i, image := range images {
			text := document.Text{File: fmt.Sprintf("%d.yaml", i), Data: fmt.Appendf(nil, pod, image)}
			document.NewDecoder("").Decode(text, func(c snapshot.Change) { changes = append(changes, c) })
		}
		if got := s.match(snapshot.New(snapshot.Settings{}, changes...), finding) != nil; got != want {
			t.Errorf("%v: excepted %v", images, got)
		}
	}
}

// What is found on a container that somebody injected into a component's running
// pods, or put into them to debug, is nothing that was published.
func TestStockJudgesInjectedContainers(t *testing.T) {
	text := published(t)["kubeadm-kube-proxy"] + `---
apiVersion: v1
kind: Pod
metadata:
  name: kube-proxy-7xk2p
  namespace: kube-system
  labels: {k8s-app: kube-proxy}
  ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: kube-proxy, uid: a, controller: true}]
spec:
  containers:
    - name: kube-proxy
      image: registry.k8s.io/kube-proxy:v1.36.3
      securityContext: {privileged: true}
    - name: injected
      image: registry.attacker.example/x:1
      securityContext: {privileged: true}
`
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "f.yaml", Data: []byte(text)}, func(c snapshot.Change) { changes = append(changes, c) })
	for _, gk := range []snapshot.GroupKind{{Kind: "Pod"}, {Group: "apps", Kind: "DaemonSet"}} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
	}
	s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: true}, changes...)
	result := Evaluate(s, Request{Checks: all.Checks(), Now: day})
	const control = "privileged-container kube-system/kube-proxy[DaemonSet] "
	if !slices.ContainsFunc(result.Excepted, func(f model.Finding) bool { return describe(&f) == control+"kube-proxy" }) {
		t.Error("the component's own container is not excepted")
	}
	if !slices.ContainsFunc(result.Findings, func(f model.Finding) bool { return describe(&f) == control+"injected" }) {
		t.Error("the injected container is not reported")
	}
}

func TestParseStockRefuses(t *testing.T) {
	for _, text := range []string{
		"components: [{component: c, images: ['{nowhere}/c']}]",
		"components: [{component: c, control: [c]}]",
		"components: [{component: c, covers: [{controls: [c], most: urgent}]}]",
	} {
		if _, err := parseStock([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// published are the fixtures by name: stock components, reduced to what is judged.
func published(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/stock/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".yaml")] = string(text)
	}
	return texts
}

// changed applies a change to every workload of a text.
func changed(t *testing.T, text string, change func(object map[string]any)) string {
	t.Helper()
	var all [][]byte
	for document := range strings.SplitSeq(text, "\n---\n") {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if podSpecOf(object) != nil {
			change(object)
		}
		written, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, written)
	}
	return string(bytes.Join(all, []byte("---\n")))
}

func podSpecOf(object map[string]any) map[string]any {
	spec, _ := object["spec"].(map[string]any)
	if template, ok := spec["template"].(map[string]any); ok {
		spec, _ = template["spec"].(map[string]any)
	}
	if spec["containers"] == nil {
		return nil
	}
	return spec
}

func containersOf(object map[string]any) []map[string]any {
	var containers []map[string]any
	for _, list := range []string{"initContainers", "containers"} {
		some, _ := podSpecOf(object)[list].([]any)
		for _, container := range some {
			containers = append(containers, container.(map[string]any))
		}
	}
	return containers
}

func describe(f *model.Finding) string { return f.Control + " " + f.Object.ID.String() + " " + f.Key }

func worst(findings []model.Finding) model.Severity {
	var severity model.Severity
	for i := range findings {
		severity = max(severity, findings[i].Severity)
	}
	return severity
}

// The reference says of each component where it was looked at.
func TestStockReference(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/stock-components.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range stockExceptions() {
		if !slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "|") && strings.Contains(line, c.Component) && strings.Contains(line, c.Source)
		}) {
			t.Errorf("docs/reference/stock-components.md does not say that %s was looked at in %s", c.Component, c.Source)
		}
	}
}
