package kinds

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The types of kubeadm's configuration file hold the fields of v1beta3 and of
// v1beta4 (k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm), which differ in how
// extra arguments are written. They are declared here because that package is no
// library. Tokens and keys are replaced by marks before an object of these types
// enters a snapshot.

// KubeadmCluster is a ClusterConfiguration: what holds for the whole cluster.
type KubeadmCluster struct {
	metav1.TypeMeta             `json:",inline"`
	Etcd                        KubeadmEtcd       `json:"etcd,omitempty"`
	Networking                  KubeadmNetworking `json:"networking,omitempty"`
	KubernetesVersion           string            `json:"kubernetesVersion,omitempty"`
	ControlPlaneEndpoint        string            `json:"controlPlaneEndpoint,omitempty"`
	APIServer                   KubeadmAPIServer  `json:"apiServer,omitempty"`
	ControllerManager           KubeadmComponent  `json:"controllerManager,omitempty"`
	Scheduler                   KubeadmComponent  `json:"scheduler,omitempty"`
	DNS                         KubeadmDNS        `json:"dns,omitempty"`
	Proxy                       KubeadmProxy      `json:"proxy,omitempty"`
	CertificatesDir             string            `json:"certificatesDir,omitempty"`
	ImageRepository             string            `json:"imageRepository,omitempty"`
	FeatureGates                map[string]bool   `json:"featureGates,omitempty"`
	ClusterName                 string            `json:"clusterName,omitempty"`
	EncryptionAlgorithm         string            `json:"encryptionAlgorithm,omitempty"`
	CertificateValidityPeriod   *metav1.Duration  `json:"certificateValidityPeriod,omitempty"`
	CACertificateValidityPeriod *metav1.Duration  `json:"caCertificateValidityPeriod,omitempty"`
}

// KubeadmComponent is what is added to a component that kubeadm runs.
type KubeadmComponent struct {
	ExtraArgs    KubeadmArgs          `json:"extraArgs,omitempty"`
	ExtraVolumes []KubeadmHostPath    `json:"extraVolumes,omitempty"`
	ExtraEnvs    []KubeadmEnvironment `json:"extraEnvs,omitempty"`
}

// KubeadmAPIServer is what is added to the API server.
type KubeadmAPIServer struct {
	KubeadmComponent       `json:",inline"`
	CertSANs               []string         `json:"certSANs,omitempty"`
	TimeoutForControlPlane *metav1.Duration `json:"timeoutForControlPlane,omitempty"`
}

// KubeadmEnvironment is a variable of a component.
type KubeadmEnvironment struct {
	corev1.EnvVar `json:",inline"`
}

// KubeadmDNS is how the DNS add-on is installed.
type KubeadmDNS struct {
	KubeadmImage `json:",inline"`
	Type         string `json:"type,omitempty"`
	Disabled     bool   `json:"disabled,omitempty"`
}

// KubeadmProxy is how kube-proxy is installed.
type KubeadmProxy struct {
	Disabled bool `json:"disabled,omitempty"`
}

// KubeadmImage overrides an image.
type KubeadmImage struct {
	ImageRepository string `json:"imageRepository,omitempty"`
	ImageTag        string `json:"imageTag,omitempty"`
}

// KubeadmNetworking is the cluster's networks.
type KubeadmNetworking struct {
	ServiceSubnet string `json:"serviceSubnet,omitempty"`
	PodSubnet     string `json:"podSubnet,omitempty"`
	DNSDomain     string `json:"dnsDomain,omitempty"`
}

// KubeadmEtcd says which etcd is used; without either field a local one.
type KubeadmEtcd struct {
	Local    *KubeadmLocalEtcd    `json:"local,omitempty"`
	External *KubeadmExternalEtcd `json:"external,omitempty"`
}

