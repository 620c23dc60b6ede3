// Package apiversion knows in which release of Kubernetes each version of each API
// was deprecated and removed, and what replaces it.
//
// Sources: the deprecation guide of the Kubernetes documentation for what is gone,
// the prerelease-lifecycle comments of k8s.io/api v0.36 for what is there, and the
// changelogs of 1.19 to 1.34 for alpha versions.
package apiversion

import "strings"

// Lifecycle is what becomes of one version of one kind. Deprecated and Removed are
// minor versions of Kubernetes 1; 0 where no such release is known.
type Lifecycle struct {
	Deprecated  int
	Removed     int
	Replacement string // the API version to use instead, or what to use instead of the kind
	Alike       bool   // the replacement has the same fields with the same meaning: only apiVersion changes
}

// Of returns the lifecycle of a kind under an API version as it is written in a
// manifest, and false for one that is not on its way out.
func Of(apiVersion, kind string) (Lifecycle, bool) {
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, version = "", apiVersion
	}
	var l Lifecycle
	switch group {
	case "":
		l = core(version, kind)
	case "extensions", "apps", "batch", "autoscaling", "policy":
		l = workloads(group, version, kind)
	case "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "rbac.authorization.k8s.io",
		"certificates.k8s.io", "settings.k8s.io", "auditregistration.k8s.io", "flowcontrol.apiserver.k8s.io":
		l = control(group, version, kind)
	case "resource.k8s.io":
		l = devices(version, kind)
	case "audit.k8s.io", "kubescheduler.config.k8s.io":
		l = configuration(group, version)
	default:
		l = rest(group, version, kind)
	}
	return l, l != Lifecycle{}
}

func core(version, kind string) Lifecycle {
	if version != "v1" {
		return Lifecycle{}
	}
	switch kind {
	case "ComponentStatus":
		return Lifecycle{Deprecated: 19}
	case "Endpoints":
		return Lifecycle{Deprecated: 33, Replacement: "discovery.k8s.io/v1 EndpointSlice"}
	default:
		return Lifecycle{}
	}
}

func workloads(group, version, kind string) Lifecycle {
	switch group + "/" + version {
	case "extensions/v1beta1":
		switch kind {
		case "Deployment", "DaemonSet", "ReplicaSet":
			return Lifecycle{Deprecated: 8, Removed: 16, Replacement: "apps/v1"}
		case "NetworkPolicy":
			return Lifecycle{Deprecated: 9, Removed: 16, Replacement: "networking.k8s.io/v1", Alike: true}
		case "PodSecurityPolicy":
			return Lifecycle{Deprecated: 10, Removed: 16, Replacement: "Pod Security admission"}
		case "Ingress":
			return Lifecycle{Deprecated: 14, Removed: 22, Replacement: "networking.k8s.io/v1"}
		}
	case "apps/v1beta1", "apps/v1beta2":
		switch kind {
		case "Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ControllerRevision":
			return Lifecycle{Deprecated: 9, Removed: 16, Replacement: "apps/v1"}
		}
	case "batch/v1beta1":
		return Lifecycle{Deprecated: 21, Removed: 25, Replacement: "batch/v1", Alike: true}
	case "batch/v2alpha1":
		return Lifecycle{Deprecated: 8, Removed: 21, Replacement: "batch/v1"}
	case "autoscaling/v2beta1":
		return Lifecycle{Deprecated: 22, Removed: 25, Replacement: "autoscaling/v2"}
	case "autoscaling/v2beta2":
		return Lifecycle{Deprecated: 23, Removed: 26, Replacement: "autoscaling/v2", Alike: true}
	case "policy/v1beta1":
		if kind == "PodSecurityPolicy" {
			return Lifecycle{Deprecated: 21, Removed: 25, Replacement: "Pod Security admission"}
		}
		return Lifecycle{Deprecated: 21, Removed: 25, Replacement: "policy/v1"}
	}
	return Lifecycle{}
}

