package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RemovedApi fails objects of an API version that the target version of Kubernetes does
// not serve.
func RemovedApi() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "removed-api",
			Title:    "API version is no longer served",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The object cannot be applied any more: a restore, a new cluster or the next change of it fails, at the worst " +
				"when it was to bring a fix.",
			Remediation: "Move to the version that replaced it; kubectl convert helps. Look for fields that changed their meaning.",
			References:  []model.Reference{model.Docs("reference/using-api/deprecation-guide/"), model.CWE("CWE-477")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			if c.Object.Origin == nil || c.Object.Origin.APIVersion == "" {
				c.Skip()
				return
			}
			written := c.Object.Origin.APIVersion
			minor, successor := removedIn(written, c.Object.Kind)
			if minor == 0 || !c.Settings().Version.AtLeast(minor) {
				return
			}
			c.Fail("", "%s of %s was removed in Kubernetes 1.%d; %s replaced it", written, c.Object.Kind, minor, successor).
				At("apiVersion", written)
		},
	}
}

// removedIn returns the minor version of Kubernetes that serves an API version of a
// kind no longer, and what replaced it; 0 when there is none.
func removedIn(apiVersion, kind string) (minor int, successor string) {
	group, version, _ := strings.Cut(apiVersion, "/")
	switch group {
	case "extensions":
		return removedExtension(version, kind)
	case "apps":
		if version == "v1beta1" || version == "v1beta2" {
			return 16, "apps/v1"
		}
	case "batch":
		switch version {
		case "v2alpha1":
			return 21, "batch/v1"
		case "v1beta1":
			return 25, "batch/v1"
		}
	case "autoscaling":
		switch version {
		case "v2beta1":
			return 25, "autoscaling/v2"
		case "v2beta2":
			return 26, "autoscaling/v2"
		}
	case "policy":
		switch {
		case kind == "PodSecurityPolicy":
			return 25, "Pod Security admission"
		case version == "v1beta1":
			return 25, "policy/v1"
		}
	case "flowcontrol.apiserver.k8s.io":
		switch version {
		case "v1beta1":
			return 26, group + "/v1"
		case "v1beta2":
			return 29, group + "/v1"
		case "v1beta3":
			return 32, group + "/v1"
		}
	default:
		if version == "v1beta1" || version == "v1alpha1" {
			return removedBeta(kind), group + "/v1"
		}
	}
	return 0, ""
}

func removedExtension(version, kind string) (minor int, successor string) {
	if version != "v1beta1" {
		return 0, ""
	}
	switch kind {
	case "Deployment", "DaemonSet", "ReplicaSet":
		return 16, "apps/v1"
	case "NetworkPolicy":
		return 16, "networking.k8s.io/v1"
	case "PodSecurityPolicy":
		return 16, "Pod Security admission"
	case "Ingress":
		return 22, "networking.k8s.io/v1"
	default:
		return 0, ""
	}
}

// removedBeta is for the groups below k8s.io, which have kinds of their own.
func removedBeta(kind string) int {
	switch kind {
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "CustomResourceDefinition", "APIService",
		"TokenReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview", "SelfSubjectRulesReview",
		"CertificateSigningRequest", "Lease", "Ingress", "IngressClass", "Role", "RoleBinding", "ClusterRole",
		"ClusterRoleBinding", "PriorityClass", "CSIDriver", "CSINode", "StorageClass", "VolumeAttachment":
		return 22
	case "EndpointSlice", "Event", "RuntimeClass":
		return 25
	case "CSIStorageCapacity":
		return 27
	case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
		return 34
	default:
		return 0
	}
}
