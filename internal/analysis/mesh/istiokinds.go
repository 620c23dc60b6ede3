package mesh

// The shapes are those of istio.io/api v1.30.1 (security/v1, networking/v1 and
// type/v1beta1); every served version of a kind has the same one.

// labelSelector is istio.type.v1beta1.WorkloadSelector.
type labelSelector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// targetRef is istio.type.v1beta1.PolicyTargetReference.
type targetRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// PeerAuthentication says which connections pods accept.
type PeerAuthentication struct {
	Selector      *labelSelector       `json:"selector"`
	MTLS          *mutualTLS           `json:"mtls"`
	PortLevelMTLS map[string]mutualTLS `json:"portLevelMtls"`
}

type mutualTLS struct {
	Mode string `json:"mode"`
}

// AuthorizationPolicy says which requests pods or waypoints let through.
type AuthorizationPolicy struct {
	Selector   *labelSelector `json:"selector"`
	TargetRef  *targetRef     `json:"targetRef"`
	TargetRefs []targetRef    `json:"targetRefs"`
	Action     string         `json:"action"`
	Provider   *struct {
		Name string `json:"name"`
	} `json:"provider"`
	Rules []authorizationRule `json:"rules"`
}

type authorizationRule struct {
	From []struct {
		Source ruleSource `json:"source"`
	} `json:"from"`
	To []struct {
		Operation ruleOperation `json:"operation"`
	} `json:"to"`
	When []ruleCondition `json:"when"`
}

type ruleSource struct {
	Principals           []string `json:"principals"`
	NotPrincipals        []string `json:"notPrincipals"`
	RequestPrincipals    []string `json:"requestPrincipals"`
	NotRequestPrincipals []string `json:"notRequestPrincipals"`
	Namespaces           []string `json:"namespaces"`
	NotNamespaces        []string `json:"notNamespaces"`
	ServiceAccounts      []string `json:"serviceAccounts"`
	NotServiceAccounts   []string `json:"notServiceAccounts"`
	IPBlocks             []string `json:"ipBlocks"`
	NotIPBlocks          []string `json:"notIpBlocks"`
	RemoteIPBlocks       []string `json:"remoteIpBlocks"`
	NotRemoteIPBlocks    []string `json:"notRemoteIpBlocks"`
}

type ruleOperation struct {
	Hosts      []string `json:"hosts"`
	NotHosts   []string `json:"notHosts"`
	Ports      []string `json:"ports"`
	NotPorts   []string `json:"notPorts"`
	Methods    []string `json:"methods"`
	NotMethods []string `json:"notMethods"`
	Paths      []string `json:"paths"`
	NotPaths   []string `json:"notPaths"`
}

type ruleCondition struct {
	Key       string   `json:"key"`
	Values    []string `json:"values"`
	NotValues []string `json:"notValues"`
}

// DestinationRule says how clients connect to a host.
type DestinationRule struct {
	Host             string              `json:"host"`
	TrafficPolicy    *trafficPolicy      `json:"trafficPolicy"`
	Subsets          []destinationSubset `json:"subsets"`
	ExportTo         []string            `json:"exportTo"`
	WorkloadSelector *labelSelector      `json:"workloadSelector"`
}

type destinationSubset struct {
	Name          string            `json:"name"`
	Labels        map[string]string `json:"labels"`
	TrafficPolicy *trafficPolicy    `json:"trafficPolicy"`
}

type trafficPolicy struct {
	TLS               *clientTLS     `json:"tls"`
	PortLevelSettings []portSettings `json:"portLevelSettings"`
	LoadBalancer      ignored        `json:"loadBalancer"`
	ConnectionPool    ignored        `json:"connectionPool"`
	OutlierDetection  ignored        `json:"outlierDetection"`
	Tunnel            ignored        `json:"tunnel"`
	ProxyProtocol     ignored        `json:"proxyProtocol"`
	RetryBudget       ignored        `json:"retryBudget"`
}

type portSettings struct {
	Port struct {
		Number uint16 `json:"number"`
	} `json:"port"`
	TLS              *clientTLS `json:"tls"`
	LoadBalancer     ignored    `json:"loadBalancer"`
	ConnectionPool   ignored    `json:"connectionPool"`
	OutlierDetection ignored    `json:"outlierDetection"`
}

type clientTLS struct {
	Mode               string  `json:"mode"`
	ClientCertificate  ignored `json:"clientCertificate"`
	PrivateKey         ignored `json:"privateKey"`
	CACertificates     ignored `json:"caCertificates"`
	CredentialName     ignored `json:"credentialName"`
	SubjectAltNames    ignored `json:"subjectAltNames"`
	SNI                ignored `json:"sni"`
	InsecureSkipVerify bool    `json:"insecureSkipVerify"`
	CACRL              ignored `json:"caCrl"`
}

// Sidecar limits what the proxies of a namespace know of the mesh.
type Sidecar struct {
	WorkloadSelector *struct {
		Labels map[string]string `json:"labels"`
	} `json:"workloadSelector"`
	Ingress               []ignored       `json:"ingress"`
	Egress                []sidecarEgress `json:"egress"`
	OutboundTrafficPolicy ignored         `json:"outboundTrafficPolicy"`
	InboundConnectionPool ignored         `json:"inboundConnectionPool"`
}

type sidecarEgress struct {
	Port        ignored  `json:"port"`
	Bind        ignored  `json:"bind"`
	CaptureMode ignored  `json:"captureMode"`
	Hosts       []string `json:"hosts"`
}

// VirtualService is read for the subsets that it routes to. What else it says
// decides about requests, not about who may connect: Unread is not asked.
type VirtualService struct {
	HTTP []virtualRoute `json:"http"`
	TCP  []virtualRoute `json:"tcp"`
	TLS  []virtualRoute `json:"tls"`
}

type virtualRoute struct {
	Route []struct {
		Destination struct {
			Host   string `json:"host"`
			Subset string `json:"subset"`
		} `json:"destination"`
	} `json:"route"`
}

// Kinds of Istio that are read.
var (
	PeerAuthentications   = resourceKind[PeerAuthentication]("security.istio.io", "PeerAuthentication")
	AuthorizationPolicies = resourceKind[AuthorizationPolicy]("security.istio.io", "AuthorizationPolicy")
	DestinationRules      = resourceKind[DestinationRule]("networking.istio.io", "DestinationRule")
	Sidecars              = resourceKind[Sidecar]("networking.istio.io", "Sidecar")
	VirtualServices       = resourceKind[VirtualService]("networking.istio.io", "VirtualService")
)

// EnvoyFilter changes what istiod makes of everything else.
type EnvoyFilter struct {
	WorkloadSelector *struct {
		Labels map[string]string `json:"labels"`
	} `json:"workloadSelector"`
	TargetRefs    []targetRef   `json:"targetRefs"`
	Priority      ignored       `json:"priority"`
	ConfigPatches []configPatch `json:"configPatches"`
}

type configPatch struct {
	ApplyTo string  `json:"applyTo"`
	Match   ignored `json:"match"`
	Patch   struct {
		Operation   string  `json:"operation"`
		Value       ignored `json:"value"`
		FilterClass ignored `json:"filterClass"`
	} `json:"patch"`
}

// EnvoyFilters are read to know where verdicts do not hold.
var EnvoyFilters = resourceKind[EnvoyFilter]("networking.istio.io", "EnvoyFilter")
