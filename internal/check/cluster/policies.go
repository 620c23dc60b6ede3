package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	validatingPolicies = admissionGroup + "/ValidatingAdmissionPolicy"
	mutatingPolicies   = admissionGroup + "/MutatingAdmissionPolicy"
	validatingBindings = admissionGroup + "/ValidatingAdmissionPolicyBinding"
	mutatingBindings   = admissionGroup + "/MutatingAdmissionPolicyBinding"
)

// failurePolicyOf returns the failurePolicy of an admission policy of either kind.
func failurePolicyOf(c *check.Case) (admissionv1.FailurePolicyType, bool) {
	var policy *admissionv1.FailurePolicyType
	if c.Object.Kind == "MutatingAdmissionPolicy" {
		p, err := kinds.MutatingAdmissionPolicies.Read(c.Object)
		if err != nil {
			return "", false
		}
		policy = p.Spec.FailurePolicy
	} else {
		p, err := kinds.ValidatingAdmissionPolicies.Read(c.Object)
		if err != nil {
			return "", false
		}
		policy = p.Spec.FailurePolicy
	}
	if policy == nil {
		return admissionv1.Fail, true
	}
	return *policy, true
}

// binding is what the judged binding of either kind binds, and with which parameters.
type binding struct {
	policy string
	param  *admissionv1.ParamRef
}

func bindingOf(c *check.Case) (binding, bool) {
	if c.Object.Kind == "MutatingAdmissionPolicyBinding" {
		b, err := kinds.MutatingAdmissionPolicyBindings.Read(c.Object)
		if err != nil {
			return binding{}, false
		}
		return binding{policy: b.Spec.PolicyName, param: b.Spec.ParamRef}, true
	}
	b, err := kinds.ValidatingAdmissionPolicyBindings.Read(c.Object)
	if err != nil {
		return binding{}, false
	}
	return binding{policy: b.Spec.PolicyName, param: b.Spec.ParamRef}, true
}

// bound reports whether some binding names the judged policy.
func bound(c *check.Case) bool {
	if c.Object.Kind == "MutatingAdmissionPolicy" {
		list, _ := snapshot.List(c.View, kinds.MutatingAdmissionPolicyBindings, "")
		for _, b := range list {
			if b.Spec.PolicyName == c.Object.Name {
				return true
			}
		}
		return false
	}
	list, _ := snapshot.List(c.View, kinds.ValidatingAdmissionPolicyBindings, "")
	for _, b := range list {
		if b.Spec.PolicyName == c.Object.Name {
			return true
		}
	}
	return false
}

// bindingScope is the list of the bindings that can bind the judged policy.
func bindingScope(c *check.Case) model.Scope {
	return model.Scope{Group: admissionGroup, Kind: c.Object.Kind + "Binding"}
}
