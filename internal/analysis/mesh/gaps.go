package mesh

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Gaps are the objects of meshes that are not understood or could not be decoded, with
// the field where that is known: verdicts that hang on them are Unknown. They are
// sorted.
func (m *Mesh) Gaps() []model.Gap {
	v := m.view
	gaps := slices.Concat(
		unreadOf(v, PeerAuthentications), unreadOf(v, AuthorizationPolicies), unreadOf(v, DestinationRules), unreadOf(v, Sidecars), unreadOf(v, EnvoyFilters),
		unreadOf(v, LinkerdServers), unreadOf(v, LinkerdServerAuthorizations), unreadOf(v, LinkerdAuthorizationPolicies),
		unreadOf(v, LinkerdMeshTLSAuthentications), unreadOf(v, LinkerdNetworkAuthentications),
	)
	if doubt := istioConfig.Of(v, struct{}{}).Doubt; doubt != nil {
		gaps = append(gaps, gapAt(doubt.Object, doubt.Path, doubt.Text))
	}
	slices.SortFunc(gaps, model.Gap.Compare)
	return slices.Compact(gaps)
}

func unreadOf[S any](v *snapshot.View, k snapshot.Kind[*Resource[S]]) []model.Gap {
	var gaps []model.Gap
	for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
		if _, err := k.Read(object); err != nil {
			gaps = append(gaps, gapAt(object, "", err.Error()))
		}
	}
	items, _ := list(v, k)
	for _, i := range items {
		if i.Unread != nil {
			gaps = append(gaps, gapAt(i.object, i.Unread.Path, i.Unread.String()))
		}
	}
	return gaps
}

func gapAt(object *snapshot.Object, path model.Path, why string) model.Gap {
	where := object.Evidence(path, "")
	return model.Gap{Scope: object.Scope(), Reason: fmt.Sprintf("%s is not evaluated: %s", object.ID, why), File: where.File, Line: where.Line}
}
