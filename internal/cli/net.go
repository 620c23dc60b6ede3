package cli

import "github.com/spf13/cobra"

func (a *app) netCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "net",
		Short: "Ask what can be reached over the network, from where, and what decides",
		Long: `The questions of net are answered from what the objects say: Services, Ingresses,
gateways and routes, the policies of all tiers, and those of service meshes.

Exit status: 0; 1 a denied verdict; 2 something that the answer needs is not known.`,
		Args: cobra.NoArgs, // a misspelt question is an error
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.netListCommand(), a.netExplainCommand(), a.netDiffCommand(), a.netExposureCommand(), a.netGenerateCommand(), a.netMTLSCommand())
	return cmd
}
