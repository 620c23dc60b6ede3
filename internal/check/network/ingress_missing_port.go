package network

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressMissingPort fails Ingresses that send requests to a port which the Service does
// not have.
func IngressMissingPort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "ingress-missing-port",
			Title:       "Ingress names a port that its Service does not have",
			Layer:       model.LayerNetwork,
			Severity:    model.Low,
			Rationale:   "The controller has nowhere to send the requests of that rule: they fail.",
			Remediation: "Use a number or a name of the ports of the Service.",
			References:  []model.Reference{model.Docs("concepts/services-networking/ingress/")},
		},
		On: []string{"networking.k8s.io/Ingress"},
		Run: func(c *check.Case) {
			ingress, err := kinds.Ingresses.Read(c.Object)
			if err != nil || c.Object.Version != "v1" {
				c.Unknown() // older versions name backends differently
				return
			}
			backendPort(c, ingress.Spec.DefaultBackend, "spec.defaultBackend")
			for i := range ingress.Spec.Rules {
				if http := ingress.Spec.Rules[i].HTTP; http != nil {
					for j := range http.Paths {
						backendPort(c, &http.Paths[j].Backend, (model.Path("spec.rules").Index(i)+".http.paths").Index(j)+".backend")
					}
				}
			}
		},
	}
}

// backendPort judges one backend, once for each Service and port. ALB has backends
// that are actions, named by an annotation.
func backendPort(c *check.Case, backend *networkingv1.IngressBackend, path model.Path) {
	if backend == nil || backend.Service == nil || backend.Service.Port.Name == "use-annotation" {
		return
	}
	name, wanted := backend.Service.Name, backend.Service.Port
	object, service, presence := snapshot.Get(c.View, kinds.Services, c.Object.Namespace, name)
	if presence != snapshot.Present || service.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	for i := range service.Spec.Ports {
		if port := &service.Spec.Ports[i]; port.Port == wanted.Number || wanted.Name != "" && port.Name == wanted.Name {
			return
		}
	}
	text, field := wanted.Name, path+".service.port.name"
	if text == "" {
		text, field = strconv.Itoa(int(wanted.Number)), path+".service.port.number"
	}
	if failure, ok := c.Failed(name + "/" + text); ok {
		failure.At(field, text)
		return
	}
	c.Fail(name+"/"+text, "Service %s has no port %s", name, text).At(field, text).In(object, "spec.ports", nil)
}