// KubeadmLocalEtcd is what is added to the etcd that kubeadm runs.
type KubeadmLocalEtcd struct {
	KubeadmImage   `json:",inline"`
	DataDir        string               `json:"dataDir"`
	ExtraArgs      KubeadmArgs          `json:"extraArgs,omitempty"`
	ExtraEnvs      []KubeadmEnvironment `json:"extraEnvs,omitempty"`
	ServerCertSANs []string             `json:"serverCertSANs,omitempty"`
	PeerCertSANs   []string             `json:"peerCertSANs,omitempty"`
}

// KubeadmExternalEtcd is where an etcd that somebody else runs is found.
type KubeadmExternalEtcd struct {
	Endpoints     []string `json:"endpoints"`
	HTTPEndpoints []string `json:"httpEndpoints,omitempty"`
	CAFile        string   `json:"caFile"`
	CertFile      string   `json:"certFile"`
	KeyFile       string   `json:"keyFile"`
}

// KubeadmHostPath mounts a path of the node into a component.
type KubeadmHostPath struct {
	Name      string              `json:"name"`
	HostPath  string              `json:"hostPath"`
	MountPath string              `json:"mountPath"`
	ReadOnly  bool                `json:"readOnly,omitempty"`
	PathType  corev1.HostPathType `json:"pathType,omitempty"`
}

// KubeadmInit is an InitConfiguration: what holds for the first node.
type KubeadmInit struct {
	metav1.TypeMeta  `json:",inline"`
	BootstrapTokens  []KubeadmBootstrapToken `json:"bootstrapTokens,omitempty"`
	DryRun           bool                    `json:"dryRun,omitempty"`
	NodeRegistration KubeadmNode             `json:"nodeRegistration,omitempty"`
	LocalAPIEndpoint KubeadmEndpoint         `json:"localAPIEndpoint,omitempty"`
	CertificateKey   string                  `json:"certificateKey,omitempty"`
	SkipPhases       []string                `json:"skipPhases,omitempty"`
	Patches          *KubeadmPatches         `json:"patches,omitempty"`
	Timeouts         *KubeadmTimeouts        `json:"timeouts,omitempty"`
}

// KubeadmBootstrapToken is a token that new nodes join with.
type KubeadmBootstrapToken struct {
	Token       string           `json:"token"`
	Description string           `json:"description,omitempty"`
	TTL         *metav1.Duration `json:"ttl,omitempty"`
	Expires     *metav1.Time     `json:"expires,omitempty"`
	Usages      []string         `json:"usages,omitempty"`
	Groups      []string         `json:"groups,omitempty"`
}

// KubeadmEndpoint is where an API server listens.
type KubeadmEndpoint struct {
	AdvertiseAddress string `json:"advertiseAddress,omitempty"`
	BindPort         int32  `json:"bindPort,omitempty"`
}

// KubeadmNode is how a node registers.
type KubeadmNode struct {
	Name                  string            `json:"name,omitempty"`
	CRISocket             string            `json:"criSocket,omitempty"`
	Taints                []corev1.Taint    `json:"taints,omitempty"`
	KubeletExtraArgs      KubeadmArgs       `json:"kubeletExtraArgs,omitempty"`
	IgnorePreflightErrors []string          `json:"ignorePreflightErrors,omitempty"`
	ImagePullPolicy       corev1.PullPolicy `json:"imagePullPolicy,omitempty"`
	ImagePullSerial       *bool             `json:"imagePullSerial,omitempty"`
}

// KubeadmPatches is a folder of patches.
type KubeadmPatches struct {
	Directory string `json:"directory,omitempty"`
}

// KubeadmTimeouts are how long kubeadm waits.
type KubeadmTimeouts struct {
	ControlPlaneComponentHealthCheck *metav1.Duration `json:"controlPlaneComponentHealthCheck,omitempty"`
	KubeletHealthCheck               *metav1.Duration `json:"kubeletHealthCheck,omitempty"`
	KubernetesAPICall                *metav1.Duration `json:"kubernetesAPICall,omitempty"`
	EtcdAPICall                      *metav1.Duration `json:"etcdAPICall,omitempty"`
	TLSBootstrap                     *metav1.Duration `json:"tlsBootstrap,omitempty"`
	Discovery                        *metav1.Duration `json:"discovery,omitempty"`
	UpgradeManifests                 *metav1.Duration `json:"upgradeManifests,omitempty"`
}

