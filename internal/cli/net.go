package cli

import (
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func (a *app) netCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "net",
		Short: "Ask what can be reached over the network, from where, and what decides",
		Long: `The questions of net are answered from what the objects say: Services, Ingresses,
gateways and routes, and the policies of all tiers.

Exit status: 0; 1 a denied verdict; 2 something that the answer needs is not known.`,
		Args: cobra.NoArgs, // a misspelt question is an error
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.netListCommand(), a.netExplainCommand(), a.netDiffCommand(), a.netExposureCommand(), a.netGenerateCommand(), a.netMTLSCommand())
	return cmd
}

// meshPolicies are the kinds by which a mesh forbids what network policies allow.
func meshPolicies() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Group: "security.istio.io", Kind: "AuthorizationPolicy"}, {Group: "policy.linkerd.io", Kind: "Server"},
		{Group: "policy.linkerd.io", Kind: "AuthorizationPolicy"}, {Group: "policy.linkerd.io", Kind: "ServerAuthorization"},
	}
}

// meshGaps says so where a mesh may forbid what is listed as allowed: net mtls joins
// both, net list does not.
func meshGaps(v *snapshot.View) []model.Gap {
	var gaps []model.Gap
	for _, gk := range meshPolicies() {
		objects := v.Objects(gk, "")
		if len(objects) == 0 {
			continue
		}
		gap := model.Gap{
			Scope:  model.Scope{Group: gk.Group, Kind: gk.Kind},
			Reason: "a mesh may forbid what network policies allow, which is not looked at here: holdfast net mtls does",
		}
		if origin := objects[0].Origin; origin != nil {
			gap.File, gap.Line = origin.File, origin.Line
		}
		gaps = append(gaps, gap)
	}
	return gaps
}
