package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// networkFlags say what decides and stands in no object that was read.
type networkFlags struct{ plugin, mesh string }

func (f *networkFlags) add(flags *pflag.FlagSet) {
	f.addProfile(flags)
	flags.StringVar(&f.mesh, "mesh", "", "mesh of the namespaces that the files do not hold: sidecar or ambient (Istio), linkerd")
}

// addProfile adds the flag that says which network plugin is asked about.
func (f *networkFlags) addProfile(flags *pflag.FlagSet) {
	flags.StringVar(&f.plugin, "profile", "default", "how the network plugin handles what Kubernetes leaves open: "+profileNames())
}

func (f *networkFlags) profile() (netpol.Profile, error) {
	profile, err := netpol.ProfileByName(f.plugin)
	if err != nil {
		err = fmt.Errorf("--profile: %w", err)
	}
	return profile, err
}

// meshNames are the values of --mesh and the planes that they stand for.
func meshNames() map[string]mesh.Plane {
	return map[string]mesh.Plane{"": mesh.NoPlane, "sidecar": mesh.Sidecarred, "ambient": mesh.Ambient, "linkerd": mesh.Linkerd}
}

// plane is that of the namespaces that files do not hold; NoPlane where none is said.
func (f *networkFlags) plane(files bool) (mesh.Plane, error) {
	plane, ok := meshNames()[f.mesh]
	if !ok {
		return plane, fmt.Errorf("--mesh: %q is none: use sidecar, ambient or linkerd", f.mesh)
	}
	if plane != mesh.NoPlane && !files {
		return plane, errors.New("--mesh is for files: a cluster says which namespaces are in a mesh")
	}
	return plane, nil
}

// assuming answers over the snapshot of a view with namespaces in a plane. What the
// answer could not see the view misses.
func assuming[T any](v *snapshot.View, plane mesh.Plane, answer func(*snapshot.View) (T, error)) (T, error) {
	if plane == mesh.NoPlane {
		return answer(v)
	}
	view := mesh.Assume(v.Snapshot(), plane).View()
	found, err := answer(view)
	for _, scope := range view.Missing() {
		v.Complete(scope)
	}
	return found, err
}
