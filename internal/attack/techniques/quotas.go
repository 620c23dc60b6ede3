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
func fillsStore(resource counted) func(*attack.Case) {
	return func(c *attack.Case) {
		unbounded.Of(c.View, quotaQuestion{c.Namespace, resource}).denies(c, attack.Everything())
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

// counted are the names under which quotas count a resource; "" is none.
type counted [3]corev1.ResourceName

// quotaQuestion asks whether a namespace, or with "" any, has no ResourceQuota that
// bounds a resource.
type quotaQuestion struct {
	namespace string
	resource  counted
}

var unbounded = snapshot.Memo[quotaQuestion, admitted]{Name: "techniques.unbounded", Compute: func(v *snapshot.View, q quotaQuestion) admitted {
	if q.namespace != "" {
		return unboundedIn(v, q.namespace, q.resource)
	}
	all, complete := snapshot.List(v, kinds.Namespaces, "")
	unknown := !complete
	for object := range all {
		found := unboundedIn(v, object.Name, q.resource)
		if found.certain {
			return found
		}
		unknown = unknown || found.condition != ""
	}
	if unknown {
		v.Complete(model.Scope{Group: kinds.ResourceQuotas.Group, Kind: kinds.ResourceQuotas.Kind}) // said once, not for each namespace
		return admitted{condition: "some namespace has no ResourceQuota that bounds " + string(q.resource[0]) + "; not all were read"}
	}
	return admitted{}
}}

func unboundedIn(v *snapshot.View, namespace string, resource counted) admitted {
	quotas, complete := snapshot.List(v, kinds.ResourceQuotas, namespace)
	for _, quota := range quotas {
		if len(quota.Spec.Scopes) > 0 || quota.Spec.ScopeSelector != nil {
			continue // objects outside its scope are not counted
		}
		if slices.ContainsFunc(resource[:], func(name corev1.ResourceName) bool { _, bounds := quota.Spec.Hard[name]; return bounds }) {
			return admitted{}
		}
	}
	if !complete {
		return admitted{condition: "namespace " + namespace + " has no ResourceQuota that bounds " + string(resource[0]) + "; not all were read"}
	}
	return admitted{certain: true}
}