// KubeadmJoin is a JoinConfiguration: what holds for a node that joins.
type KubeadmJoin struct {
	metav1.TypeMeta  `json:",inline"`
	DryRun           bool                     `json:"dryRun,omitempty"`
	NodeRegistration KubeadmNode              `json:"nodeRegistration,omitempty"`
	CACertPath       string                   `json:"caCertPath,omitempty"`
	Discovery        KubeadmDiscovery         `json:"discovery"`
	ControlPlane     *KubeadmJoinControlPlane `json:"controlPlane,omitempty"`
	SkipPhases       []string                 `json:"skipPhases,omitempty"`
	Patches          *KubeadmPatches          `json:"patches,omitempty"`
	Timeouts         *KubeadmTimeouts         `json:"timeouts,omitempty"`
}

// KubeadmJoinControlPlane makes the node one of the control plane.
type KubeadmJoinControlPlane struct {
	LocalAPIEndpoint KubeadmEndpoint `json:"localAPIEndpoint,omitempty"`
	CertificateKey   string          `json:"certificateKey,omitempty"`
}

// KubeadmDiscovery is how a node finds and trusts the cluster.
type KubeadmDiscovery struct {
	BootstrapToken    *KubeadmTokenDiscovery `json:"bootstrapToken,omitempty"`
	File              *KubeadmFileDiscovery  `json:"file,omitempty"`
	TLSBootstrapToken string                 `json:"tlsBootstrapToken,omitempty"`
	Timeout           *metav1.Duration       `json:"timeout,omitempty"`
}

// KubeadmTokenDiscovery trusts the cluster by a shared token.
type KubeadmTokenDiscovery struct {
	Token                    string   `json:"token"`
	APIServerEndpoint        string   `json:"apiServerEndpoint,omitempty"`
	CACertHashes             []string `json:"caCertHashes,omitempty"`
	UnsafeSkipCAVerification bool     `json:"unsafeSkipCAVerification,omitempty"`
}

// KubeadmFileDiscovery trusts the cluster by a kubeconfig.
type KubeadmFileDiscovery struct {
	KubeConfigPath string `json:"kubeConfigPath"`
}

// KubeadmArgs are flags of a component. v1beta3 writes them as a map, v1beta4 as a
// list, in which a flag may stand more than once.
type KubeadmArgs struct {
	Items []KubeadmArg // in order; those of a map sorted by name
	Map   bool         // written as a map
}

// KubeadmArg is one flag.
type KubeadmArg struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// IsZero lets omitzero leave out what is not set.
func (a KubeadmArgs) IsZero() bool { return len(a.Items) == 0 }

// UnmarshalJSON accepts both forms.
func (a *KubeadmArgs) UnmarshalJSON(raw []byte) error {
	*a = KubeadmArgs{}
	if json.Unmarshal(raw, &a.Items) == nil {
		return nil
	}
	var byName map[string]string
	if err := json.Unmarshal(raw, &byName); err != nil {
		return err
	}
	a.Items, a.Map = nil, true
	for name, value := range byName {
		a.Items = append(a.Items, KubeadmArg{Name: name, Value: value})
	}
	slices.SortFunc(a.Items, func(a, b KubeadmArg) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return nil
}

// MarshalJSON writes the form that was read.
func (a KubeadmArgs) MarshalJSON() ([]byte, error) {
	if !a.Map {
		return json.Marshal(a.Items)
	}
	byName := make(map[string]string, len(a.Items))
	for _, item := range a.Items {
		byName[item.Name] = item.Value
	}
	return json.Marshal(byName)
}
