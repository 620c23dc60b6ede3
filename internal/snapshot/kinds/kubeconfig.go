package kinds

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Kubeconfig is the file that clients read to find and authenticate to clusters
// (k8s.io/client-go/tools/clientcmd/api/v1, Config). It is declared here because
// pure packages do not import client-go. Tokens, passwords and keys are replaced
// by fingerprints before an object of this type enters a snapshot.
type Kubeconfig struct {
	metav1.TypeMeta `json:",inline"`
	Preferences     KubeconfigPreferences    `json:"preferences,omitempty"`
	Clusters        []KubeconfigNamedCluster `json:"clusters"`
	Users           []KubeconfigNamedUser    `json:"users"`
	Contexts        []KubeconfigNamedContext `json:"contexts"`
	CurrentContext  string                   `json:"current-context"`
	Extensions      []KubeconfigExtension    `json:"extensions,omitempty"`
}

// KubeconfigPreferences is kept so that files that have it are not called wrong.
type KubeconfigPreferences struct {
	Colors     bool                  `json:"colors,omitempty"`
	Extensions []KubeconfigExtension `json:"extensions,omitempty"`
}

// KubeconfigExtension is data of other tools.
type KubeconfigExtension struct {
	Name      string   `json:"name"`
	Extension Anything `json:"extension"`
}

// KubeconfigNamedCluster is an API server under a name.
type KubeconfigNamedCluster struct {
	Name    string            `json:"name"`
	Cluster KubeconfigCluster `json:"cluster"`
}

// KubeconfigCluster says how to reach and trust an API server.
type KubeconfigCluster struct {
	Server                   string                `json:"server"`
	TLSServerName            string                `json:"tls-server-name,omitempty"`
	InsecureSkipTLSVerify    bool                  `json:"insecure-skip-tls-verify,omitempty"`
	CertificateAuthority     string                `json:"certificate-authority,omitempty"`
	CertificateAuthorityData string                `json:"certificate-authority-data,omitempty"`
	ProxyURL                 string                `json:"proxy-url,omitempty"`
	DisableCompression       bool                  `json:"disable-compression,omitempty"`
	Extensions               []KubeconfigExtension `json:"extensions,omitempty"`
}

// KubeconfigNamedUser is a credential under a name.
type KubeconfigNamedUser struct {
	Name string         `json:"name"`
	User KubeconfigUser `json:"user"`
}

// KubeconfigUser is how a client authenticates.
type KubeconfigUser struct {
	ClientCertificate     string                  `json:"client-certificate,omitempty"`
	ClientCertificateData string                  `json:"client-certificate-data,omitempty"`
	ClientKey             string                  `json:"client-key,omitempty"`
	ClientKeyData         string                  `json:"client-key-data,omitempty"`
	Token                 string                  `json:"token,omitempty"`
	TokenFile             string                  `json:"tokenFile,omitempty"`
	As                    string                  `json:"as,omitempty"`
	AsUID                 string                  `json:"as-uid,omitempty"`
	AsGroups              []string                `json:"as-groups,omitempty"`
	AsUserExtra           map[string][]string     `json:"as-user-extra,omitempty"`
	Username              string                  `json:"username,omitempty"`
	Password              string                  `json:"password,omitempty"`
	AuthProvider          *KubeconfigAuthProvider `json:"auth-provider,omitempty"`
	Exec                  *KubeconfigExec         `json:"exec,omitempty"`
	Extensions            []KubeconfigExtension   `json:"extensions,omitempty"`
}

// KubeconfigAuthProvider is the removed in-tree credential plugin.
type KubeconfigAuthProvider struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
}

// KubeconfigExec is a command that prints a credential.
type KubeconfigExec struct {
	APIVersion         string              `json:"apiVersion,omitempty"`
	Command            string              `json:"command"`
	Args               []string            `json:"args"`
	Env                []KubeconfigExecEnv `json:"env"`
	InstallHint        string              `json:"installHint,omitempty"`
	ProvideClusterInfo bool                `json:"provideClusterInfo"`
	InteractiveMode    string              `json:"interactiveMode,omitempty"`
}

// KubeconfigExecEnv is an environment variable of such a command.
type KubeconfigExecEnv struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// KubeconfigNamedContext is a context under a name.
type KubeconfigNamedContext struct {
	Name    string            `json:"name"`
	Context KubeconfigContext `json:"context"`
}

// KubeconfigContext pairs a cluster with a user.
type KubeconfigContext struct {
	Cluster    string                `json:"cluster"`
	AuthInfo   string                `json:"user"`
	Namespace  string                `json:"namespace,omitempty"`
	Extensions []KubeconfigExtension `json:"extensions,omitempty"`
}

// Anything is a part of a file that is not looked into and not kept.
type Anything struct{}

// UnmarshalJSON accepts any value.
func (*Anything) UnmarshalJSON([]byte) error { return nil }
