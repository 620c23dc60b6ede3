package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// amount is one of the two amounts of a resource that a container can name.
type amount bool

const (
	requests amount = false
	limits   amount = true
)

func (a amount) String() string {
	if a == limits {
		return "limit"
	}
	return "request"
}

func (a amount) field() model.Path {
	if a == limits {
		return ".resources.limits"
	}
	return ".resources.requests"
}

func (a amount) list(resources *corev1.ResourceRequirements) corev1.ResourceList {
	if a == limits {
		return resources.Limits
	}
	return resources.Requests
}

// of reports whether the amount is named; zero is none.
func (a amount) of(resources *corev1.ResourceRequirements, resource corev1.ResourceName) bool {
	quantity, ok := a.list(resources)[resource]
	return ok && !quantity.IsZero()
}

// value is the amount as evidence: nil when it is not written.
func (a amount) value(resources *corev1.ResourceRequirements, resource corev1.ResourceName) any {
	if quantity, ok := a.list(resources)[resource]; ok {
		return quantity.String()
	}
	return nil
}

// requireResource fails containers that do not name an amount of a resource. A
// limit holds for init containers too; what those request is rarely what counts.
func requireResource(c *check.Case, a amount, resource corev1.ResourceName) {
	w := c.Workload()
	if w.Static() {
		c.Skip() // the cluster's own parts, which must not be killed for their neighbours
		return
	}
	if without(c, w, a, resource) == nil {
		return
	}
	for i := range w.Containers {
		container := &w.Containers[i]
		if lacks(container, a, resource) {
			c.Fail(container.Name, "container %s has no %s %s", container.Name, resource, a).
				In(container.Object, (container.Path + a.field()).Child(string(resource)), a.value(&container.Resources, resource))
		}
	}
}

// without returns the first container that does not name an amount of a resource
// and does not get it from the pod or from a LimitRange, or nil.
func without(c *check.Case, w *workload.Workload, a amount, resource corev1.ResourceName) *workload.Container {
	if w.Spec.Resources != nil && (a.of(w.Spec.Resources, resource) || limits.of(w.Spec.Resources, resource)) {
		return nil
	}
	for i := range w.Containers {
		if !lacks(&w.Containers[i], a, resource) {
			continue
		}
		if given(c, a, resource) {
			return nil
		}
		return &w.Containers[i]
	}
	return nil
}

func lacks(container *workload.Container, a amount, resource corev1.ResourceName) bool {
	if container.Type == workload.Ephemeral || container.Type == workload.Init && a == requests {
		return false // the API gives ephemeral containers no resources
	}
	return !a.of(&container.Resources, resource)
}

// containerDefaults are the amounts that the LimitRanges of a namespace give to
// containers that do not name them.
type containerDefaults [2]corev1.ResourceList

var defaultsOf = snapshot.Memo[string, containerDefaults]{Name: "check.workload.limitRanges", Compute: func(v *snapshot.View, namespace string) containerDefaults {
	defaults := containerDefaults{{}, {}}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "LimitRange"}, namespace) {
		limitRange, err := kinds.LimitRanges.Read(object)
		if err != nil {
			continue
		}
		for i := range limitRange.Spec.Limits {
			if item := &limitRange.Spec.Limits[i]; item.Type == corev1.LimitTypeContainer {
				add(defaults[0], item.DefaultRequest)
				add(defaults[1], item.Default)
			}
		}
	}
	return defaults
}}

func add(to, from corev1.ResourceList) {
	for resource, quantity := range from {
		to[resource] = quantity
	}
}

// given reports whether a LimitRange gives the amount, or cannot be known not to:
// then the verdict is Unknown. Pods that the API server has made already were
// given theirs, and DaemonSets and the like get it when they make theirs.
func given(c *check.Case, a amount, resource corev1.ResourceName) bool {
	defaults := defaultsOf.Of(c.View, c.Object.Namespace)
	list := defaults[0]
	if a == limits {
		list = defaults[1]
	}
	quantity, ok := list[resource]
	return ok && !quantity.IsZero() || !asSupplied(c, "", "LimitRange", c.Object.Namespace)
}
