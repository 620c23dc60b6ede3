package controlplane

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Of returns the programs that an object configures. It costs next to nothing for
// an object that configures none.
func Of(v *snapshot.View, object *snapshot.Object) []Component {
	if spec := podSpec(object); spec != nil {
		if !mayRun(spec) {
			return nil
		}
		return components.Of(v, object)
	}
	switch object.Kind {
	case "ConfigMap":
		if object.Name != "kubeadm-config" || object.Namespace != "kube-system" {
			return nil
		}
	case "ClusterConfiguration", "InitConfiguration", "JoinConfiguration":
		if object.Group != "kubeadm.k8s.io" {
			return nil
		}
	default:
		return nil
	}
	return components.Of(v, object)
}

// Configures reports whether an object may configure a program of a cluster, by
// looking at nothing else. Kinds that do nothing else are never ruled out.
func Configures(object *snapshot.Object) bool {
	if spec := podSpec(object); spec != nil {
		return mayRun(spec)
	}
	if object.Group == "" && object.Kind == "ConfigMap" {
		return object.Namespace == "kube-system" && strings.HasPrefix(object.Name, "kube")
	}
	return true
}

// podSpec finds the pod spec of the kinds that run programs of a cluster, without
// the cost of a memo; nil for other objects.
func podSpec(object *snapshot.Object) *corev1.PodSpec {
	switch body := object.Body.(type) {
	case *corev1.Pod:
		return &body.Spec
	case *appsv1.Deployment:
		return &body.Spec.Template.Spec
	case *appsv1.StatefulSet:
		return &body.Spec.Template.Spec
	case *appsv1.DaemonSet:
		return &body.Spec.Template.Spec
	case snapshot.JSON:
		return undecodedPodSpec(object)
	default:
		return nil
	}
}

func undecodedPodSpec(object *snapshot.Object) *corev1.PodSpec {
	switch (snapshot.GroupKind{Group: object.Group, Kind: object.Kind}) {
	case snapshot.GroupKind{Kind: "Pod"}:
		if pod, err := kinds.Pods.Read(object); err == nil {
			return &pod.Spec
		}
	case snapshot.GroupKind{Group: "apps", Kind: "Deployment"}:
		if d, err := kinds.Deployments.Read(object); err == nil {
			return &d.Spec.Template.Spec
		}
	case snapshot.GroupKind{Group: "apps", Kind: "StatefulSet"}:
		if s, err := kinds.StatefulSets.Read(object); err == nil {
			return &s.Spec.Template.Spec
		}
	case snapshot.GroupKind{Group: "apps", Kind: "DaemonSet"}:
		if d, err := kinds.DaemonSets.Read(object); err == nil {
			return &d.Spec.Template.Spec
		}
	}
	return nil
}

func mayRun(spec *corev1.PodSpec) bool {
	for i := range spec.Containers {
		if mayStart(&spec.Containers[i]) {
			return true
		}
	}
	for i := range spec.InitContainers {
		if spec.InitContainers[i].RestartPolicy != nil && mayStart(&spec.InitContainers[i]) {
			return true
		}
	}
	return false
}

var components = snapshot.Memo[*snapshot.Object, []Component]{Name: "controlplane.components", Compute: func(v *snapshot.View, object *snapshot.Object) []Component {
	switch object.Kind {
	case "ConfigMap":
		return fromConfigMap(v, object)
	case "ClusterConfiguration", "InitConfiguration", "JoinConfiguration":
		return fromKubeadm(v, object)
	default:
		return fromPod(v, object)
	}
}}

func fromPod(v *snapshot.View, object *snapshot.Object) []Component {
	w := workload.Of(v, object)
	if w == nil {
		return nil
	}
	_, mirror := w.Meta.Annotations[corev1.MirrorPodAnnotationKey]
	var found []Component
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Type != workload.Regular && c.Type != workload.Sidecar {
			continue
		}
		command := start(c, !mirror)
		if command.program == "" {
			continue
		}
		component := fromContainer(v, c, command, !mirror)
		if command.program == Etcd && !component.ofControlPlane(v, w) {
			continue
		}
		found = append(found, component)
	}
	return found
}

