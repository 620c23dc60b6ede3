package rbac

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// joinPolicy binds roles of one permission each to subjects at random.
func joinPolicy(random *rand.Rand) string {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	var text strings.Builder
	for _, resource := range []string{"pods", "secrets", "nodes"} {
		fmt.Fprintf(&text, "kind: ClusterRole\nmetadata: {name: %[1]s}\nrules: [{apiGroups: [\"\"], resources: [%[1]s], verbs: [create, patch]}]\n---\n", resource)
		fmt.Fprintf(&text, "kind: ClusterRole\nmetadata: {name: some-%[1]s}\nrules: [{apiGroups: [\"\"], resources: [%[1]s], resourceNames: [a, b], verbs: [patch]}, {apiGroups: [\"\"], resources: [%[1]s], resourceNames: [b, c], verbs: [patch]}]\n---\n", resource)
	}
	for i := range 3 + random.IntN(10) {
		kind, namespace := "RoleBinding", pick("a", "b", "c")
		if random.IntN(4) == 0 {
			kind, namespace = "ClusterRoleBinding", ""
		}
		var subjects []string
		for range 1 + random.IntN(2) {
			subjects = append(subjects, pick(
				`{"kind": User, name: jane}`, `{"kind": User, name: joe}`, `{"kind": ServiceAccount, namespace: a, name: web}`,
				`{"kind": User, name: "system:serviceaccount:a:web"}`, `{"kind": ServiceAccount, namespace: b, name: web}`,
				`{"kind": Group, name: "system:serviceaccounts"}`, `{"kind": Group, name: "system:serviceaccounts:a"}`,
				`{"kind": Group, name: "system:authenticated"}`, `{"kind": Group, name: developers}`,
			))
		}
		role := pick("", "some-") + pick("pods", "secrets", "nodes")
		fmt.Fprintf(&text, "kind: %s\nmetadata: {name: b%d, namespace: %q}\nroleRef: {\"kind\": ClusterRole, name: %s}\nsubjects: [%s]\n---\n", kind, i, namespace, role, strings.Join(subjects, ", "))
	}
	return text.String()
}

// written is a holding in full.
func written(h *Holding) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %q on %q:", h.Subject, h.Namespace, h.names)
	for i := range h.names {
		fmt.Fprintf(&text, " limited %t", h.Limited(i))
	}
	for i := range h.Grants {
		g := &h.Grants[i]
		fmt.Fprintf(&text, " %s[%d] %s rule %d;", g.Binding.Name, g.SubjectIndex, g.Source.Name, g.RuleIndex)
	}
	return text.String()
}

// slowly is Holders by its definition: every subject in every place is asked for each
// permission what counts there, of itself and of its groups.
func slowly(single [][]Holding) []string {
	subjects, places := map[who]Subject{}, map[string]bool{}
	for _, holders := range single {
		for i := range holders {
			key, _ := holders[i].Subject.key()
			subjects[key] = holders[i].Subject
			places[holders[i].Namespace] = true
		}
	}
	var all []string
	for _, place := range slices.Sorted(maps.Keys(places)) {
		for _, own := range slices.SortedFunc(maps.Keys(subjects), who.compare) {
			h := Holding{Subject: subjects[own], Namespace: place, names: make([][]string, len(single))}
			itself, here, missing := false, false, false
			for i, holders := range single {
				before := len(h.Grants)
				h.names[i] = []string{}
				for _, member := range subjects[own].Identities().keys() {
					for j := range holders {
						other := &holders[j]
						if key, _ := other.Subject.key(); key != member || other.Namespace != "" && other.Namespace != place {
							continue
						}
						itself, here = itself || member == own, here || other.Namespace == place
						for _, g := range other.Grants {
							h.take(i, g, other.names[0])
						}
					}
				}
				missing = missing || len(h.Grants) == before
			}
			if itself && here && !missing {
				all = append(all, written(&h))
			}
		}
	}
	return all
}

// Who holds several permissions together is found by an index, and is what asking
// everybody everywhere gives.
func TestHoldersOfSeveralByDefinition(t *testing.T) {
	resources := []string{"pods", "secrets", "nodes"}
	together := 0
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		text := joinPolicy(random)
		v := policy(t, text)
		var permissions []Permission
		var single [][]Holding
		for _, resource := range resources[:2+random.IntN(2)] {
			p := Permission{Verbs: "patch", Resource: resource, ClusterWide: resource == "nodes"}
			holders, _ := Holders(v, p)
			permissions, single = append(permissions, p), append(single, holders)
		}
		holders, _ := Holders(v, permissions...)
		var got []string
		for i := range holders {
			got = append(got, written(&holders[i]))
		}
		want := slowly(single)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%s\nwant\n%s\nof\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"), text)
		}
		together += len(want)
	}
	if together < 300 {
		t.Errorf("only %d holdings: the policies say little", together)
	}
}
