package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// LinkerdPolicyWithoutEffect fails policies of Linkerd that refer to what does not
// exist, and Servers that select no pods.
func LinkerdPolicyWithoutEffect() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "linkerd-policy-without-effect",
			Title:    "Linkerd policy refers to what does not exist",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "A Server without pods protects no port, so that the default policy counts there, which lets everybody in unless it was changed. An AuthorizationPolicy " +
				"without its Server or its authentication authorises nobody.",
			Remediation: "Correct the name or the labels, or remove the policy.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-1164"), model.Docs("concepts/overview/working-with-objects/labels/")},
		},
		On: []string{"policy.linkerd.io/Server", "policy.linkerd.io/AuthorizationPolicy", "policy.linkerd.io/ServerAuthorization"},
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "Server":
				judgeServer(c)
			case "AuthorizationPolicy":
				judgeLinkerdPolicy(c)
			default:
				judgeServerAuthorization(c)
			}
		},
	}
}

func judgeServer(c *check.Case) {
	s, err := mesh.LinkerdServers.Read(c.Object)
	switch {
	case err != nil || s.Unread != nil:
		c.Unknown()
	case s.Spec.PodSelector == nil:
		c.Skip()
	case len(workload.SelectBy(c.View, c.Object.Namespace, s.Spec.PodSelector)) > 0 || workload.PodsSelected(c.View, c.Object.Namespace, s.Spec.PodSelector):
	case !allPodsKnown(c.View, c.Object.Namespace, len(workload.In(c.View, c.Object.Namespace))):
		c.Unknown()
	default:
		c.Fail("", "the Server selects no pods").At("spec.podSelector", nil)
	}
}

func judgeLinkerdPolicy(c *check.Case) {
	p, err := mesh.LinkerdAuthorizationPolicies.Read(c.Object)
	if err != nil || p.Unread != nil {
		c.Unknown()
		return
	}
	if t := &p.Spec.TargetRef; t.Kind == "Server" {
		missing(c, snapshot.GroupKind{Group: t.Group, Kind: t.Kind}, c.Object.Namespace, t.Name, "spec.targetRef.name")
	}
	for i := range p.Spec.RequiredAuthenticationRefs {
		ref := &p.Spec.RequiredAuthenticationRefs[i]
		if ref.Kind != "MeshTLSAuthentication" && ref.Kind != "NetworkAuthentication" {
			continue
		}
		namespace := ref.Namespace
		if namespace == "" {
			namespace = c.Object.Namespace
		}
		missing(c, snapshot.GroupKind{Group: ref.Group, Kind: ref.Kind}, namespace, ref.Name, model.Path("spec.requiredAuthenticationRefs").Index(i)+".name")
	}
}

func judgeServerAuthorization(c *check.Case) {
	a, err := mesh.LinkerdServerAuthorizations.Read(c.Object)
	switch {
	case err != nil || a.Unread != nil:
		c.Unknown()
	case a.Spec.Server.Name == "":
		c.Skip()
	default:
		missing(c, snapshot.GroupKind{Group: c.Object.Group, Kind: "Server"}, c.Object.Namespace, a.Spec.Server.Name, "spec.server.name")
	}
}

// missing fails a reference to an object that is known not to exist.
func missing(c *check.Case, gk snapshot.GroupKind, namespace, name string, path model.Path) {
	id := model.ID{Cluster: c.Object.Cluster, Group: gk.Group, Kind: gk.Kind, Namespace: namespace, Name: name}
	if _, presence := c.Find(id); presence == snapshot.Absent {
		c.Fail(gk.Kind+" "+name, "%s %s is not in namespace %s", gk.Kind, name, namespace).At(path, name)
	}
}
