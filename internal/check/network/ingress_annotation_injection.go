package network

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressAnnotationInjection fails Ingresses whose values break out of the place
// that the proxy's configuration has for them.
func IngressAnnotationInjection() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-annotation-injection",
			Title:    "Ingress value breaks out into the proxy's configuration",
			Layer:    model.LayerNetwork,
			Severity: model.High,
			Rationale: "Controllers paste these values into the proxy's configuration. Line breaks, braces and directives in them are how code is run in the " +
				"controller (CVE-2025-1974 and its kin); an honest value has none.",
			Remediation: "Find out who wrote the value and treat the controller as compromised if it was applied. Update or replace the controller.",
			References: []model.Reference{
				model.CWE("CWE-94"), model.MITRE("T1190"), model.Docs("concepts/services-networking/ingress-controllers/"),
			},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			for key, value := range i.Annotations {
				if strings.HasPrefix(key, exposure.NginxPrefix) && !snippet(key) && breaksOut(value) {
					c.Fail(key, "the value of %s carries directives", key).At(annotation(key), firstLine(value))
				}
			}
			for n := range i.Spec.Rules {
				if http := i.Spec.Rules[n].HTTP; http != nil {
					for m := range http.Paths {
						if path := http.Paths[m].Path; strings.ContainsAny(path, "\n\r;") {
							c.Fail(fmt.Sprintf("%s %s", i.Spec.Rules[n].Host, path), "a path carries directives").
								At((model.Path("spec.rules").Index(n)+".http.paths").Index(m)+".path", firstLine(path))
						}
					}
				}
			}
		},
	}
}

func breaksOut(value string) bool {
	if strings.Contains(value, "\n") && strings.ContainsAny(value, ";{}") {
		return true
	}
	return slices.ContainsFunc([]string{"load_module", "ssl_engine", "_by_lua", ";}", "};"}, func(s string) bool { return strings.Contains(value, s) })
}
