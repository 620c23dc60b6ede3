package kinds

import (
	admission "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// defaultAdmission follows pkg/apis/admissionregistration/v1/defaults.go.
func defaultAdmission(object any) {
	switch o := object.(type) {
	case *admission.ValidatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setDefault(&w.FailurePolicy, admission.Fail)
			setDefault(&w.TimeoutSeconds, 10)
			defaultWebhookMatch(&w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, w.Rules)
			defaultWebhookService(w.ClientConfig.Service)
		}
	case *admission.MutatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setDefault(&w.FailurePolicy, admission.Fail)
			setDefault(&w.TimeoutSeconds, 10)
			setDefault(&w.ReinvocationPolicy, admission.NeverReinvocationPolicy)
			defaultWebhookMatch(&w.MatchPolicy, &w.NamespaceSelector, &w.ObjectSelector, w.Rules)
			defaultWebhookService(w.ClientConfig.Service)
		}
	case *admission.ValidatingAdmissionPolicy:
		setDefault(&o.Spec.FailurePolicy, admission.Fail)
		defaultMatchResources(o.Spec.MatchConstraints)
	case *admission.ValidatingAdmissionPolicyBinding:
		defaultMatchResources(o.Spec.MatchResources)
	case *admission.MutatingAdmissionPolicy:
		setDefault(&o.Spec.FailurePolicy, admission.Fail)
		defaultMatchResources(o.Spec.MatchConstraints)
	case *admission.MutatingAdmissionPolicyBinding:
		defaultMatchResources(o.Spec.MatchResources)
	}
}

func defaultWebhookMatch(policy **admission.MatchPolicyType, namespaces, objects **metav1.LabelSelector, rules []admission.RuleWithOperations) {
	setDefault(policy, admission.Equivalent)
	setDefault(namespaces, metav1.LabelSelector{})
	setDefault(objects, metav1.LabelSelector{})
	for i := range rules {
		setDefault(&rules[i].Scope, admission.AllScopes)
	}
}

func defaultWebhookService(service *admission.ServiceReference) {
	if service != nil {
		setDefault(&service.Port, 443)
	}
}

func defaultMatchResources(match *admission.MatchResources) {
	if match == nil {
		return
	}
	setDefault(&match.MatchPolicy, admission.Equivalent)
	setDefault(&match.NamespaceSelector, metav1.LabelSelector{})
	setDefault(&match.ObjectSelector, metav1.LabelSelector{})
	for _, rules := range [][]admission.NamedRuleWithOperations{match.ResourceRules, match.ExcludeResourceRules} {
		for i := range rules {
			setDefault(&rules[i].Scope, admission.AllScopes)
		}
	}
}
