package techniques

import "holdfast.dev/holdfast/internal/attack"

// showsCredentials says what comes of a resource that has its operator show tokens of
// accounts and contents of secrets, of its own namespace or with a cluster-wide one of
// all, to a server that the resource names.
func showsCredentials(c *attack.Case, definition, kind string) {
	const server = "the operator reaches a server of theirs"
	for _, s := range custom(c, definition, kind) {
		s.yields(c, attack.Subject, attack.Accounts(s.namespace, ""), server)
		s.yields(c, attack.Secrets, attack.In(s.namespace, "Secret", ""), server)
	}
}
