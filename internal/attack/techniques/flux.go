package techniques

import "holdfast.dev/holdfast/internal/attack"

// flux says as whom a controller of Flux applies what a custom resource of its names:
// as an account of the resource's namespace, or as itself where the resource names
// none and no account is set by default.
func flux(c *attack.Case, controller operator, definition, kind string) {
	const source = "a source that Flux fetches holds what they want applied"
	for _, s := range custom(c, definition, kind) {
		s.yields(c, attack.Subject, attack.Accounts(s.namespace, ""), source)
		for _, d := range controller.of(c.View) {
			if value, _, set := d.argument("default-service-account"); set && value != "" {
				continue
			}
			s.and(d.basis).yields(c, attack.Subject, d.account, source)
		}
	}
}
