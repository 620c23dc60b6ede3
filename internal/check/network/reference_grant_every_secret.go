package network

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// referenceGrant is a ReferenceGrant of any version: v1 and v1beta1 look alike.
type referenceGrant struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		From []struct {
			Kind      string `json:"kind"`
			Namespace string `json:"namespace"`
		} `json:"from"`
		To []struct {
			Group string                `json:"group"`
			Kind  string                `json:"kind"`
			Name  *gatewayv1.ObjectName `json:"name,omitempty"`
		} `json:"to"`
	} `json:"spec,omitempty"`
}

// ReferenceGrantEverySecret fails ReferenceGrants that open all Secrets of their
// namespace to another one.
func ReferenceGrantEverySecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "reference-grant-every-secret",
			Title:    "ReferenceGrant opens every Secret of its namespace",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Whoever may write Gateways in the other namespace can make a listener use any TLS key that is or will be kept here, " +
				"and so serve this namespace's host names.",
			Remediation: "Name the one Secret that is meant in spec.to[].name.",
			References:  []model.Reference{model.CWE("CWE-668"), model.Docs("concepts/services-networking/gateway/")},
		},
		On: []string{gatewayGroup + "/ReferenceGrant"},
		Run: func(c *check.Case) {
			grant, err := referenceGrants.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range grant.Spec.To {
				to := &grant.Spec.To[i]
				if to.Group != "" || to.Kind != "Secret" || to.Name != nil && *to.Name != "" {
					continue
				}
				var from []string
				for _, f := range grant.Spec.From {
					from = append(from, f.Kind+"s of "+f.Namespace)
				}
				c.Fail("", "%s may use every Secret of namespace %s", check.Text(from), c.Object.Namespace).At(model.Path("spec.to").Index(i)+".name", nil)
				return
			}
		},
	}
}
