package engine

import (
	"cmp"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Reads lists the kinds that controls and the questions of rbac and net read, sorted,
// each once: a snapshot of a cluster that holds less answers some of them with unknown.
func Reads() []snapshot.GroupKind {
	kinds := slices.Concat(all.Reads(), reach.Kinds(), []snapshot.GroupKind{
		{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}, // the names of resources
		{Group: "certificates.k8s.io", Kind: "PodCertificateRequest"},     // the rights of nodes
	})
	slices.SortFunc(kinds, func(a, b snapshot.GroupKind) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind))
	})
	return slices.Compact(kinds)
}
