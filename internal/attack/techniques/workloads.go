package techniques

import (
	"slices"

	utilnet "k8s.io/apimachinery/pkg/util/net"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// That nothing of a kind exists just now takes nothing from who may change, enter or
// delete it: rights outlive pods and workloads. So the techniques of workloads do not
// look for them.

// entersPods says that what runs in the pods that the permission counts for is in
// reach, under the conditions.
func entersPods(conditions ...string) func(*attack.Case) {
	return func(c *attack.Case) { onEach(c, 0, attack.Sideways, "", "Pod", conditions...) }
}

// stopsObjects says that the objects that the permission counts for can be made to
// work no more.
func stopsObjects(group, kind string) func(*attack.Case) {
	return func(c *attack.Case) { onEach(c, 0, attack.Denial, group, kind) }
}

// trustsCallers is what access to the network alone is worth something for.
const trustsCallers = "what listens in the pod lets whoever reaches it do as the pod can"

func proxiesPods(c *attack.Case) {
	for _, name := range proxied(c) {
		c.Yields(attack.Sideways, attack.In(c.Namespace, "Pod", name), trustsCallers)
	}
}

// proxiesServices names every pod of the namespace: which of them stand behind a
// Service changes with their labels.
func proxiesServices(c *attack.Case) {
	for _, name := range proxied(c) {
		service := "a Service"
		if name != "" {
			service = attack.Target(model.Fact{Object: attack.In(c.Namespace, "Service", name)})
		}
		c.Yields(attack.Sideways, attack.In(c.Namespace, "Pod", ""), "the pod stands behind "+service, trustsCallers)
	}
}

// proxied are the objects whose subresource proxy the permission counts for. Their
// names are written "web", "web:8080" or "https:web:8080", and RBAC compares them as
// they are written.
func proxied(c *attack.Case) []string {
	if !c.Limited(0) {
		return []string{""}
	}
	var names []string
	for _, written := range c.Names(0) {
		_, name, _, ok := utilnet.SplitSchemeNamePort(written)
		if ok && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// changesPods says what comes of other images and labels for pods that run.
func changesPods(c *attack.Case) {
	entersPods()(c)
	c.Yields(attack.Integrity, attack.In(c.Namespace, "Service", ""))
}

// addsContainers says what comes of containers of one's own choice in pods that run:
// their environment takes any secret of the namespace, and a privileged one takes
// over the node that the pod happens to run on.
func addsContainers(c *attack.Case) {
	entersPods()(c)
	c.Yields(attack.Secrets, attack.In(c.Namespace, "Secret", ""))
	for _, name := range targets(c, 0) {
		switch {
		case c.Everywhere():
			takesNode(c, "it runs a pod in whose namespace nothing forbids a privileged container")
			return
		case name == "":
			takesNode(c, "it runs a pod of namespace "+c.Namespace)
		default:
			takesNode(c, "it runs "+attack.Target(model.Fact{Object: attack.In(c.Namespace, "Pod", name)}))
		}
	}
}

// rollsBack says what comes of revisions of one's own choice that somebody else must
// go back to.
func rollsBack(c *attack.Case) {
	const undone = "somebody rolls a StatefulSet or DaemonSet of the namespace back"
	c.Yields(attack.Namespace, attack.Namespaces(c.Namespace), undone)
	basis{}.takesNode(c, c.Namespace, undone)
}
