package techniques

import (
	"k8s.io/pod-security-admission/api"

	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// runsPods says what comes of running pods of one's own choice: they run as any
// service account of the namespace, mount any of its secrets, and where no Pod
// Security level forbids it, take over the node that they run on.
func runsPods(c *attack.Case) {
	c.Yields(attack.Namespace, attack.Namespaces(c.Namespace))
	if found := privilegedPods(c.View, c.Namespace); found.certain {
		c.Shown(attack.Node, attack.Nodes(""), found.evidence)
	} else if found.condition != "" {
		c.Perhaps(attack.Node, attack.Nodes(""), found.condition)
	}
}

// admitted is whether pods that can take over their node are let in.
type admitted struct {
	certain   bool
	evidence  []model.Evidence
	condition string // where it is not known: what must be so; "" where they are not
}

// privilegedPods finds out whether a namespace, or with "" any, admits pods that the
// baseline level forbids.
func privilegedPods(v *snapshot.View, namespace string) admitted {
	if namespace == "" {
		return privilegedSomewhere.Of(v, struct{}{})
	}
	enforced := podsecurity.Enforced(v, namespace)
	switch {
	case enforced.Known && enforced.Admits(string(api.LevelBaseline)):
		return admitted{certain: true, evidence: enforced.Evidence()}
	case !enforced.Known:
		return admitted{condition: "namespace " + namespace + " does not enforce the Pod Security level baseline; its labels or the API server's configuration were not read"}
	default:
		return admitted{}
	}
}

var privilegedSomewhere = snapshot.Memo[struct{}, admitted]{Name: "techniques.privilegedSomewhere", Compute: func(v *snapshot.View, _ struct{}) admitted {
	all, complete := snapshot.List(v, kinds.Namespaces, "")
	unknown := !complete
	for object := range all {
		enforced := podsecurity.Enforced(v, object.Name)
		if !enforced.Known {
			unknown = true
		} else if enforced.Admits(string(api.LevelBaseline)) {
			return admitted{certain: true, evidence: enforced.Evidence()}
		}
	}
	if unknown {
		return admitted{condition: "some namespace does not enforce the Pod Security level baseline; not all were read"}
	}
	return admitted{}
}}
