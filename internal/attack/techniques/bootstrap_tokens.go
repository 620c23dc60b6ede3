package techniques

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

const (
	bootstrapNamespace = "kube-system"
	bootstrapGroup     = "system:bootstrappers"
)

// bootstraps says whom a bootstrap token of one's own makes somebody: a member of
// system:bootstrappers, and of any group below it that bindings name.
func bootstraps(c *attack.Case) {
	if !c.Everywhere() && c.Namespace != bootstrapNamespace {
		return
	}
	b, ok := bootstrapTokens(c.View)
	if !ok {
		return
	}
	b.yields(c, attack.Subject, attack.Groups(bootstrapGroup))
	for _, group := range boundGroups.Of(c.View, struct{}{}) {
		if strings.HasPrefix(group, bootstrapGroup+":") {
			b.yields(c, attack.Subject, attack.Groups(group))
		}
	}
}

// bootstrapTokens finds out whether an API server takes bootstrap tokens.
func bootstrapTokens(v *snapshot.View) (b basis, ok bool) {
	unread := basis{unread: []string{"the API server authenticates bootstrap tokens (--enable-bootstrap-token-auth); its arguments are not completely known"}}
	servers := controlplane.All(v, controlplane.APIServer)
	known := len(servers) > 0 && !v.Unread(model.Scope{Kind: "Pod"})
	for _, server := range servers {
		flag := server.Flag("enable-bootstrap-token-auth")
		if flag.Is("true") {
			return basis{evidence: []model.Evidence{flag.Object.Evidence(flag.Path, flag.Text)}}, true
		}
		known = known && flag.Known
	}
	if known {
		return basis{}, false
	}
	return unread, true
}
