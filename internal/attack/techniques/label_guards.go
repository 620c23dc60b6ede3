package techniques

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// selectors are the fields of guards that select namespaces by labels that whoever
// may change the namespace can change. Without complete there may be others.
type selectors struct {
	evidence []model.Evidence
	complete bool
}

var labelGuards = snapshot.Memo[struct{}, *selectors]{Name: "techniques.labelGuards", Compute: func(v *snapshot.View, _ struct{}) *selectors {
	s := &selectors{complete: true}
	s.webhooks(v)
	s.policies(v)
	s.peers(v)
	return s
}}

func (s *selectors) add(object *snapshot.Object, path model.Path, selector *metav1.LabelSelector) {
	if changeable(selector) && len(s.evidence) < examples {
		s.evidence = append(s.evidence, object.Evidence(path, metav1.FormatLabelSelector(selector)))
	}
}

// changeable reports whether a selector asks for a label other than the name, which
// the API server sets itself.
func changeable(selector *metav1.LabelSelector) bool {
	if selector == nil {
		return false
	}
	for key := range selector.MatchLabels {
		if key != corev1.LabelMetadataName {
			return true
		}
	}
	for i := range selector.MatchExpressions {
		if selector.MatchExpressions[i].Key != corev1.LabelMetadataName {
			return true
		}
	}
	return false
}

func (s *selectors) webhooks(v *snapshot.View) {
	validating, complete := snapshot.List(v, kinds.ValidatingWebhookConfigurations, "")
	s.complete = s.complete && complete
	for object, configuration := range validating {
		for i := range configuration.Webhooks {
			s.add(object, model.Path("webhooks").Index(i)+".namespaceSelector", configuration.Webhooks[i].NamespaceSelector)
		}
	}
	mutating, complete := snapshot.List(v, kinds.MutatingWebhookConfigurations, "")
	s.complete = s.complete && complete
	for object, configuration := range mutating {
		for i := range configuration.Webhooks {
			s.add(object, model.Path("webhooks").Index(i)+".namespaceSelector", configuration.Webhooks[i].NamespaceSelector)
		}
	}
}

func (s *selectors) policies(v *snapshot.View) {
	policies, complete := snapshot.List(v, kinds.ValidatingAdmissionPolicies, "")
	s.complete = s.complete && complete
	for object, policy := range policies {
		if match := policy.Spec.MatchConstraints; match != nil {
			s.add(object, "spec.matchConstraints.namespaceSelector", match.NamespaceSelector)
		}
	}
	bindings, complete := snapshot.List(v, kinds.ValidatingAdmissionPolicyBindings, "")
	s.complete = s.complete && complete
	for object, binding := range bindings {
		if match := binding.Spec.MatchResources; match != nil {
			s.add(object, "spec.matchResources.namespaceSelector", match.NamespaceSelector)
		}
	}
}

func (s *selectors) peers(v *snapshot.View) {
	policies, complete := snapshot.List(v, kinds.NetworkPolicies, "")
	s.complete = s.complete && complete
	for object, policy := range policies {
		for i := range policy.Spec.Ingress {
			s.peersOf(object, fmt.Sprintf("spec.ingress[%d].from", i), policy.Spec.Ingress[i].From)
		}
		for i := range policy.Spec.Egress {
			s.peersOf(object, fmt.Sprintf("spec.egress[%d].to", i), policy.Spec.Egress[i].To)
		}
	}
}

func (s *selectors) peersOf(object *snapshot.Object, path string, peers []networkingv1.NetworkPolicyPeer) {
	for i := range peers {
		s.add(object, model.Path(path).Index(i)+".namespaceSelector", peers[i].NamespaceSelector)
	}
}
