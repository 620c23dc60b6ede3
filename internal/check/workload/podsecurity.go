package workload

import (
	"iter"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// The controls of the Pod Security Standards decide nothing themselves: they ask
// the official checks of k8s.io/pod-security-admission/policy, in the version that
// the snapshot is judged against. Those say whether a pod is allowed, not which
// field is wrong. So a control asks twice: first about the whole pod, and when that
// is forbidden about reduced pods that hold one field each. What such a field is
// called, and what to write instead, is all that a control adds.
//
// Where one official check covers dangers of different weight (a hostPath volume
// of the container runtime's socket, or of /data), several controls share it, and
// each field belongs to exactly one of them.

// pod is one pod spec before one official check: the template of a workload, or a
// running pod that has containers which the template lacks.
type pod struct {
	*check.Case
	official   *policy.Check
	ask        policy.CheckPodFn
	holder     *workload.Workload   // the object that holds the spec
	containers []workload.Container // those to judge
	known      *corev1.PodSpec      // of a running pod: what is judged at the template
	located    bool                 // the wrong field is known, to this control or to one it shares the check with

	probe corev1.PodSpec // the reduced pod
	one   [1]corev1.Container
	empty metav1.ObjectMeta
}

// judge asks an official check about every pod spec of the workload, and calls
// locate for each that it forbids. A check that the version does not know yet does
// not apply.
//
// The pod-level fields of a running pod are those of the template it was made
// from; of a running pod only the containers and volumes that it got at admission
// are judged, in its own security context.
func judge(c *check.Case, official *policy.Check, locate func(*pod)) {
	ask := asked(official, c.Settings().Version)
	if ask == nil {
		c.Skip()
		return
	}
	w := c.Workload()
	own := 0
	for own < len(w.Containers) && w.Containers[own].Object == w.Object {
		own++
	}
	if !ask(w.Meta, w.Spec).Allowed {
		p := &pod{Case: c, official: official, ask: ask, holder: w, containers: w.Containers[:own]}
		locate(p)
		if !p.located {
			p.failWhole(ask(w.Meta, w.Spec))
		}
	}
	known := w.Spec
	for injected := w.Containers[own:]; len(injected) > 0; {
		end := 1
		for end < len(injected) && injected[end].Object == injected[0].Object {
			end++
		}
		if holder := workload.Template(injected[0].Object); holder != nil {
			p := &pod{Case: c, official: official, ask: ask, holder: holder, containers: injected[:end], known: known}
			p.judgeInjected(locate)
			known = holder.Spec
		}
		injected = injected[end:]
	}
}

// judgeInjected judges what a running pod has and its template lacks.
func (p *pod) judgeInjected(locate func(*pod)) {
	p.reset()
	p.probe.SecurityContext = p.holder.Spec.SecurityContext
	bare := p.ask(p.holder.Meta, &p.probe)
	for i := range p.containers {
		p.probe.Containers = append(p.probe.Containers, *p.containers[i].Container)
	}
	for _, volume := range p.volumes() {
		p.probe.Volumes = append(p.probe.Volumes, *volume)
	}
	result := p.ask(p.holder.Meta, &p.probe)
	if result.Allowed {
		return
	}
	locate(p)
	if bare.Allowed && !p.located {
		p.failWhole(result)
	}
}

// failWhole reports a pod that the official check forbids for a reason that the
// control does not know: a newer library may have new rules.
func (p *pod) failWhole(result policy.CheckResult) {
	p.Fail("", "the pod is forbidden by the Pod Security check %s: %s (%s)", p.official.ID, result.ForbiddenReason, result.ForbiddenDetail).
		In(p.holder.Object, p.holder.Path, nil)
}

// asked returns an official check as it is in a version of Kubernetes: the newest
// for the zero version and for those that the library does not know yet, nil for
// those before it was introduced.
func asked(official *policy.Check, version snapshot.Version) policy.CheckPodFn {
	var ask policy.CheckPodFn
	for i := range official.Versions {
		since := official.Versions[i].MinimumVersion
		if !version.IsZero() && version.Less(snapshot.Version{Major: since.Major(), Minor: since.Minor()}) {
			break
		}
		ask = official.Versions[i].CheckPod
	}
	return ask
}

// fail reports a wrong field.
func (p *pod) fail(key, format string, args ...any) check.Failure {
	p.located = true
	return p.Case.Fail(key, format, args...)
}

// fixable reports whether a field of the container can be changed where it is
// written: not what admission injected, and not an ephemeral container, which the
// API server never changes.
func (p *pod) fixable(c *workload.Container) bool {
	return !p.injected() && (c == nil || c.Type != workload.Ephemeral)
}

func (p *pod) injected() bool { return p.known != nil }

func (p *pod) windows() bool { return p.holder.Windows() }

// with returns the same pod before another official check; one that the version
// does not know allows everything.
func (p *pod) with(official *policy.Check) *pod {
	ask := asked(official, p.Settings().Version)
	if ask == nil {
		ask = func(*metav1.ObjectMeta, *corev1.PodSpec) policy.CheckResult { return policy.CheckResult{Allowed: true} }
	}
	return &pod{Case: p.Case, official: official, ask: ask, holder: p.holder, containers: p.containers, known: p.known}
}

// reset empties the reduced pod, but for what relaxes rules: the operating system
// and the user namespace.
func (p *pod) reset() {
	p.probe = corev1.PodSpec{OS: p.holder.Spec.OS, HostUsers: p.holder.Spec.HostUsers}
}

// forbids asks about a pod that has what set writes and nothing else.
func (p *pod) forbids(set func(*corev1.PodSpec)) bool {
	p.reset()
	set(&p.probe)
	return !p.ask(&p.empty, &p.probe).Allowed
}

// forbidsContainer asks about a pod of one container.
func (p *pod) forbidsContainer(c *corev1.Container) bool {
	p.reset()
	p.one[0] = *c
	p.probe.Containers = p.one[:]
	return !p.ask(&p.empty, &p.probe).Allowed
}

// forbidsSecurity asks about a pod of one container that has only this security
// context.
func (p *pod) forbidsSecurity(context *corev1.SecurityContext) bool {
	return p.forbidsContainer(&corev1.Container{SecurityContext: context})
}

// forbidsUnset asks about a container that sets nothing itself, in a pod that has
// this security context.
func (p *pod) forbidsUnset(inherited *corev1.PodSecurityContext) bool {
	return p.forbids(func(spec *corev1.PodSpec) {
		spec.SecurityContext = inherited
		p.one[0] = corev1.Container{}
		spec.Containers = p.one[:]
	})
}

// forbidsVolume asks about a pod of one volume.
func (p *pod) forbidsVolume(volume *corev1.Volume) bool {
	p.reset()
	p.probe.Volumes = []corev1.Volume{*volume}
	return !p.ask(&p.empty, &p.probe).Allowed
}

// forbidsAnnotation asks about a pod that has one container and one annotation.
func (p *pod) forbidsAnnotation(container, key, value string) bool {
	p.reset()
	p.one[0] = corev1.Container{Name: container}
	p.probe.Containers = p.one[:]
	return !p.ask(&metav1.ObjectMeta{Annotations: map[string]string{key: value}}, &p.probe).Allowed
}

// forbidden iterates over the containers that are forbidden each by itself,
// without what it inherits from the pod.
func (p *pod) forbidden() iter.Seq[*workload.Container] {
	return func(yield func(*workload.Container) bool) {
		for i := range p.containers {
			if p.forbidsContainer(p.containers[i].Container) && !yield(&p.containers[i]) {
				return
			}
		}
	}
}

// volumes iterates over the volumes to judge and their indexes.
func (p *pod) volumes() iter.Seq2[int, *corev1.Volume] {
	return func(yield func(int, *corev1.Volume) bool) {
		for i := range p.holder.Spec.Volumes {
			volume := &p.holder.Spec.Volumes[i]
			if !hasVolume(p.known, volume.Name) && !yield(i, volume) {
				return
			}
		}
	}
}

func hasVolume(spec *corev1.PodSpec, name string) bool {
	if spec == nil {
		return false
	}
	for i := range spec.Volumes {
		if spec.Volumes[i].Name == name {
			return true
		}
	}
	return false
}

// volumePath is the path of the volume at an index.
func (p *pod) volumePath(i int) model.Path { return (p.holder.Path + ".volumes").Index(i) }

// place is where a security setting can be written: at the pod, or at a container,
// where it goes before the pod's. Settings holds the fields that both have.
type place struct {
	key       string              // of findings: "" for the pod
	who       string              // "the pod", "container web"
	container *workload.Container // nil for the pod
	object    *snapshot.Object
	path      model.Path // of securityContext
	settings  corev1.SecurityContext
}

// places iterates over the places that have a security context. That of a running
// pod is the template's.
func (p *pod) places() iter.Seq[*place] {
	return func(yield func(*place) bool) {
		if s := p.holder.Spec.SecurityContext; s != nil && !p.injected() {
			at := &place{who: "the pod", object: p.holder.Object, path: p.holder.Path + ".securityContext", settings: corev1.SecurityContext{
				SELinuxOptions: s.SELinuxOptions, WindowsOptions: s.WindowsOptions, RunAsUser: s.RunAsUser,
				RunAsNonRoot: s.RunAsNonRoot, SeccompProfile: s.SeccompProfile, AppArmorProfile: s.AppArmorProfile,
			}}
			if !yield(at) {
				return
			}
		}
		for i := range p.containers {
			c := &p.containers[i]
			if c.SecurityContext == nil {
				continue
			}
			at := &place{key: c.Name, who: "container " + c.Name, container: c, object: c.Object, path: c.Path + ".securityContext", settings: *c.SecurityContext}
			if !yield(at) {
				return
			}
		}
	}
}

// forbidsAt asks about a pod that has these settings at that place, and no others.
func (p *pod) forbidsAt(at *place, s corev1.SecurityContext) bool {
	if at.container != nil {
		return p.forbidsSecurity(&s)
	}
	return p.forbids(func(spec *corev1.PodSpec) {
		spec.SecurityContext = &corev1.PodSecurityContext{
			SELinuxOptions: s.SELinuxOptions, WindowsOptions: s.WindowsOptions, RunAsUser: s.RunAsUser,
			RunAsNonRoot: s.RunAsNonRoot, SeccompProfile: s.SeccompProfile, AppArmorProfile: s.AppArmorProfile,
		}
	})
}

// podSettings is the pod's security context, never nil.
func (p *pod) podSettings() *corev1.PodSecurityContext {
	if s := p.holder.Spec.SecurityContext; s != nil {
		return s
	}
	return &corev1.PodSecurityContext{}
}

// has reports whether one of the containers to judge has the name.
func (p *pod) has(name string) bool {
	for i := range p.containers {
		if p.containers[i].Name == name {
			return true
		}
	}
	return false
}
