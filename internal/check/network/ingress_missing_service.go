package network

import (
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressMissingService fails Ingresses that send requests to a Service which does
// not exist.
func IngressMissingService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-missing-service",
			Title:    "Ingress sends requests to a Service that does not exist",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The host answers with errors until somebody creates a Service of that name: whoever may do so in the namespace " +
				"receives the requests, under a name and a certificate that clients trust.",
			Remediation: "Correct the name of the Service, or remove the rule.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("concepts/services-networking/ingress/#the-ingress-resource")},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			if c.Object.Version != "v1" {
				c.Unknown() // older versions name backends differently
				return
			}
			said := map[string]bool{}
			judge := func(backend *networkingv1.IngressBackend, path model.Path) {
				// ALB has backends that are actions, named by an annotation.
				if backend == nil || backend.Service == nil || said[backend.Service.Name] || backend.Service.Port.Name == "use-annotation" {
					return
				}
				name := backend.Service.Name
				if _, _, presence := snapshot.Get(c.View, kinds.Services, c.Object.Namespace, name); presence == snapshot.Absent {
					said[name] = true
					c.Fail(name, "Service %s is not in namespace %s", name, c.Object.Namespace).At(path+".service.name", name)
				}
			}
			judge(i.Spec.DefaultBackend, "spec.defaultBackend")
			for n := range i.Spec.Rules {
				if http := i.Spec.Rules[n].HTTP; http != nil {
					for m := range http.Paths {
						judge(&http.Paths[m].Backend, (model.Path("spec.rules").Index(n)+".http.paths").Index(m)+".backend")
					}
				}
			}
		},
	}
}