func fromContainer(v *snapshot.View, c *workload.Container, command command, editable bool) Component {
	component := Component{Program: command.program, Name: c.Name, Object: c.Object, Version: v.Settings().Version}
	if version, ok := imageVersion(command.program, c.Image); ok {
		component.Version, component.Tagged = version, true
	}
	var opaque bool
	component.flags, opaque = flags(command.program, command.words)
	component.opaque = opaque || command.opaque
	if command.program == Etcd {
		variables, opaque := environment(c)
		component.flags = append(variables, component.flags...)
		component.opaque = component.opaque || opaque
	}
	component.readFile()
	component.home.path = c.Path + ".command"
	if len(c.Args) > 0 || len(c.Command) == 0 {
		component.home.path = c.Path + ".args"
	}
	if list := component.home.path; editable && !inScript(command.words) && !command.opaque {
		component.home.add = func(name, value string) model.Patch { return add(c.Object, list, "--"+name+"="+value) }
	}
	return component
}

func inScript(words []word) bool { return len(words) > 0 && words[0].set == nil }

// readFile notes that a file which is not here decides what flags do not.
func (c *Component) readFile() {
	switch c.Program {
	case Etcd:
		if c.written("config-file") {
			c.flags, c.hidden = nil, true // etcd reads the file and nothing else
		}
	case Proxy:
		if c.written("config") {
			c.flags, c.hidden = c.only("config"), true
		}
	case Kubelet:
		c.hidden = c.written("config")
	case APIServer, ControllerManager:
		c.hidden = c.written("openshift-config")
	}
}

// only returns the flags of one name.
func (c *Component) only(name string) []flag {
	var kept []flag
	for _, f := range c.flags {
		if f.name == name {
			kept = append(kept, f)
		}
	}
	return kept
}

// ofControlPlane tells the cluster's own etcd from that of an application.
func (c *Component) ofControlPlane(v *snapshot.View, w *workload.Workload) bool {
	if c.Object.Namespace == "kube-system" || w.Meta.Labels["tier"] == "control-plane" {
		return true
	}
	for i := range c.flags {
		if strings.Contains(c.flags[i].value, "/etc/kubernetes/") || strings.Contains(c.flags[i].value, "/pki/etcd") {
			return true
		}
	}
	return serves(v, c.Object.Namespace)
}

// serves reports whether an API server runs in a namespace, as in those of hosted
// control planes.
func serves(v *snapshot.View, namespace string) bool {
	for _, gk := range []snapshot.GroupKind{{Kind: "Pod"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}} {
		for _, object := range v.Objects(gk, namespace) {
			spec := podSpec(object)
			for i := range len(containersOf(spec)) {
				if c := &spec.Containers[i]; mayStart(c) && start(&workload.Container{Container: c, Object: object}, false).program == APIServer {
					return true
				}
			}
		}
	}
	return false
}

func containersOf(spec *corev1.PodSpec) []corev1.Container {
	if spec == nil {
		return nil
	}
	return spec.Containers
}

// All returns the programs of one name that pods and workloads of the snapshot run.
// It does not ask whether all of them are known.
func All(v *snapshot.View, p Program) []*Component { return all.Of(v, p) }

var all = snapshot.Memo[Program, []*Component]{Name: "controlplane.all", Compute: func(v *snapshot.View, p Program) []*Component {
	var found []*Component
	for _, gk := range []snapshot.GroupKind{{Kind: "Pod"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"}} {
		for _, object := range v.Objects(gk, "") {
			components := Of(v, object)
			for i := range components {
				if components[i].Program == p {
					found = append(found, &components[i])
				}
			}
		}
	}
	return found
}}
