package kinds

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// KubeProxy is the configuration file of kube-proxy (k8s.io/kube-proxy/config/v1alpha1,
// KubeProxyConfiguration), declared here for the sake of one field that matters.
type KubeProxy struct {
	metav1.TypeMeta             `json:",inline"`
	FeatureGates                map[string]bool `json:"featureGates,omitempty"`
	ClientConnection            Anything        `json:"clientConnection,omitzero"`
	Logging                     Anything        `json:"logging,omitzero"`
	HostnameOverride            string          `json:"hostnameOverride,omitempty"`
	BindAddress                 string          `json:"bindAddress,omitempty"`
	HealthzBindAddress          string          `json:"healthzBindAddress,omitempty"`
	MetricsBindAddress          string          `json:"metricsBindAddress,omitempty"`
	BindAddressHardFail         bool            `json:"bindAddressHardFail,omitempty"`
	EnableProfiling             bool            `json:"enableProfiling,omitempty"`
	ShowHiddenMetricsForVersion string          `json:"showHiddenMetricsForVersion,omitempty"`
	Mode                        string          `json:"mode,omitempty"`
	IPTables                    Anything        `json:"iptables,omitzero"`
	IPVS                        Anything        `json:"ipvs,omitzero"`
	NFTables                    Anything        `json:"nftables,omitzero"`
	Winkernel                   Anything        `json:"winkernel,omitzero"`
	DetectLocalMode             string          `json:"detectLocalMode,omitempty"`
	DetectLocal                 Anything        `json:"detectLocal,omitzero"`
	ClusterCIDR                 string          `json:"clusterCIDR,omitempty"`
	NodePortAddresses           []string        `json:"nodePortAddresses,omitempty"`
	OOMScoreAdj                 *int32          `json:"oomScoreAdj,omitempty"`
	Conntrack                   Anything        `json:"conntrack,omitzero"`
	ConfigSyncPeriod            string          `json:"configSyncPeriod,omitempty"`
	PortRange                   string          `json:"portRange,omitempty"`
	WindowsRunAsService         bool            `json:"windowsRunAsService,omitempty"`
}
