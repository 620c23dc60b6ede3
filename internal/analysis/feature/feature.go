// Package feature says which feature gates of Kubernetes are on.
package feature

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Gate is the name of a feature gate.
type Gate string

// The gates that decide about what is judged.
const (
	// PodUpgradeNeedsCreate asks for create where a request by GET is upgraded to a
	// websocket: exec, attach, portforward.
	PodUpgradeNeedsCreate   Gate = "AuthorizePodWebsocketUpgradeCreatePermission"
	ClusterTrustBundle      Gate = "ClusterTrustBundle"
	ConstrainedImpersonate  Gate = "ConstrainedImpersonation"
	ContainerCheckpoint     Gate = "ContainerCheckpoint"
	CrossNamespaceVolumes   Gate = "CrossNamespaceVolumeDataSource"
	DRAAdminAccess          Gate = "DRAAdminAccess"
	DynamicResources        Gate = "DynamicResourceAllocation"
	InPlaceResize           Gate = "InPlacePodVerticalScaling"
	KubeletFineGrained      Gate = "KubeletFineGrainedAuthz"
	MutatingAdmissionPolicy Gate = "MutatingAdmissionPolicy"
	NodeLogQuery            Gate = "NodeLogQuery"
	PodCertificateRequest   Gate = "PodCertificateRequest"
)

// Every gate of Kubernetes 1.36 and from which version on it is on or off by
// default, "!" where it cannot be set otherwise. Made and compared with
// pkg/features by TestFeatureGates of test/rbac.
//
//go:embed gates.txt
var gatesText string

// change is the default of a gate from one version on.
type change struct {
	since  snapshot.Version
	on     bool
	locked bool
}

var gates = sync.OnceValue(func() map[Gate][]change {
	all := map[Gate][]change{}
	for line := range strings.Lines(gatesText) {
		words := strings.Fields(line)
		for _, word := range words[1:] {
			version, value, _ := strings.Cut(word, "=")
			since, err := snapshot.ParseVersion(version)
			if err != nil {
				panic("gates.txt: " + err.Error()) // it is part of the program
			}
			gate := Gate(words[0])
			on := strings.TrimSuffix(value, "!")
			all[gate] = append(all[gate], change{since: since, on: on == "true", locked: on != value})
		}
	}
	return all
})

// Parse reads NAME=BOOL as --feature-gates takes it. A name that Kubernetes 1.36
// does not have is an error, as it is for its programs; AllAlpha and AllBeta are not
// taken.
func Parse(items []string) (map[string]bool, error) {
	set := map[string]bool{}
	for _, item := range items {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		on, err := strconv.ParseBool(value)
		if !ok || err != nil {
			return nil, fmt.Errorf("%q: write it as NAME=true or NAME=false", item)
		}
		if gates()[Gate(name)] == nil {
			return nil, fmt.Errorf("there is no feature gate %q", name)
		}
		set[name] = on
	}
	return set, nil
}

// On reports whether a gate is on in the API server: as the settings of the snapshot
// say, else as its arguments, else as its version has it by default. A gate that
// the version does not have is off. The answer is not known where the arguments
// that would decide are not.
func On(v *snapshot.View, gate Gate) (on, known bool) {
	current, ok := latest(gates()[gate], v.Settings().Version)
	if !ok {
		return false, true
	}
	if current.locked {
		return current.on, true
	}
	if value, set := v.Settings().Gates[string(gate)]; set {
		return value, true
	}
	return fromServers(v, gate, current.on)
}

// latest is the last change up to a version.
func latest(changes []change, version snapshot.Version) (change, bool) {
	i := slices.IndexFunc(changes, func(c change) bool { return version.Less(c.since) })
	if i < 0 {
		i = len(changes)
	}
	if i == 0 {
		return change{}, false
	}
	return changes[i-1], true
}

// fromServers asks the arguments of the API servers that the snapshot holds. Where
// none is, as in files and in clusters of providers, the defaults hold, unless pods
// could not be read.
func fromServers(v *snapshot.View, gate Gate, byDefault bool) (on, known bool) {
	if v.Unread(model.Scope{Kind: "Pod", Namespace: metav1.NamespaceSystem}) {
		return byDefault, false
	}
	for _, server := range controlplane.All(v, controlplane.APIServer) {
		items, complete := server.Items("feature-gates")
		for _, item := range items {
			name, value, _ := strings.Cut(item.Value, "=")
			if name != string(gate) {
				continue
			}
			set, err := strconv.ParseBool(value)
			return set, err == nil && item.Known
		}
		if !complete {
			return byDefault, false
		}
	}
	return byDefault, true
}
