package techniques

import "holdfast.dev/holdfast/internal/attack"

// seenByKyverno is a condition: its webhook does not look at everything.
const seenByKyverno = "the webhook of Kyverno looks at what is written there (its resource filters leave kube-system out)"

// mutates says what comes of a custom resource that has its operator change objects on
// their way into the cluster, and with them the pods that others create. That it may
// change roles and bindings too is not said: whether the operator is asked about
// those depends on webhooks of its own making.
func mutates(c *attack.Case, definition, kind, condition string) {
	const pod = "somebody creates a pod there, as every roll-out does"
	for _, s := range custom(c, definition, kind) {
		s.yields(c, attack.Integrity, attack.Everything(), condition)
		s.yields(c, attack.Namespace, attack.Namespaces(""), condition, pod)
		s.takesNode(c, "", condition, pod)
	}
}
