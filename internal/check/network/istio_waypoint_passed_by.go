package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IstioWaypointPassedBy fails AuthorizationPolicies that only a waypoint enforces, for
// pods that can be reached past it.
func IstioWaypointPassedBy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-waypoint-passed-by",
			Title:    "Istio AuthorizationPolicy of a waypoint does not bind those who dial the pod",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "A waypoint sees what is sent to the Service. Who connects to the address of a pod, or comes from outside of the mesh, passes it by, and with it " +
				"the policy: ztunnel enforces only policies with a selector.",
			Remediation: "Add an AuthorizationPolicy with a selector that lets in the service account of the waypoint and nobody else.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-288"), model.CWE("CWE-862"), model.Docs("concepts/security/"),
			},
		},
		On: []string{"security.istio.io/AuthorizationPolicy"},
		Run: func(c *check.Case) {
			p, err := mesh.AuthorizationPolicies.Read(c.Object)
			if err != nil || p.Unread != nil {
				c.Unknown()
				return
			}
			targets, path := p.Spec.Targets()
			judged := false
			for i := range targets {
				if targets[i].Kind != "Service" || p.Spec.Action == "AUDIT" {
					continue
				}
				judged = true
				at := path
				if path == "spec.targetRefs" {
					at = path.Index(i)
				}
				judgePassedBy(c, targets[i].Name, at+".name")
			}
			if !judged {
				c.Skip()
			}
		},
	}
}

// judgePassedBy fails a Service behind a waypoint whose pods let in who passes it by.
func judgePassedBy(c *check.Case, name string, path model.Path) {
	object, service, presence := snapshot.Get(c.View, kinds.Services, c.Object.Namespace, name)
	if presence != snapshot.Present {
		return // not known, or the finding of another control
	}
	m := mesh.Of(c.View)
	if m.WaypointOf(object) != snapshot.Present {
		return
	}
	if !workload.Complete(c.View, c.Object.Namespace) {
		c.Unknown()
	}
	for _, w := range workload.Select(c.View, c.Object.Namespace, service.Spec.Selector) {
		server := m.Find(w.Object)
		if server == nil || server.Plane != mesh.Ambient {
			continue
		}
		switch m.PassesBy(server) {
		case snapshot.Present:
			if !c.Complete(model.Scope{Group: mesh.AuthorizationPolicies.Group, Kind: mesh.AuthorizationPolicies.Kind}) {
				return
			}
			c.Fail(name, "%s lets in who connects past the waypoint of Service %s", w.Object.ID, name).At(path, name)
			return
		case snapshot.Undetermined:
			c.Unknown()
		}
	}
}
