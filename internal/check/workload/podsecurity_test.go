package workload

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// A rule that a newer library brings, and no control knows a field for, fails the
// pod all the same. Where the newer rule is about a container that admission
// injected, it is reported at the running pod.
func TestUnknownRuleFails(t *testing.T) {
	newer := policy.Check{ID: "newer", Versions: []policy.VersionedCheck{{
		MinimumVersion: api.MajorMinorVersion(1, 40),
		CheckPod: func(_ *metav1.ObjectMeta, spec *corev1.PodSpec) policy.CheckResult {
			for i := range spec.Containers {
				if spec.Containers[i].TTY {
					return policy.CheckResult{ForbiddenReason: "terminal", ForbiddenDetail: spec.Containers[i].Name}
				}
			}
			return policy.CheckResult{Allowed: true}
		},
	}}}
	control := check.Check{On: workload.Kinds(), Run: func(c *check.Case) { judge(c, &newer, func(*pod) {}) }}
	for name, c := range map[string]struct {
		version  int
		template corev1.PodSpec
		running  corev1.PodSpec
		want     string
	}{
		"template": {40, corev1.PodSpec{Containers: []corev1.Container{{Name: "a", TTY: true}}}, corev1.PodSpec{}, "n/w[ReplicaSet] spec.template.spec the pod is forbidden by the Pod Security check newer: terminal (a)"},
		"injected": {41, corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}, corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}, {Name: "b", TTY: true}}},
			"n/p[Pod] spec the pod is forbidden by the Pod Security check newer: terminal (b)"},
		"older": {39, corev1.PodSpec{Containers: []corev1.Container{{Name: "a", TTY: true}}}, corev1.PodSpec{}, ""},
		"good":  {40, corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}, corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}, {Name: "b"}}}, ""},
	} {
		findings, tallies, _ := check.Run(running(snapshot.Version{Major: 1, Minor: c.version}, c.template, c.running), []check.Check{control}, check.Options{})
		have := ""
		for _, f := range findings {
			have += f.Evidence[0].Object.ID.String() + " " + string(f.Evidence[0].Path) + " " + f.Message
		}
		if have != c.want {
			t.Errorf("%s: have %q, want %q", name, have, c.want)
		}
		if name == "older" && tallies[0].Outcome() != model.NotApplicable {
			t.Errorf("a check that the version does not have is %s", tallies[0].Outcome())
		}
	}
}

// Of a running pod only what its template lacks is judged, in the pod's own
// security context.
func TestInjectedContainersInherit(t *testing.T) {
	yes, no := true, false
	template := corev1.PodSpec{Containers: []corev1.Container{{Name: "a", SecurityContext: &corev1.SecurityContext{RunAsNonRoot: &yes}}}}
	for name, c := range map[string]struct {
		pod  *bool
		own  *bool
		want string
	}{
		"nothing set": {nil, nil, "container b may run as root: neither it nor the pod sets runAsNonRoot: true"},
		"pod forbids": {&yes, nil, ""},
		"pod allows":  {&no, nil, "container b may run as root: neither it nor the pod sets runAsNonRoot: true"},
		"own forbids": {&no, &yes, ""},
		"own allows":  {&yes, &no, "container b sets runAsNonRoot: false"},
	} {
		pod := corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: c.pod}, Containers: []corev1.Container{
			template.Containers[0], {Name: "b", SecurityContext: &corev1.SecurityContext{RunAsNonRoot: c.own}},
		}}
		findings, _, _ := check.Run(running(snapshot.Version{}, template, pod), []check.Check{RunAsNonRoot()}, check.Options{})
		var have []string
		for _, f := range findings {
			have = append(have, f.Message)
		}
		if got := strings.Join(have, "; "); got != c.want {
			t.Errorf("%s: have %q, want %q", name, got, c.want)
		}
	}
}

// running is a ReplicaSet and one pod of it in a live cluster.
func running(version snapshot.Version, template, pod corev1.PodSpec) *snapshot.Snapshot {
	yes := true
	set := map[string]any{"spec": map[string]any{"template": corev1.PodTemplateSpec{Spec: template}}}
	owned := corev1.Pod{Spec: pod}
	owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "w", Controller: &yes}}
	changes := []snapshot.Change{
		{Put: &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: "apps", Kind: "ReplicaSet", Namespace: "n", Name: "w"}}, Body: snapshot.JSON(model.JSON(set))}},
		{Put: &snapshot.Object{Ref: model.Ref{ID: model.ID{Kind: "Pod", Namespace: "n", Name: "p"}}, Body: snapshot.JSON(model.JSON(owned))}},
	}
	for _, kind := range workload.Kinds() {
		group, name, ok := strings.Cut(kind, "/")
		if !ok {
			group, name = "", kind
		}
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: group, Kind: name}})
	}
	return snapshot.New(snapshot.Settings{Version: version, Live: true}, changes...)
}

func TestHostPathClasses(t *testing.T) {
	for path, want := range map[string]struct {
		class hostPathClass
		holds string
	}{
		"/":                                {nodeRoot, ""},
		"//":                               {nodeRoot, ""},
		"/data/..":                         {nodeRoot, ""},
		"/../..":                           {nodeRoot, ""},
		`C:\`:                              {nodeRoot, ""},
		"c:":                               {nodeRoot, ""},
		"/run":                             {runtimeSocket, "/run/docker.sock"},
		"/var/run/":                        {runtimeSocket, "/run/docker.sock"},
		"/var/run/docker.sock":             {runtimeSocket, ""},
		"run/docker.sock":                  {runtimeSocket, ""},
		"/run/containerd":                  {runtimeSocket, "/run/containerd/containerd.sock"},
		"/run/k3s":                         {runtimeSocket, "/run/k3s/containerd/containerd.sock"},
		"/run/user/1000/docker.sock":       {runtimeSocket, ""},
		`\\.\pipe\containerd-containerd`:   {runtimeSocket, ""},
		"/run/containerd/io.containerd.v2": {systemFiles, ""},
		"/run/xtables.lock":                {otherFiles, ""},
		"/running":                         {otherFiles, ""},
		"/var":                             {kubeletFiles, "/var/lib/etcd"},
		"/var/lib":                         {kubeletFiles, "/var/lib/etcd"},
		"/var/lib/kubelet/pods":            {kubeletFiles, ""},
		"/var/lib/kubelet2":                {otherFiles, ""},
		"/var/lib/app":                     {otherFiles, ""},
		"/etc":                             {kubeletFiles, "/etc/kubernetes"},
		"/etc/kubernetes/manifests":        {kubeletFiles, ""},
		"/etc/kubernetes2":                 {systemFiles, ""},
		"/opt":                             {kubeletFiles, "/opt/cni"},
		"/usr":                             {kubeletFiles, "/usr/libexec/kubernetes"},
		"/usr/bin":                         {systemFiles, ""},
		"/proc/sys/../1":                   {processFiles, ""},
		"/sys":                             {processFiles, ""},
		"/system":                          {otherFiles, ""},
		"/var/log/pods":                    {logFiles, ""},
		"/etc/ssh":                         {systemFiles, ""},
		"/var/lib/docker/containers":       {systemFiles, ""},
		`C:\ProgramData\docker`:            {systemFiles, ""},
		"/data":                            {otherFiles, ""},
		"":                                 {otherFiles, ""},
	} {
		if class, holds := classify(cleanHostPath(path)); class != want.class || holds != want.holds {
			t.Errorf("%q: have %d, %q, want %d, %q", path, class, holds, want.class, want.holds)
		}
	}
}
