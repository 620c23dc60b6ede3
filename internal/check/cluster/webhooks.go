package cluster

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	admissionGroup     = "admissionregistration.k8s.io"
	validatingWebhooks = admissionGroup + "/ValidatingWebhookConfiguration"
	mutatingWebhooks   = admissionGroup + "/MutatingWebhookConfiguration"
)

// admissionWebhook is one webhook of either kind.
type admissionWebhook struct {
	name              string
	path              model.Path
	client            admissionv1.WebhookClientConfig
	rules             []admissionv1.RuleWithOperations
	failurePolicy     admissionv1.FailurePolicyType
	matchPolicy       admissionv1.MatchPolicyType
	timeoutSeconds    int32
	namespaceSelector *metav1.LabelSelector
	objectSelector    *metav1.LabelSelector
	matchConditions   []admissionv1.MatchCondition
	validating        bool
	reinvocation      admissionv1.ReinvocationPolicyType
}

// eachAdmissionWebhook calls judge for each webhook of the judged object. Objects of v1beta1
// have other defaults, and no server takes them any more: they are unknown.
func eachAdmissionWebhook(judge func(*check.Case, *admissionWebhook)) func(*check.Case) {
	return func(c *check.Case) {
		if c.Object.Version != "v1" {
			c.Unknown()
			return
		}
		list, err := webhooksOf(c.Object)
		if err != nil {
			c.Unknown()
			return
		}
		if len(list) == 0 {
			c.Skip()
		}
		for i := range list {
			judge(c, &list[i])
		}
	}
}

func webhooksOf(object *snapshot.Object) ([]admissionWebhook, error) {
	var list []admissionWebhook
	if object.Kind == "MutatingWebhookConfiguration" {
		config, err := kinds.MutatingWebhookConfigurations.Read(object)
		if err != nil {
			return nil, err
		}
		for i := range config.Webhooks {
			w := &config.Webhooks[i]
			list = append(list, admissionWebhook{
				name: w.Name, path: model.Path("webhooks").Index(i), client: w.ClientConfig, rules: w.Rules,
				failurePolicy: *w.FailurePolicy, matchPolicy: *w.MatchPolicy, timeoutSeconds: *w.TimeoutSeconds,
				namespaceSelector: w.NamespaceSelector, objectSelector: w.ObjectSelector, matchConditions: w.MatchConditions,
				reinvocation: *w.ReinvocationPolicy,
			})
		}
		return list, nil
	}
	config, err := kinds.ValidatingWebhookConfigurations.Read(object)
	if err != nil {
		return nil, err
	}
	for i := range config.Webhooks {
		w := &config.Webhooks[i]
		list = append(list, admissionWebhook{
			name: w.Name, path: model.Path("webhooks").Index(i), client: w.ClientConfig, rules: w.Rules,
			failurePolicy: *w.FailurePolicy, matchPolicy: *w.MatchPolicy, timeoutSeconds: *w.TimeoutSeconds,
			namespaceSelector: w.NamespaceSelector, objectSelector: w.ObjectSelector, matchConditions: w.MatchConditions,
			validating: true,
		})
	}
	return list, nil
}

// covers reports whether some rule matches an operation on a resource, and which.
func (w *admissionWebhook) covers(operation admissionv1.OperationType, group, resource string) (int, bool) {
	for i := range w.rules {
		r := &w.rules[i]
		if (slices.Contains(r.Operations, operation) || slices.Contains(r.Operations, admissionv1.OperationAll)) &&
			(slices.Contains(r.APIGroups, group) || slices.Contains(r.APIGroups, "*")) && coversResource(r.Resources, resource) && inScope(r.Scope, resource) {
			return i, true
		}
	}
	return 0, false
}

// coversResource follows the matcher of k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules:
// "*" is every resource without its subresources, "*/*" with them.
func coversResource(resources []string, wanted string) bool {
	base, sub, _ := strings.Cut(wanted, "/")
	for _, r := range resources {
		resource, subresource, _ := strings.Cut(r, "/")
		if (resource == "*" || resource == base) && (subresource == sub || subresource == "*") {
			return true
		}
	}
	return false
}

