package mesh

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The shapes are those of the CRDs of Linkerd 2.19 (linkerd-crds, policy.linkerd.io):
// Server v1beta1 to v1beta3, ServerAuthorization v1beta1, the others v1alpha1.

// LinkerdServer is a port of some pods of its namespace.
type LinkerdServer struct {
	PodSelector              *metav1.LabelSelector `json:"podSelector"`
	ExternalWorkloadSelector *metav1.LabelSelector `json:"externalWorkloadSelector"`
	Port                     intstr.IntOrString    `json:"port"`
	ProxyProtocol            string                `json:"proxyProtocol"`
	AccessPolicy             string                `json:"accessPolicy"`
}

// LinkerdServerAuthorization lets clients reach Servers.
type LinkerdServerAuthorization struct {
	Server struct {
		Name     string                `json:"name"`
		Selector *metav1.LabelSelector `json:"selector"`
	} `json:"server"`
	Client struct {
		Networks        []linkerdNetwork `json:"networks"`
		Unauthenticated bool             `json:"unauthenticated"`
		MeshTLS         *struct {
			UnauthenticatedTLS bool                    `json:"unauthenticatedTLS"`
			Identities         []string                `json:"identities"`
			ServiceAccounts    []linkerdServiceAccount `json:"serviceAccounts"`
		} `json:"meshTLS"`
	} `json:"client"`
}

type linkerdServiceAccount struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type linkerdNetwork struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except"`
}

// LinkerdAuthorizationPolicy lets clients that prove something reach a target.
type LinkerdAuthorizationPolicy struct {
	TargetRef                  linkerdRef   `json:"targetRef"`
	RequiredAuthenticationRefs []linkerdRef `json:"requiredAuthenticationRefs"`
}

type linkerdRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// LinkerdMeshTLSAuthentication is a set of identities.
type LinkerdMeshTLSAuthentication struct {
	Identities   []string     `json:"identities"`
	IdentityRefs []linkerdRef `json:"identityRefs"`
}

// LinkerdNetworkAuthentication is a set of addresses.
type LinkerdNetworkAuthentication struct {
	Networks []linkerdNetwork `json:"networks"`
}

// linkerdRoute is an HTTPRoute or GRPCRoute as far as it is attached to Servers.
// What else it says decides about requests: Unread is not asked.
type linkerdRoute struct {
	ParentRefs []linkerdRef `json:"parentRefs"`
}

const linkerdGroup = "policy.linkerd.io"

// Kinds of Linkerd that are read.
var (
	LinkerdServers                = resourceKind[LinkerdServer](linkerdGroup, "Server")
	LinkerdServerAuthorizations   = resourceKind[LinkerdServerAuthorization](linkerdGroup, "ServerAuthorization")
	LinkerdAuthorizationPolicies  = resourceKind[LinkerdAuthorizationPolicy](linkerdGroup, "AuthorizationPolicy")
	LinkerdMeshTLSAuthentications = resourceKind[LinkerdMeshTLSAuthentication](linkerdGroup, "MeshTLSAuthentication")
	LinkerdNetworkAuthentications = resourceKind[LinkerdNetworkAuthentication](linkerdGroup, "NetworkAuthentication")

	linkerdHTTPRoutes  = resourceKind[linkerdRoute](linkerdGroup, "HTTPRoute")
	attachedHTTPRoutes = resourceKind[linkerdRoute]("gateway.networking.k8s.io", "HTTPRoute")
	attachedGRPCRoutes = resourceKind[linkerdRoute]("gateway.networking.k8s.io", "GRPCRoute")
)
