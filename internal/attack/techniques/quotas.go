package techniques

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// fillsStore says what comes of creating objects of a resource without number: the
// store of the whole cluster is full, and takes no more writes.
func fillsStore(resources ...corev1.ResourceName) func(*attack.Case) {
	return func(c *attack.Case) {
		unbounded(c.View, c.Namespace, resources).denies(c, attack.Everything())
	}
}

// denies yields a denial where it is so.
func (a admitted) denies(c *attack.Case, object model.ID) {
	if a.certain {
		c.Yields(attack.Denial, object)
	} else if a.condition != "" {
		c.Perhaps(attack.Denial, object, a.condition)
	}
}

// or is the more certain of both.
func (a admitted) or(b admitted) admitted {
	if a.certain || b.condition == "" && !b.certain {
		return a
	}
	return b
}

// unbounded finds out whether a namespace, or with "" any, has no ResourceQuota that
// bounds one of the resources.
func unbounded(v *snapshot.View, namespace string, resources []corev1.ResourceName) admitted {
	if namespace != "" {
		return unboundedIn(v, namespace, resources)
	}
	all, complete := snapshot.List(v, kinds.Namespaces, "")
	unknown := !complete
	for object := range all {
		found := unboundedIn(v, object.Name, resources)
		if found.certain {
			return found
		}
		unknown = unknown || found.condition != ""
	}
	if unknown {
		return admitted{condition: "some namespace has no ResourceQuota that bounds " + string(resources[0]) + "; not all were read"}
	}
	return admitted{}
}

func unboundedIn(v *snapshot.View, namespace string, resources []corev1.ResourceName) admitted {
	quotas, complete := snapshot.List(v, kinds.ResourceQuotas, namespace)
	for _, quota := range quotas {
		if len(quota.Spec.Scopes) > 0 || quota.Spec.ScopeSelector != nil {
			continue // objects outside its scope are not counted
		}
		if slices.ContainsFunc(resources, func(name corev1.ResourceName) bool { _, bounds := quota.Spec.Hard[name]; return bounds }) {
			return admitted{}
		}
	}
	if !complete {
		return admitted{condition: "namespace " + namespace + " has no ResourceQuota that bounds " + string(resources[0]) + "; not all were read"}
	}
	return admitted{certain: true}
}
