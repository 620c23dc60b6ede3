package techniques

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
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
	takesNode(c)
}

// takesNode says that pods that the subject itself creates or changes take over
// their node: no level holds them where the subject is exempt.
func takesNode(c *attack.Case, conditions ...string) {
	if exempt := podsecurity.ExemptUser(c.View, c.Subject.Identities().User); exempt != nil {
		c.Shown(attack.Node, attack.Nodes(""), exempt, conditions...)
		return
	}
	basis{}.takesNode(c, c.Namespace, conditions...)
}

// runsPodsBy is runsPods where a controller creates the pods from a template: what
// is exempt is then the controller, and with it whoever writes a template.
func runsPodsBy(controller string) func(*attack.Case) {
	return func(c *attack.Case) {
		c.Yields(attack.Namespace, attack.Namespaces(c.Namespace))
		if !privilegedPods(c.View, c.Namespace).certain {
			exemptController(c, controller)
		}
		basis{}.takesNode(c, c.Namespace)
	}
}

func exemptController(c *attack.Case, controller string) {
	own := serviceaccount.MakeUsername(metav1.NamespaceSystem, controller)
	if exempt := podsecurity.ExemptUser(c.View, own); exempt != nil {
		c.Shown(attack.Node, attack.Nodes(""), exempt, "the controller manager runs each controller with an account of its own (--use-service-account-credentials)")
	}
	if exempt := podsecurity.ExemptUser(c.View, user.KubeControllerManager); exempt != nil {
		c.Shown(attack.Node, attack.Nodes(""), exempt, "the controller manager runs all controllers with its own account (--use-service-account-credentials=false)")
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
		return exemptRuntimes(v)
	}
}

// exemptRuntimes is what is left where every namespace in question enforces a level.
func exemptRuntimes(v *snapshot.View) admitted {
	if classes := podsecurity.ExemptRuntimes(v); len(classes) > 0 {
		return admitted{condition: "pods of the runtime class " + strings.Join(classes, " or ") + ", which Pod Security exempts, can reach their node"}
	}
	return admitted{}
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
	return exemptRuntimes(v)
}}
