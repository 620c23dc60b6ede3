package controlplane

import "holdfast.dev/holdfast/internal/snapshot"

// Plugin is the state of an admission plugin of an API server. Setting is the flag
// that decides, or the one that would: Known is false when neither can be told.
type Plugin struct {
	On      bool
	Default bool // what it would be if no flag named it
	Setting
}

// Admission returns the state of an admission plugin.
func (c *Component) Admission(name string) Plugin {
	enabled, knownOn := c.Items("enable-admission-plugins")
	disabled, knownOff := c.Items("disable-admission-plugins")
	legacy := c.Flag("admission-control")
	byDefault := onByDefault(name, c.Version)
	on, wasOn := Find(enabled, name)
	off, wasOff := Find(disabled, name)
	switch {
	case wasOn:
		return Plugin{On: true, Default: byDefault, Setting: on}
	case wasOff:
		return Plugin{Default: byDefault, Setting: off}
	case legacy.Written || !legacy.Known:
		legacy.Known = false // a complete list, of releases before 1.10
		return Plugin{Setting: legacy}
	case byDefault:
		s := c.Flag("disable-admission-plugins")
		s.Known = knownOff
		return Plugin{On: true, Default: true, Setting: s}
	default:
		s := c.Flag("enable-admission-plugins")
		s.Known = knownOn
		return Plugin{Setting: s}
	}
}

// onByDefault follows DefaultOffAdmissionPlugins of
// kubernetes/pkg/kubeapiserver/options/plugins.go.
func onByDefault(name string, version snapshot.Version) bool {
	switch name {
	case "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "DefaultStorageClass", "PersistentVolumeClaimResize",
		"DefaultTolerationSeconds", "MutatingAdmissionWebhook", "ValidatingAdmissionWebhook", "ResourceQuota",
		"StorageObjectInUseProtection", "Priority", "TaintNodesByCondition", "RuntimeClass":
		return true
	case "CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction", "DefaultIngressClass":
		return version.AtLeast(18)
	case "PodSecurity":
		return version.AtLeast(23)
	case "ValidatingAdmissionPolicy", "ClusterTrustBundleAttest":
		return version.AtLeast(27)
	case "MutatingAdmissionPolicy":
		return version.AtLeast(32)
	default:
		return false
	}
}
