package workload

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// UnjudgedPods fails custom resources that hold a pod template: no control reads it.
func UnjudgedPods() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unjudged-pods",
			Title:    "Pods of a custom kind are judged by no control",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Argo Rollouts, OpenShift's DeploymentConfigs, Knative Services and the like make pods from a template that only " +
				"their controllers know how to read. A privileged container in one is not reported, so that a clean result says nothing about it.",
			Remediation: "Scan the cluster that the controller runs in: its pods are judged there. Enforce Pod Security in the namespace.",
			References:  []model.Reference{model.Docs("concepts/security/pod-security-admission/"), model.MITRE("T1610")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			raw, custom := c.Object.Body.(snapshot.JSON)
			if !custom || !c.Object.InFile() || typed.Find(c.Object.Group, c.Object.Kind) != nil {
				c.Skip() // of a running cluster the pods themselves are judged
				return
			}
			if !bytes.Contains(raw, []byte(`"containers"`)) {
				return
			}
			var tree map[string]any
			if json.Unmarshal(raw, &tree) != nil {
				c.Unknown()
				return
			}
			for _, path := range containerLists("", tree, nil) {
				c.Fail(fieldKey(c, path), "nothing judges the pods that it makes").At(path, nil)
			}
		},
	}
}

// containerLists finds the lists of containers in a JSON tree: maps with a name and
// an image, or with a security context where the kind has an image of its own.
func containerLists(path model.Path, value any, found []model.Path) []model.Path {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "containers" && areContainers(v[key]) {
				found = append(found, path.Child(key))
				continue
			}
			found = containerLists(path.Child(key), v[key], found)
		}
	case []any:
		for i := range v {
			found = containerLists(path.Index(i), v[i], found)
		}
	}
	return found
}

func areContainers(value any) bool {
	list, _ := value.([]any)
	return slices.ContainsFunc(list, func(item any) bool {
		container, _ := item.(map[string]any)
		return container["image"] != nil || container["securityContext"] != nil
	})
}
