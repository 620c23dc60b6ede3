package cluster

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// Option shapes a control plane before it starts.
type Option func(*options)

// options is what the Options have asked for.
type options struct {
	controllers bool
	apiServer   []string // extra flags of kube-apiserver: the last of a name wins
	gates       []string // name=true|false, for every component
	files       []flagFile
}

// flagFile is a file that a flag of kube-apiserver names.
type flagFile struct{ flag, content string }

// The flags of kube-apiserver that name a file and have an Option of their own.
const (
	auditPolicyFlag    = "audit-policy-file"
	encryptionFlag     = "encryption-provider-config"
	authenticationFlag = "authentication-config"
	authorizationFlag  = "authorization-config"
	admissionFlag      = "admission-control-config-file"
	tokensFlag         = "token-auth-file"
)

// AuditEverything is an audit policy that records every request with its body
// and its response, once, when it is complete.
const AuditEverything = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: RequestResponse
`

// WithControllers also runs kube-controller-manager and kube-scheduler.
// Without them a control plane starts sooner and takes half the memory, but
// Deployments get no Pods, and a namespace that is deleted stays Terminating.
func WithControllers() Option {
	return func(o *options) { o.controllers = true }
}

// WithAudit writes an audit log by this policy (YAML, see AuditEverything) to
// Cluster.AuditLog. The event of a request may come a moment after the
// request's answer, so look more than once.
func WithAudit(policy string) Option {
	return WithFile(auditPolicyFlag, policy)
}

// WithEncryption encrypts what lies in etcd by this EncryptionConfiguration
// (YAML). A test that rotates keys replaces the file
// Cluster.File("encryption-provider-config"): the API server follows in about
// a second (elsewhere in about a minute).
func WithEncryption(config string) Option {
	return func(o *options) {
		WithFile(encryptionFlag, config)(o)
		WithAPIServerArgs("--encryption-provider-config-automatic-reload=true")(o)
	}
}

// WithAuthentication authenticates by this AuthenticationConfiguration (YAML),
// besides client certificates and ServiceAccount tokens.
func WithAuthentication(config string) Option {
	return WithFile(authenticationFlag, config)
}

// WithAuthorization authorizes by this AuthorizationConfiguration (YAML)
// instead of Node and RBAC. Without RBAC in it only system:masters, which is
// what Cluster.Config is, may do anything.
func WithAuthorization(config string) Option {
	return WithFile(authorizationFlag, config)
}

// WithAdmissionConfiguration configures admission plugins by this
// AdmissionConfiguration (YAML): PodSecurity's defaults, for example.
func WithAdmissionConfiguration(config string) Option {
	return WithFile(admissionFlag, config)
}

// WithAdmissionPlugins enables admission plugins besides NodeRestriction and
// those that are on by default.
func WithAdmissionPlugins(names ...string) Option {
	return WithAPIServerArgs("--enable-admission-plugins=" + strings.Join(names, ","))
}

// WithoutAdmissionPlugins disables admission plugins.
func WithoutAdmissionPlugins(names ...string) Option {
	return WithAPIServerArgs("--disable-admission-plugins=" + strings.Join(names, ","))
}

// WithFeatureGate turns a feature of Kubernetes on or off in every component.
func WithFeatureGate(name string, on bool) Option {
	return func(o *options) { o.gates = append(o.gates, fmt.Sprintf("%s=%t", name, on)) }
}

// Token is a static bearer token and who shows it; a group's name has no comma.
// Cluster.ConfigForToken gives the client configuration.
type Token struct {
	Token, User, UID string
	Groups           []string
}

// WithTokens authenticates static bearer tokens.
func WithTokens(tokens ...Token) Option {
	var text strings.Builder
	file := csv.NewWriter(&text)
	for _, t := range tokens {
		uid := t.UID
		if uid == "" { // the API server refuses an empty one
			uid = t.User
		}
		// A strings.Builder takes every write, so Write and Flush cannot fail.
		_ = file.Write([]string{t.Token, t.User, uid, strings.Join(t.Groups, ",")})
	}
	file.Flush()
	return WithFile(tokensFlag, text.String())
}

// WithAPIServerArgs adds flags of kube-apiserver, as --name=value. They come
// after the ones of this package, so of a flag that takes one value they win.
func WithAPIServerArgs(args ...string) Option {
	return func(o *options) { o.apiServer = append(o.apiServer, args...) }
}

// WithFile writes a file and passes its path to kube-apiserver as the value of
// the flag (without dashes): audit-webhook-config-file, say. Cluster.File finds
// the path.
func WithFile(flag, content string) Option {
	return func(o *options) {
		o.files = slices.DeleteFunc(o.files, func(f flagFile) bool { return f.flag == flag })
		o.files = append(o.files, flagFile{flag: flag, content: content})
	}
}

// has tells whether a file was given for the flag.
func (o *options) has(flag string) bool {
	return slices.ContainsFunc(o.files, func(f flagFile) bool { return f.flag == flag })
}
