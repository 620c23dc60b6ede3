package workload

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// DeprecatedAnnotation fails annotations that a field has replaced, and those that
// nothing reads any more.
func DeprecatedAnnotation() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "deprecated-annotation",
			Title:    "Annotation is replaced by a field, or has no effect",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Nothing validates an annotation, and tools that read the field do not see it. Where it is no longer read, what " +
				"it asks for is not in force.",
			Remediation: "Write the field that the message names, then remove the annotation.",
			References:  []model.Reference{model.Docs("reference/labels-annotations-taints/"), model.CWE("CWE-477")},
		},
		On: append(workload.Kinds(), "networking.k8s.io/Ingress", "Service", "PersistentVolumeClaim", "PersistentVolume", "storage.k8s.io/StorageClass"),
		Run: func(c *check.Case) {
			meta := metaOf(c.Object)
			if meta == nil {
				if w := workload.Of(c.View, c.Object); w != nil {
					oldAnnotations(c, w.Meta, w.MetaPath)
				} else {
					c.Unknown()
				}
				return
			}
			oldAnnotations(c, meta, "metadata")
		},
	}
}

func oldAnnotations(c *check.Case, meta *metav1.ObjectMeta, path model.Path) {
	for _, key := range slices.Sorted(maps.Keys(meta.Annotations)) {
		field, ignored := replacedAnnotation(key)
		if field == "" {
			continue
		}
		at, value := (path + ".annotations").Child(key), meta.Annotations[key]
		if !ignored || strings.Contains(key, "seccomp") && !c.Settings().Version.AtLeast(27) {
			failure := c.Fail(key, "%s is deprecated: use %s", key, field).At(at, value)
			if key == "kubernetes.io/ingress.class" {
				failure.Fix(2, "Name the class in spec.ingressClassName", check.Set(c.Object, "spec.ingressClassName", value), check.Remove(c.Object, at))
			}
			continue
		}
		failure := c.Fail(key, "%s has no effect: use %s", key, field).At(at, value)
		if strings.Contains(key, "seccomp") || strings.Contains(key, "sysctls") {
			failure.Severity(model.Medium)
		} else {
			failure.Fix(1, "Remove the annotation", check.Remove(c.Object, at))
		}
	}
}

// replacedAnnotation returns the field that replaced an annotation, and whether the
// annotation is ignored since.
func replacedAnnotation(key string) (field string, ignored bool) {
	switch key {
	case "kubernetes.io/ingress.class":
		return "spec.ingressClassName", false
	case "volume.beta.kubernetes.io/storage-class":
		return "spec.storageClassName", false
	case "volume.beta.kubernetes.io/mount-options":
		return "spec.mountOptions", false
	case "storageclass.beta.kubernetes.io/is-default-class":
		return "the annotation storageclass.kubernetes.io/is-default-class", false
	case "service.beta.kubernetes.io/load-balancer-source-ranges":
		return "spec.loadBalancerSourceRanges", false
	case "service.alpha.kubernetes.io/tolerate-unready-endpoints":
		return "spec.publishNotReadyAddresses", false
	case "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode":
		return "spec.trafficDistribution", false
	case "scheduler.alpha.kubernetes.io/critical-pod":
		return "priorityClassName", true
	case "scheduler.alpha.kubernetes.io/tolerations":
		return "tolerations", true
	case "scheduler.alpha.kubernetes.io/affinity":
		return "affinity", true
	case "pod.alpha.kubernetes.io/init-containers", "pod.beta.kubernetes.io/init-containers":
		return "initContainers", true
	case "security.alpha.kubernetes.io/sysctls", "security.alpha.kubernetes.io/unsafe-sysctls":
		return "securityContext.sysctls", true
	case "seccomp.security.alpha.kubernetes.io/pod":
		return "securityContext.seccompProfile", true
	}
	switch {
	case strings.HasPrefix(key, "container.seccomp.security.alpha.kubernetes.io/"):
		return "securityContext.seccompProfile of the container", true
	case strings.HasPrefix(key, "container.apparmor.security.beta.kubernetes.io/"):
		return "securityContext.appArmorProfile of the container", false
	default:
		return "", false
	}
}

// metaOf returns the metadata of what is no workload; nil for workloads, whose pods
// are what annotations are about.
func metaOf(object *snapshot.Object) *metav1.ObjectMeta {
	switch object.Kind {
	case "Ingress":
		if o, err := kinds.Ingresses.Read(object); err == nil {
			return &o.ObjectMeta
		}
	case "Service":
		if o, err := kinds.Services.Read(object); err == nil {
			return &o.ObjectMeta
		}
	case "PersistentVolumeClaim":
		if o, err := kinds.PersistentVolumeClaims.Read(object); err == nil {
			return &o.ObjectMeta
		}
	case "PersistentVolume":
		if o, err := kinds.PersistentVolumes.Read(object); err == nil {
			return &o.ObjectMeta
		}
	case "StorageClass":
		if o, err := kinds.StorageClasses.Read(object); err == nil {
			return &o.ObjectMeta
		}
	}
	return nil
}