func control(group, version, kind string) Lifecycle {
	switch group + "/" + version {
	case "admissionregistration.k8s.io/v1beta1":
		switch kind {
		case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
			return Lifecycle{Deprecated: 16, Removed: 22, Replacement: "admissionregistration.k8s.io/v1"}
		case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
			return Lifecycle{Deprecated: 31, Removed: 34, Replacement: "admissionregistration.k8s.io/v1", Alike: true}
		case "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding":
			return Lifecycle{Deprecated: 37, Removed: 40, Replacement: "admissionregistration.k8s.io/v1"}
		}
	case "admissionregistration.k8s.io/v1alpha1":
		switch kind {
		case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
			return Lifecycle{Deprecated: 29, Removed: 32, Replacement: "admissionregistration.k8s.io/v1", Alike: true}
		case "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding":
			return Lifecycle{Deprecated: 35, Removed: 38, Replacement: "admissionregistration.k8s.io/v1"}
		}
	case "apiextensions.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 16, Removed: 22, Replacement: "apiextensions.k8s.io/v1"}
	case "apiregistration.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "apiregistration.k8s.io/v1", Alike: true}
	case "rbac.authorization.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 17, Removed: 22, Replacement: "rbac.authorization.k8s.io/v1", Alike: true}
	case "rbac.authorization.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 17, Removed: 23, Replacement: "rbac.authorization.k8s.io/v1", Alike: true}
	case "certificates.k8s.io/v1beta1":
		switch kind {
		case "CertificateSigningRequest":
			return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "certificates.k8s.io/v1"}
		case "ClusterTrustBundle":
			return Lifecycle{Deprecated: 37, Removed: 40}
		case "PodCertificateRequest":
			return Lifecycle{Deprecated: 38, Removed: 41}
		}
	case "certificates.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 34, Removed: 37, Replacement: "certificates.k8s.io/v1beta1"}
	case "settings.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 20, Removed: 20, Replacement: "a mutating webhook or MutatingAdmissionPolicy"}
	case "auditregistration.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 19, Removed: 19, Replacement: "the API server's audit webhook"}
	case "flowcontrol.apiserver.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 23, Removed: 26, Replacement: "flowcontrol.apiserver.k8s.io/v1"}
	case "flowcontrol.apiserver.k8s.io/v1beta2":
		return Lifecycle{Deprecated: 26, Removed: 29, Replacement: "flowcontrol.apiserver.k8s.io/v1"}
	case "flowcontrol.apiserver.k8s.io/v1beta3":
		return Lifecycle{Deprecated: 29, Removed: 32, Replacement: "flowcontrol.apiserver.k8s.io/v1"}
	}
	return Lifecycle{}
}

func devices(version, kind string) Lifecycle {
	const stable = "resource.k8s.io/v1"
	switch version {
	case "v1alpha1":
		return Lifecycle{Deprecated: 27, Removed: 27, Replacement: stable}
	case "v1alpha2":
		return Lifecycle{Deprecated: 31, Removed: 31, Replacement: stable}
	case "v1alpha3":
		switch kind {
		case "DeviceTaintRule":
			return Lifecycle{Deprecated: 36, Removed: 39, Replacement: "resource.k8s.io/v1beta2"}
		case "ResourcePoolStatusRequest":
			return Lifecycle{Deprecated: 39, Removed: 42}
		}
		return Lifecycle{Deprecated: 32, Removed: 34, Replacement: stable}
	case "v1beta1":
		return Lifecycle{Deprecated: 35, Removed: 38, Replacement: stable}
	case "v1beta2":
		if kind == "DeviceTaintRule" {
			return Lifecycle{Deprecated: 39, Removed: 42}
		}
		return Lifecycle{Deprecated: 36, Removed: 39, Replacement: stable, Alike: true}
	}
	return Lifecycle{}
}

// configuration is of files that components read at their start.
func configuration(group, version string) Lifecycle {
	switch group + "/" + version {
	case "audit.k8s.io/v1beta1", "audit.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 21, Removed: 24, Replacement: "audit.k8s.io/v1"}
	case "kubescheduler.config.k8s.io/v1beta2":
		return Lifecycle{Deprecated: 25, Removed: 28, Replacement: "kubescheduler.config.k8s.io/v1"}
	case "kubescheduler.config.k8s.io/v1beta3":
		return Lifecycle{Deprecated: 26, Removed: 29, Replacement: "kubescheduler.config.k8s.io/v1"}
	}
	return Lifecycle{}
}

