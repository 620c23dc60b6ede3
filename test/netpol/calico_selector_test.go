package netpol_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/projectcalico/calico/libcalico-go/lib/selector"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// What Holdfast selects with 20,000 selectors of Calico is what Calico selects with
// them, and both refuse the same ones. A policy that isolates what it selects shows it.
func TestAgainstCalicoSelectors(t *testing.T) {
	t.Parallel()
	selected, left, refused := 0, 0, 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 3))
		text := calicoSelector(r, 3)
		if seed%3 == 0 {
			text = damaged(r, text)
		}
		c := selectedCluster(r)
		c.putJSON("projectcalico.org", "GlobalNetworkPolicy", "", "p", map[string]any{"spec": map[string]any{"selector": text, "types": []string{"Ingress"}}})
		ours := c.model(t, "calico")
		theirs, err := selector.Parse(text)
		if err != nil {
			refused++
			if len(ours.Gaps()) == 0 {
				t.Fatalf("seed %d: Calico refuses %q, Holdfast does not: %v", seed, text, err)
			}
			continue
		}
		if len(ours.Gaps()) > 0 {
			t.Fatalf("seed %d: Holdfast does not understand %q: %v", seed, text, ours.Gaps())
		}
		for _, p := range c.parties()[:len(c.pods)] {
			want := theirs.Evaluate(calicoLabels(c, p.pod))
			got := ours.Verdict(c.peer(t, ours, c.parties()[len(c.pods)]), c.peer(t, ours, p), netpol.TCP, 80)
			if want != (got == netpol.Denied) || got == netpol.Unknown {
				t.Fatalf("seed %d: %q selects %s with %v: %t; Holdfast: %s", seed, text, p, calicoLabels(c, p.pod), want, got)
			}
			if want {
				selected++
			} else {
				left++
			}
		}
	}
	t.Logf("%d selected, %d not, %d selectors refused", selected, left, refused)
	if selected < 10_000 || left < 10_000 || refused < 1000 {
		t.Error("one of them is too rare: the test proves little")
	}
}

// calicoLabels are the labels that Calico selects a pod by: those that
// libcalico-go/lib/backend/k8s/conversion gives a workload endpoint, with those that it
// inherits from the profile of its namespace.
func calicoLabels(c *cluster, p *corev1.Pod) map[string]string {
	all := maps.Clone(p.Labels)
	all["projectcalico.org/namespace"] = p.Namespace
	all["projectcalico.org/orchestrator"] = "k8s"
	all["projectcalico.org/serviceaccount"] = p.Spec.ServiceAccountName
	all["pcns.projectcalico.org/name"] = p.Namespace
	for key, value := range c.namespaces[p.Namespace].Labels {
		all["pcns."+key] = value
	}
	return all
}

// selectedCluster has four pods with few labels.
func selectedCluster(r *rand.Rand) *cluster {
	c := &cluster{Rand: r, namespaces: map[string]*corev1.Namespace{}}
	for _, name := range []string{"ns0", "ns1"} {
		labels := map[string]string{"team": pick(r, "red", "blue"), corev1.LabelMetadataName: name}
		c.namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		c.put("", "Namespace", "", name, c.namespaces[name])
		c.addPod(name)
		c.addPod(name)
	}
	for _, p := range c.pods {
		for _, key := range []string{"in", "not", "has", "contains", "a.b/c-d_e"} {
			if r.IntN(2) == 0 {
				p.Labels[key] = pick(r, "", "x", "web", "in")
			}
		}
	}
	return c
}

// calicoSelector writes a random selector.
func calicoSelector(r *rand.Rand, depth int) string {
	blank := func() string { return pick(r, "", "", " ", "  ", "\t") }
	if depth > 0 && r.IntN(2) == 0 {
		a, b := calicoSelector(r, depth-1), calicoSelector(r, depth-1)
		switch r.IntN(5) {
		case 0, 1:
			return a + blank() + pick(r, "&&", "||") + blank() + b
		case 2:
			return strings.Repeat("!", 1+r.IntN(3)) + blank() + a
		case 3:
			return "!" + blank() + "(" + blank() + a + blank() + ")"
		default:
			return "(" + a + blank() + pick(r, "&&", "||") + b + ")" + blank()
		}
	}
	key := pick(r, "app", "env", "app.kubernetes.io/name", "in", "not", "has", "contains", "a.b/c-d_e", "absent", "all",
		"projectcalico.org/namespace", "projectcalico.org/serviceaccount", "projectcalico.org/orchestrator", "pcns.team",
		"pcns.projectcalico.org/name", "pcns.kubernetes.io/metadata.name")
	literal := func() string {
		value := pick(r, "web", "db", "dev", "we", "b", "", "x", "in", "red", "ns0", "robot", "k8s", "a && b", "é")
		return pick(r, "'"+value+"'", `"`+value+`"`)
	}
	switch r.IntN(8) {
	case 0:
		return "has(" + pick(r, "", " ", "\n") + key + pick(r, "", " ", "\t\n") + ")"
	case 1:
		return "all(" + pick(r, "", " ", "\r\n") + ")"
	case 2:
		return key + " " + blank() + "in" + blank() + "{" + blank() + list(r, literal) + blank() + "}"
	case 3:
		return key + " not" + pick(r, " ", "", "\t", "\n") + "in" + blank() + "{" + list(r, literal) + "}"
	case 4:
		return key + " " + pick(r, "starts with", "startswith", "ends with", "starts\t with", "ends\nwith", "contains") + blank() + literal()
	default:
		return key + blank() + pick(r, "==", "!=") + blank() + literal()
	}
}

func list(r *rand.Rand, item func() string) string {
	var items []string
	for range r.IntN(4) {
		items = append(items, item())
	}
	if len(items) > 0 && r.IntN(4) == 0 {
		items = append(items, "") // a comma at the end is allowed
	}
	return strings.Join(items, pick(r, ",", ", "))
}

// damaged changes a selector a little, which mostly breaks it.
func damaged(r *rand.Rand, text string) string {
	letters := []rune(text)
	at := r.IntN(len(letters) + 1)
	switch r.IntN(3) {
	case 0:
		return string(slices.Insert(letters, at, []rune(pick(r, "(", ")", "!", "&", "|", "=", "'", "\"", "{", "}", ",", " ", "\n", "in", "all()", "has(x)", "é", "#", "_"))...))
	case 1:
		return string(letters[:at])
	default:
		return string(letters[:at]) + fmt.Sprint(string(letters[min(at+1, len(letters)):]))
	}
}
