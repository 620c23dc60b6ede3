package techniques

import (
	"slices"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/snapshot"
)

const admissionGroup = "admissionregistration.k8s.io"

// reachesWebhook is what a webhook that reads or changes needs. To refuse it needs
// none: with failurePolicy Fail nothing passes while its server cannot be reached.
const reachesWebhook = "the API server reaches an HTTPS server of theirs"

func admissionKind(kind string) snapshot.GroupKind {
	return snapshot.GroupKind{Group: admissionGroup, Kind: kind}
}

// changesAll says what comes of changing what others write, on its way into the
// cluster: pods run what the attacker wants; and RBAC asks whether the author may
// give the rights after admission has changed them, so that an author who may give
// all gives them to the attacker (pkg/registry/rbac/clusterrolebinding/policybased).
func changesAll(c *attack.Case, b basis, conditions ...string) {
	b.yields(c, attack.Integrity, attack.Everything(), conditions...)
	pod := slices.Concat(conditions, []string{"somebody creates a pod, as every roll-out does"})
	b.yields(c, attack.Namespace, attack.Namespaces(""), pod...)
	b.takesNode(c, "", pod...)
	role := slices.Concat(conditions, []string{"somebody who may give every right writes a role or a binding"})
	b.yields(c, attack.Admin, attack.Everything(), role...)
}

// readsSecrets says what comes of being shown objects at admission.
func readsSecrets(c *attack.Case, b basis) {
	b.yields(c, attack.Secrets, attack.In("", "Secret", ""), reachesWebhook, "somebody writes or deletes the secret")
}

// policyServed is what Kubernetes before 1.36 needs besides the feature gate: it does
// not serve versions of an API that are not stable unless asked to.
func policyServed(c *attack.Case) basis {
	if c.Settings().Version.Minor >= 36 {
		return basis{}
	}
	return basis{conditions: []string{"the API server serves MutatingAdmissionPolicy (--runtime-config)"}}
}

// mutatingWebhook is what a mutating webhook of one's own gives.
func mutatingWebhook(c *attack.Case, b basis) {
	changesAll(c, b, reachesWebhook)
	readsSecrets(c, b)
	b.yields(c, attack.Denial, attack.Everything())
}

// validatingWebhook is what a validating webhook of one's own gives.
func validatingWebhook(c *attack.Case, b basis) {
	readsSecrets(c, b)
	b.yields(c, attack.Denial, attack.Everything())
}
