package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// facts is what the questions of net say, as short texts by what they are about. What
// net list leaves out is denied.
type facts map[string]string

// connection is an item of net list or net mtls.
type connection struct {
	Src, Dst, Protocol, Transport, Verdict string
	From, To, Port                         int
}

// ask runs a question of net and decodes the items of its answer.
func (u *user) ask(args ...string) (items []json.RawMessage, gaps []string, status int) {
	u.t.Helper()
	stdout, stderr, status := u.run(append([]string{"net"}, append(args, "-o", "json")...)...)
	var answer struct {
		Items []json.RawMessage `json:"items"`
		Gaps  []struct {
			Reason string `json:"reason"`
		} `json:"gaps"`
	}
	if err := json.Unmarshal(stdout, &answer); err != nil {
		u.t.Fatalf("%v: %v: %s%s", args, err, stdout, stderr)
	}
	for _, gap := range answer.Gaps {
		gaps = append(gaps, gap.Reason)
	}
	return answer.Items, gaps, status
}

func decode[T any](t testing.TB, raw json.RawMessage) (value T) {
	t.Helper()
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return value
}

// lists are the facts of net list: the verdict of each pair of peers at a few ports.
func lists(t testing.TB, items []json.RawMessage) facts {
	found := facts{}
	for _, raw := range items {
		c := decode[connection](t, raw)
		for _, port := range []int{80, 8080, 15008, 15020} {
			if c.From <= port && port <= c.To {
				found[fmt.Sprintf("%s to %s %s %d", c.Src, c.Dst, c.Protocol, port)] = c.Verdict
			}
		}
	}
	return found
}

// encrypts are the facts of net mtls: how, and whether.
func encrypts(t testing.TB, items []json.RawMessage) facts {
	found := facts{}
	for _, raw := range items {
		item := decode[struct {
			Src                     []string
			Dst, Transport, Verdict string
			Port                    int
		}](t, raw)
		for _, src := range item.Src {
			at := fmt.Sprintf("%s to %s %d", src, item.Dst, item.Port)
			found[at+" transport"], found[at+" verdict"] = item.Transport, item.Verdict
		}
	}
	return found
}

// exposes are the facts of net exposure: of each workload the verdicts on all paths, of
// each goal outside, and of each door that leads to none.
func exposes(t testing.TB, items []json.RawMessage) facts {
	found := facts{}
	for _, raw := range items {
		item := decode[struct {
			Direction, Verdict, To string
			Workload, Entry        *struct{ Namespace, Name string }
		}](t, raw)
		about := item.Workload
		if about == nil {
			about = item.Entry
		}
		if about == nil {
			continue // a path to an address
		}
		at := fmt.Sprintf("%s %s/%s %s", item.Direction, about.Namespace, about.Name, item.To)
		verdicts := append(strings.Fields(found[at]), item.Verdict)
		slices.Sort(verdicts)
		found[at] = strings.Join(slices.Compact(verdicts), " ")
	}
	return found
}

// questions are those whose answers are lists, and how their facts are read.
func questions() map[string]func(testing.TB, []json.RawMessage) facts {
	return map[string]func(testing.TB, []json.RawMessage) facts{"list": lists, "mtls": encrypts, "exposure": exposes}
}

// contradictions lists what somebody is told who may not list everything, and what the
// whole says otherwise. Unknown contradicts nothing; pods of which nobody knows whose
// they are, and doors that lead nowhere, are not looked at.
func contradictions(whole, part facts) []string {
	var found []string
	for at, verdict := range part {
		if was := whole[at]; was != verdict && !strings.Contains(verdict, "unknown") && !strings.Contains(at, "-5d8f6c-") {
			found = append(found, fmt.Sprintf("%s is %s, not %q", at, verdict, was))
		}
	}
	for at, was := range whole {
		if _, ok := part[at]; !ok && was != "broken" {
			found = append(found, fmt.Sprintf("%s is not told of, %s", at, was))
		}
	}
	slices.Sort(found)
	return found
}
