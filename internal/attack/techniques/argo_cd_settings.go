package techniques

import "holdfast.dev/holdfast/internal/attack"

// changeArgoCD says what comes of changing an object in which Argo CD keeps who may
// sign in and do what: who administers Argo CD has it deploy as its own account.
func changeArgoCD(c *attack.Case, kind, name string, conditions ...string) {
	for _, d := range argoCD().of(c.View) {
		if b, ok := named(c, kind, d.account.Namespace, name); ok {
			b.and(d.basis).yields(c, attack.Subject, d.account, conditions...)
		}
	}
}
