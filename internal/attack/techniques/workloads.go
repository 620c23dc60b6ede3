package techniques

import (
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"holdfast.dev/holdfast/internal/attack"
)

// That nothing of a kind exists just now takes nothing from who may change, enter or
// delete it: rights outlive pods and workloads. So the techniques of workloads do not
// look for them.

// objectsOf are the names of the objects that the first permission counts for: "" is
// every one.
func objectsOf(c *attack.Case) []string {
	if c.Limited(0) {
		return c.Names(0)
	}
	return []string{""}
}

// entersPods says that what runs in the pods that the permission counts for is in
// reach, under the conditions.
func entersPods(conditions ...string) func(*attack.Case) {
	return func(c *attack.Case) {
		for _, name := range objectsOf(c) {
			c.Yields(attack.Sideways, attack.In(c.Namespace, "Pod", name), conditions...)
		}
	}
}

// stopsObjects says that the objects that the permission counts for can be made to
// work no more.
func stopsObjects(group, kind string) func(*attack.Case) {
	return func(c *attack.Case) {
		for _, name := range objectsOf(c) {
			c.Yields(attack.Denial, attack.Of(group, kind, c.Namespace, name))
		}
	}
}

// proxied is the object that a name of the subresource proxy means: it is written
// "web", "web:8080" or "https:web:8080", and RBAC compares it as it is written.
func proxied(name string) string {
	if _, object, _, ok := utilnet.SplitSchemeNamePort(name); ok {
		return object
	}
	return ""
}
