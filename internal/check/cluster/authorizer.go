package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// authorizer returns the index of the first authorizer of a type in an
// AuthorizationConfiguration, -1 when there is none.
func authorizer(c *check.Case, kind string) int {
	config, err := kinds.AuthorizationConfigurations.Read(c.Object)
	if err != nil {
		c.Unknown()
		return -1
	}
	for i := range config.Authorizers {
		if config.Authorizers[i].Type == kind {
			return i
		}
	}
	return -1
}

// mustAuthorize demands an authorization mode, in flags and in a file. Who allows
// everything has no use for another mode, and is told so by another control.
func mustAuthorize(mode string, effort int, does string) func(*check.Case) {
	return func(c *check.Case) {
		if c.Object.Kind == "AuthorizationConfiguration" {
			if authorizer(c, mode) < 0 {
				c.Fail("", "the API server %s: there is no authorizer %s", does, mode).At("authorizers", nil)
			}
			return
		}
		judgeComponents(c, func(s subject) {
			modes, known := s.Items("authorization-mode")
			_, found := controlplane.Find(modes, mode)
			switch flag := s.Flag("authorization-mode"); {
			case found:
			case !known || !flag.Known:
				c.Unknown()
			default:
				f := s.fail(flag, "%s", does)
				if _, open := controlplane.Find(modes, "AlwaysAllow"); open {
					fix(f, flag, effort, "Node,RBAC")
				} else {
					s.withItem(f, "authorization-mode", mode, effort)
				}
			}
		}, controlplane.APIServer)
	}
}

// authorizationKinds are what an API server's authorization is configured in.
func authorizationKinds() []string {
	return append(controlplane.Kinds(), "apiserver.config.k8s.io/AuthorizationConfiguration")
}
