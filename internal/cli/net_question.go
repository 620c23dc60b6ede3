package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// profileFlag says which network plugin is asked about.
type profileFlag struct{ name string }

func (f *profileFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "profile", "default", "how the network plugin handles what Kubernetes leaves open: "+profileNames())
}

func (f *profileFlag) profile() (netpol.Profile, error) {
	profile, err := netpol.ProfileByName(f.name)
	if err != nil {
		err = fmt.Errorf("--profile: %w", err)
	}
	return profile, err
}
