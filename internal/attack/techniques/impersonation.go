package techniques

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// plainUsers are the users that a permission on users counts for. Names of service
// accounts are asked for as service accounts, whatever the rule says, and with
// constrained impersonation those of nodes as nodes.
func plainUsers(c *attack.Case, permission int, constrained bool) []string {
	return slices.DeleteFunc(slices.Clone(targets(c, permission)), func(name string) bool {
		_, _, err := serviceaccount.SplitUsername(name)
		return err == nil || constrained && strings.HasPrefix(name, nodeUser)
	})
}

const nodeUser = "system:node:"

// joinsGroups says what comes of having any of the groups that the first permission
// counts for.
func joinsGroups(c *attack.Case) {
	if c.On(0, user.SystemPrivilegedGroup) {
		c.Yields(attack.Admin, attack.Everything())
	}
	for _, name := range targets(c, 0) {
		if name != user.SystemPrivilegedGroup {
			c.Yields(attack.Subject, attack.Groups(name))
		}
	}
}

// constrained is what the rules for requests of a mode of constrained impersonation
// let through: as the identity nothing else can be done. Without such a rule there
// is nothing. See k8s.io/apiserver/pkg/endpoints/filters/impersonation/mode.go.
type constrained struct {
	allowed []string
	unread  bool
}

func constrainedTo(c *attack.Case, mode string) constrained {
	grants, complete := rbac.Rules(c.View, c.Subject)
	found := constrained{unread: !complete}
	for i := range grants {
		rule := grants[i].Rule
		if rule == nil {
			continue
		}
		for _, verb := range rule.Verbs {
			if request, ok := strings.CutPrefix(verb, "impersonate-on:"+mode+":"); ok {
				found.add(&grants[i], request)
			} else if verb == rbacv1.VerbAll {
				found.add(&grants[i], "everything")
			}
		}
	}
	return found
}

func (f *constrained) add(g *rbac.Grant, request string) {
	things := append(slices.Clone(g.Rule.Resources), g.Rule.NonResourceURLs...)
	what := request + " " + strings.Join(things, " ")
	if !slices.Contains(f.allowed, what) && len(f.allowed) < examples {
		f.allowed = append(f.allowed, what)
	}
}

// yields says that the identity can be had. It is never more than possible: what the
// identity may do counts only as far as requests are let through.
func (f *constrained) yields(c *attack.Case, object model.ID, conditions ...string) {
	switch {
	case len(f.allowed) > 0:
		c.Perhaps(attack.Subject, object, append(conditions, "what they are after is among the requests that pass: "+strings.Join(f.allowed, ", "))...)
	case f.unread:
		c.Perhaps(attack.Subject, object, append(conditions, "a rule lets requests pass in this mode; not all rules were read")...)
	}
}
