package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IstioPolicyTargetMissing fails AuthorizationPolicies that are attached to a Service or
// Gateway which does not exist, or to a Service that passes no waypoint.
func IstioPolicyTargetMissing() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-policy-target-missing",
			Title:    "Istio AuthorizationPolicy is attached to nothing that enforces it",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "A policy with targetRefs is enforced by the waypoint or gateway that serves the target, and by nothing else: without one every request passes, " +
				"while the policy says otherwise.",
			Remediation: "Correct the name, or let the Service use a waypoint with the label istio.io/use-waypoint.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-862"), model.CWE("CWE-1164"), model.Docs("concepts/security/")},
		},
		On: []string{"security.istio.io/AuthorizationPolicy"},
		Run: func(c *check.Case) {
			p, err := mesh.AuthorizationPolicies.Read(c.Object)
			if err != nil || p.Unread != nil {
				c.Unknown()
				return
			}
			targets, path := p.Spec.Targets()
			if len(targets) == 0 {
				c.Skip()
				return
			}
			for i := range targets {
				at := path
				if path == "spec.targetRefs" {
					at = path.Index(i)
				}
				judgeTarget(c, targets[i].Kind, targets[i].Name, at+".name")
			}
		},
	}
}

func judgeTarget(c *check.Case, kind, name string, path model.Path) {
	switch kind {
	case "Service":
		object, _, presence := snapshot.Get(c.View, kinds.Services, c.Object.Namespace, name)
		switch {
		case presence == snapshot.Absent:
			c.Fail(kind+" "+name, "Service %s is not in namespace %s", name, c.Object.Namespace).At(path, name)
		case presence == snapshot.Present && mesh.Of(c.View).WaypointOf(object) == snapshot.Absent && c.Complete(model.Scope{Group: kinds.Gateways.Group, Kind: kinds.Gateways.Kind}):
			c.Fail(kind+" "+name, "Service %s passes no waypoint", name).At(path, name)
		case presence == snapshot.Present && mesh.Of(c.View).WaypointOf(object) == snapshot.Undetermined:
			c.Unknown()
		}
	case "Gateway":
		if _, _, presence := snapshot.Get(c.View, kinds.Gateways, c.Object.Namespace, name); presence == snapshot.Absent {
			c.Fail(kind+" "+name, "Gateway %s is not in namespace %s", name, c.Object.Namespace).At(path, name)
		}
	case "GatewayClass":
	default:
		c.Unknown()
	}
}
