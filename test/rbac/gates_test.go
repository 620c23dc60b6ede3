package rbac

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	_ "k8s.io/kubernetes/pkg/features" // which registers them
)

var update = flag.Bool("update", false, "write gates.txt anew from Kubernetes")

// The feature gates and their defaults are those of Kubernetes.
func TestFeatureGates(t *testing.T) {
	const file = "../../internal/analysis/feature/gates.txt"
	want := gates()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is not what Kubernetes has; write it anew with -update", file)
	}
}

// gates writes one gate a line: NAME, then VERSION=DEFAULT of each version that
// changed it, with "!" where it can no longer be set otherwise.
func gates() string {
	all := utilfeature.DefaultMutableFeatureGate.GetAllVersioned()
	var lines []string
	for name, specs := range all {
		slices.SortFunc(specs, func(a, b featuregate.FeatureSpec) int {
			if a.Version.LessThan(b.Version) {
				return -1
			}
			return cmp.Compare(a.Version.Minor(), b.Version.Minor())
		})
		line := string(name)
		if name == "AllAlpha" || name == "AllBeta" {
			continue
		}
		for _, spec := range specs {
			locked := ""
			if spec.LockToDefault {
				locked = "!"
			}
			line += fmt.Sprintf(" %s=%t%s", short(spec.Version), spec.Default, locked)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func short(v *version.Version) string { return fmt.Sprintf("%d.%d", v.Major(), v.Minor()) }