// inScope reports whether a rule's scope is that of the resource.
func inScope(scope *admissionv1.ScopeType, resource string) bool {
	if scope == nil || *scope == admissionv1.AllScopes {
		return true
	}
	clusterWide := resource == "namespaces" || strings.HasPrefix(resource, "clusterrole")
	return clusterWide == (*scope == admissionv1.ClusterScope)
}

// guards reports whether the webhook stands between users and what takes over
// nodes or the cluster: it validates pods, what makes pods, or access rights; or it
// belongs to a policy engine.
func (w *admissionWebhook) guards() bool {
	if w.engine() {
		return true
	}
	if !w.validating {
		return false
	}
	for _, sensitive := range [][2]string{
		{"", "pods"}, {"apps", "deployments"}, {"apps", "daemonsets"}, {"apps", "statefulsets"}, {"batch", "jobs"}, {"batch", "cronjobs"},
		{"rbac.authorization.k8s.io", "rolebindings"}, {"rbac.authorization.k8s.io", "clusterrolebindings"}, {"rbac.authorization.k8s.io", "clusterroles"},
		{"", "namespaces"}, {"", "secrets"},
	} {
		if _, ok := w.covers(admissionv1.Create, sensitive[0], sensitive[1]); ok {
			return true
		}
	}
	return false
}

// engine reports whether the webhook is known by its name to enforce policies or
// signatures on workloads.
func (w *admissionWebhook) engine() bool {
	for _, name := range []string{
		"gatekeeper.sh", "kyverno.svc", "kubewarden", "policy.sigstore.dev", "cosigned", "connaisseur", "ratify", "portieris",
		"kubearmor", "neuvector", "validate.openpolicyagent", "imagepolicy", "image-policy", "binaryauthorization",
	} {
		if strings.Contains(w.name, name) {
			// Kyverno guards its own objects by webhooks of their own.
			return !strings.HasPrefix(w.name, "validate-policy") && !strings.HasPrefix(w.name, "mutate-policy") && !strings.Contains(w.name, "cleanup")
		}
	}
	return false
}

// selectsNamespace says whether the webhook's namespaceSelector selects a namespace.
// It is Undetermined when that depends on labels that are not known.
func (w *admissionWebhook) selectsNamespace(v *snapshot.View, name string) snapshot.Presence {
	if w.namespaceSelector == nil {
		return snapshot.Present
	}
	selector, err := metav1.LabelSelectorAsSelector(w.namespaceSelector)
	if err != nil {
		return snapshot.Undetermined
	}
	known := labels.Set{corev1.LabelMetadataName: name}
	if !onlyByName(w.namespaceSelector) {
		object, ns, presence := snapshot.Get(v, kinds.Namespaces, "", name)
		if presence != snapshot.Present || object.Partial {
			return snapshot.Undetermined
		}
		known = labels.Set(ns.Labels)
	}
	if selector.Matches(known) {
		return snapshot.Present
	}
	return snapshot.Absent
}

// onlyByName reports whether a selector looks at the name of the namespace only,
// which nobody can change.
func onlyByName(selector *metav1.LabelSelector) bool {
	if selector == nil {
		return true
	}
	for key := range selector.MatchLabels {
		if key != corev1.LabelMetadataName {
			return false
		}
	}
	for i := range selector.MatchExpressions {
		if selector.MatchExpressions[i].Key != corev1.LabelMetadataName {
			return false
		}
	}
	return true
}

// selectorText renders a selector as evidence: nil when it is not set.
func selectorText(selector *metav1.LabelSelector) any {
	if selectsAll(selector) {
		return nil
	}
	return metav1.FormatLabelSelector(selector)
}

func selectsAll(selector *metav1.LabelSelector) bool {
	return selector == nil || len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
}
