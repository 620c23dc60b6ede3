package least

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/test/cluster"
)

var update = flag.Bool("update", false, "write resources.json anew from a real API server")

// resources.json is what the real API server serves.
func TestResources(t *testing.T) {
	c := cluster.Start(t, cluster.WithAPIServerArgs("--runtime-config=api/all=true"))
	_, lists, err := c.Client().Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	found := map[[2]string]*resource{}
	for _, list := range lists {
		group, _, divided := strings.Cut(list.GroupVersion, "/")
		if !divided {
			group = ""
		}
		for _, r := range list.APIResources {
			key := [2]string{group, r.Name}
			if found[key] == nil {
				found[key] = &resource{Group: group, Name: r.Name, Namespaced: r.Namespaced}
			}
			found[key].Verbs = append(found[key].Verbs, r.Verbs...)
			slices.Sort(found[key].Verbs)
			found[key].Verbs = slices.Compact(found[key].Verbs)
		}
	}
	var all []*resource
	for _, r := range found {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *resource) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Name, b.Name))
	})
	var text bytes.Buffer
	separator := "[\n"
	for _, r := range all {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(separator)
		text.Write(line)
		separator = ",\n"
	}
	text.WriteString("\n]\n")
	if *update {
		if err := os.WriteFile("resources.json", text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(text.Bytes(), resourcesJSON) {
		t.Error("resources.json is not what the API server serves: go test -run TestResources -update")
	}
}
