package network

import (
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	ingressKind = "networking.k8s.io/Ingress"
)

// ingress returns the judged Ingress, or nil after saying that it is unknown or
// does not count: what cert-manager puts up for a moment to prove who owns a name.
func ingress(c *check.Case) *networkingv1.Ingress {
	i, err := kinds.Ingresses.Read(c.Object)
	switch {
	case err != nil:
		c.Unknown()
		return nil
	case i.Labels["acme.cert-manager.io/http01-solver"] == "true":
		c.Skip()
		return nil
	}
	return i
}

// annotation returns a field of the annotations as evidence shows it.
func annotation(key string) model.Path { return model.Path("metadata.annotations").Child(key) }

// classOf is the class that an Ingress asks for, "" for the default one.
func classOf(i *networkingv1.Ingress) string {
	name, _ := exposure.ClassName(i)
	return name
}
