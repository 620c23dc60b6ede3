package techniques

import (
	"k8s.io/pod-security-admission/api"

	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// levels are the namespaces that keep out pods that can take over their node: those
// that enforce the Pod Security level baseline or restricted. With unread others may.
type levels struct {
	closed []podsecurity.Enforcement
	unread bool
}

// namespaceLevels finds them, for one namespace or with "" all.
var namespaceLevels = snapshot.Memo[string, *levels]{Name: "techniques.namespaceLevels", Compute: func(v *snapshot.View, namespace string) *levels {
	found := &levels{}
	if namespace != "" {
		found.add(podsecurity.Enforced(v, namespace))
		return found
	}
	all, complete := snapshot.List(v, kinds.Namespaces, "")
	for object := range all {
		found.add(podsecurity.Enforced(v, object.Name))
	}
	found.unread = found.unread || !complete
	return found
}}

func (l *levels) add(enforced podsecurity.Enforcement) {
	switch {
	case !enforced.Known:
		l.unread = true
	case !enforced.Admits(string(api.LevelBaseline)):
		l.closed = append(l.closed, enforced)
	}
}

// enforced is the level of one of them that the first permission counts for; nil
// where there is none.
func (l *levels) enforced(c *attack.Case) []model.Evidence {
	for i := range l.closed {
		if c.On(0, l.closed[i].Namespace.Name) {
			return l.closed[i].Evidence()
		}
	}
	return nil
}
