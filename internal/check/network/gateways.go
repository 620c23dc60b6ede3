package network

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	gatewayGroup = "gateway.networking.k8s.io"
	gatewayKind  = gatewayGroup + "/Gateway"
)

var (
	grpcRoutes      = kinds.Of[gatewayv1.GRPCRoute](gatewayGroup, "GRPCRoute")
	referenceGrants = kinds.Of[referenceGrant](gatewayGroup, "ReferenceGrant")
)

// attached is one route of a Gateway and the place where it says so.
type attached struct {
	object *snapshot.Object
	http   *gatewayv1.HTTPRoute // nil for other routes
	ref    *gatewayv1.ParentReference
	path   model.Path
}

// gatewayName is a Gateway's namespace and name.
type gatewayName struct{ namespace, name string }

// attachedRoutes maps each Gateway to the routes that name it as a parent.
var attachedRoutes = snapshot.Memo[struct{}, map[gatewayName][]attached]{Name: "check/network.attachedRoutes", Compute: func(v *snapshot.View, _ struct{}) map[gatewayName][]attached {
	index := map[gatewayName][]attached{}
	add := func(object *snapshot.Object, http *gatewayv1.HTTPRoute, refs []gatewayv1.ParentReference) {
		for i := range refs {
			ref := &refs[i]
			if ref.Kind != nil && *ref.Kind != "Gateway" || ref.Group != nil && *ref.Group != gatewayGroup {
				continue
			}
			to := gatewayName{namespace: object.Namespace, name: string(ref.Name)}
			if ref.Namespace != nil {
				to.namespace = string(*ref.Namespace)
			}
			index[to] = append(index[to], attached{object: object, http: http, ref: ref, path: model.Path("spec.parentRefs").Index(i)})
		}
	}
	routes, _ := snapshot.List(v, kinds.HTTPRoutes, "")
	for object, route := range routes {
		add(object, route, route.Spec.ParentRefs)
	}
	// Few clusters have GRPCRoutes: that none were supplied says nothing.
	v.Unread(model.Scope{Group: gatewayGroup, Kind: "GRPCRoute"})
	for _, object := range v.Objects(snapshot.GroupKind{Group: gatewayGroup, Kind: "GRPCRoute"}, "") {
		if route, err := grpcRoutes.Read(object); err == nil {
			add(object, nil, route.Spec.ParentRefs)
		}
	}
	return index
}}

// on reports whether a route attaches to a listener, as far as its reference says.
func (a *attached) on(l *gatewayv1.Listener) bool {
	return (a.ref.SectionName == nil || *a.ref.SectionName == l.Name) && (a.ref.Port == nil || *a.ref.Port == l.Port)
}

// admits says whether a listener takes routes of a namespace.
func admits(l *gatewayv1.Listener, gateway, route string) match {
	from := gatewayv1.NamespacesFromSame
	if l.AllowedRoutes != nil && l.AllowedRoutes.Namespaces != nil && l.AllowedRoutes.Namespaces.From != nil {
		from = *l.AllowedRoutes.Namespaces.From
	}
	switch {
	case from == gatewayv1.NamespacesFromAll, from == gatewayv1.NamespacesFromSame && gateway == route:
		return yes
	case from == gatewayv1.NamespacesFromSelector:
		return perhaps
	default:
		return no
	}
}
