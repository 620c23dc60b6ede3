package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// dangling reports the name of an object that does not exist, once for each name.
func dangling(c *check.Case, kind, name string, object *snapshot.Object, path model.Path) {
	if failure, ok := c.Failed(name); ok {
		failure.In(object, path, name)
		return
	}
	if c.Object.Namespace == "" || clusterWide(kind) {
		c.Fail(name, "%s %s does not exist", kind, name).In(object, path, name)
		return
	}
	c.Fail(name, "%s %s is not in namespace %s", kind, name, c.Object.Namespace).In(object, path, name)
}

func clusterWide(kind string) bool {
	return kind == "PriorityClass" || kind == "RuntimeClass" || kind == "StorageClass"
}

// inEveryNamespace names the ConfigMaps that a controller puts into every namespace.
func inEveryNamespace(configMap string) bool {
	return configMap == "kube-root-ca.crt" || configMap == "openshift-service-ca.crt"
}
