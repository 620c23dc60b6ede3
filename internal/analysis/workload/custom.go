package workload

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// typed is the list of kinds that are known by type.
var typed = kinds.NewTable()

// Custom reports whether the object is of a kind that is not known by type.
func Custom(object *snapshot.Object) bool {
	_, raw := object.Body.(snapshot.JSON)
	return raw && typed.Find(object.Group, object.Kind) == nil
}

// CustomPods returns where an object of a custom kind holds the containers of pods
// that its controller will make, as an Argo Rollout does. Nothing here reads such a
// template: what is said of pods is not said of these.
func CustomPods(object *snapshot.Object) []model.Path {
	if !Custom(object) {
		return nil
	}
	raw := object.Body.(snapshot.JSON)
	var tree map[string]any
	if !bytes.Contains(raw, []byte(`"containers"`)) || json.Unmarshal(raw, &tree) != nil {
		return nil
	}
	return containerLists("", tree, nil)
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