func rest(group, version, kind string) Lifecycle {
	switch group + "/" + version {
	case "networking.k8s.io/v1beta1":
		switch kind {
		case "Ingress":
			return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "networking.k8s.io/v1"}
		case "IngressClass":
			return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "networking.k8s.io/v1", Alike: true}
		case "IPAddress", "ServiceCIDR":
			return Lifecycle{Deprecated: 34, Removed: 37, Replacement: "networking.k8s.io/v1", Alike: true}
		}
	case "discovery.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 21, Removed: 25, Replacement: "discovery.k8s.io/v1"}
	case "events.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 22, Removed: 25, Replacement: "events.k8s.io/v1"}
	case "node.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 22, Removed: 25, Replacement: "node.k8s.io/v1", Alike: true}
	case "scheduling.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 14, Removed: 22, Replacement: "scheduling.k8s.io/v1", Alike: true}
	case "scheduling.k8s.io/v1alpha1":
		if kind == "PriorityClass" {
			return Lifecycle{Deprecated: 14, Removed: 23, Replacement: "scheduling.k8s.io/v1", Alike: true}
		}
		return Lifecycle{Deprecated: 36, Removed: 36, Replacement: "scheduling.k8s.io/v1alpha2"}
	case "coordination.k8s.io/v1beta1":
		if kind == "LeaseCandidate" {
			return Lifecycle{Deprecated: 36, Removed: 39}
		}
		return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "coordination.k8s.io/v1", Alike: true}
	case "coordination.k8s.io/v1alpha2":
		return Lifecycle{Deprecated: 35, Removed: 38, Replacement: "coordination.k8s.io/v1beta1"}
	case "authentication.k8s.io/v1beta1":
		if kind == "SelfSubjectReview" {
			return Lifecycle{Deprecated: 30, Removed: 33, Replacement: "authentication.k8s.io/v1"}
		}
		return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "authentication.k8s.io/v1"}
	case "authentication.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 29, Removed: 32, Replacement: "authentication.k8s.io/v1"}
	case "storagemigration.k8s.io/v1alpha1":
		return Lifecycle{Deprecated: 35, Removed: 35, Replacement: "storagemigration.k8s.io/v1beta1"}
	case "storagemigration.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 38, Removed: 41}
	case "authorization.k8s.io/v1beta1":
		return Lifecycle{Deprecated: 19, Removed: 22, Replacement: "authorization.k8s.io/v1"}
	case "storage.k8s.io/v1beta1", "storage.k8s.io/v1alpha1":
		return storage(version, kind)
	}
	return Lifecycle{}
}

func storage(version, kind string) Lifecycle {
	const stable = "storage.k8s.io/v1"
	switch version + " " + kind {
	case "v1beta1 StorageClass", "v1beta1 VolumeAttachment", "v1beta1 CSIDriver":
		return Lifecycle{Deprecated: 19, Removed: 22, Replacement: stable, Alike: true}
	case "v1beta1 CSINode":
		return Lifecycle{Deprecated: 17, Removed: 22, Replacement: stable, Alike: true}
	case "v1beta1 CSIStorageCapacity":
		return Lifecycle{Deprecated: 24, Removed: 27, Replacement: stable, Alike: true}
	case "v1beta1 VolumeAttributesClass":
		return Lifecycle{Deprecated: 34, Removed: 37, Replacement: stable, Alike: true}
	case "v1alpha1 CSIStorageCapacity", "v1alpha1 VolumeAttachment":
		return Lifecycle{Deprecated: 21, Removed: 24, Replacement: stable, Alike: true}
	case "v1alpha1 VolumeAttributesClass":
		return Lifecycle{Deprecated: 32, Removed: 35, Replacement: stable, Alike: true}
	}
	return Lifecycle{}
}
