package network

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressNginxRetired fails what runs or relies on the ingress-nginx controller,
// which gets no fixes any more.
func IngressNginxRetired() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-nginx-retired",
			Title:    "The ingress-nginx controller is retired",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The Kubernetes project ended the maintenance of ingress-nginx in March 2026: vulnerabilities found since are not fixed. It stands at the " +
				"edge, parses what strangers send, and may read the Secrets of every namespace.",
			Remediation: "Move to an implementation of the Gateway API or to a maintained ingress controller; ingress2gateway converts the objects.",
			References: []model.Reference{
				model.CWE("CWE-1104"), model.MITRE("T1190"), model.Docs("concepts/services-networking/ingress-controllers/"),
			},
		},
		On: append([]string{"networking.k8s.io/IngressClass", ingressKind}, workload.Kinds()...),
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "IngressClass":
				class, err := kinds.IngressClasses.Read(c.Object)
				if err != nil {
					c.Unknown()
				} else if class.Spec.Controller == exposure.IngressNginx {
					c.Fail("", "class %s is served by ingress-nginx", c.Object.Name).Severity(model.Low).At("spec.controller", class.Spec.Controller)
				}
			case "Ingress":
				judgeNginxUser(c)
			default:
				for _, container := range c.Workload().Containers {
					if strings.Contains(container.Image, "ingress-nginx/controller") {
						c.Fail(container.Name, "container %s is the ingress-nginx controller", container.Name).
							In(container.Object, container.Path+".image", container.Image)
					}
				}
			}
		},
	}
}

// judgeNginxUser judges an Ingress whose class was not supplied by what it looks
// like.
func judgeNginxUser(c *check.Case) {
	i := ingress(c)
	if i == nil {
		return
	}
	name, path := exposure.ClassName(i)
	switch class, presence := exposure.ClassObject(c.View, name); {
	case presence == snapshot.Undetermined:
		c.Unknown()
	case class != nil:
		c.Skip() // judged at the class
	case exposure.UsualController(i, name) == exposure.IngressNginx:
		c.Fail("", "class %s is served by ingress-nginx", name).Severity(model.Info).At(path, name)
	}
}
