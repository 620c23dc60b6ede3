package engine

import (
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// named fails every ConfigMap with the key "bad" and reads Services.
func named(id string, severity model.Severity) check.Check {
	return check.Check{
		Control: model.Control{ID: id, Severity: severity},
		On:      []string{"ConfigMap"},
		Run: func(c *check.Case) {
			if strings.HasPrefix(c.Object.Name, "bad") {
				c.Fail("", "it is bad").At("data.bad", "yes").Fix(1, "make it good", check.Set(c.Object, "data.bad", "no"))
			}
		},
	}
}

const configMaps = `
apiVersion: v1
kind: ConfigMap
metadata: {name: bad-one, namespace: shop}
data:
  bad: "yes" # kept
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bad-two, namespace: other}
data: {bad: "yes"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: good, namespace: shop}
`

func snapshotOf(t *testing.T, text string) *snapshot.Snapshot {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "f.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) { changes = append(changes, c) })
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, append(changes, implied.OfFiles(changes)...)...)
}

var day = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func exceptions(t *testing.T, text string) *Exceptions {
	t.Helper()
	e, err := ParseExceptions("exceptions.yaml", []byte("apiVersion: holdfast.dev/v1\nkind: Exceptions\nexceptions:\n"+text), func(string) bool { return true }, day)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func messages(findings []model.Finding) string {
	var all []string
	for i := range findings {
		all = append(all, findings[i].Control+" "+findings[i].Object.ID.String())
	}
	return strings.Join(all, "; ")
}

func TestEvaluate(t *testing.T) {
	s := snapshotOf(t, configMaps)
	checks := []check.Check{named("low-control", model.Low), named("high-control", model.High)}
	tests := []struct {
		name               string
		request            Request
		findings, excepted string
	}{
		{"all", Request{}, "high-control other/bad-two[ConfigMap]; high-control shop/bad-one[ConfigMap]; low-control other/bad-two[ConfigMap]; low-control shop/bad-one[ConfigMap]", ""},
		{"severity", Request{MinSeverity: model.Medium}, "high-control other/bad-two[ConfigMap]; high-control shop/bad-one[ConfigMap]", ""},
		{"namespace", Request{Namespace: "shop", MinSeverity: model.High}, "high-control shop/bad-one[ConfigMap]", ""},
		{
			"exception",
			Request{MinSeverity: model.High, Exceptions: exceptions(t, "- {control: high-control, object: 'shop/*[ConfigMap]', owner: o, reason: r, expires: 2026-11-20}")},
			"high-control other/bad-two[ConfigMap]", "high-control shop/bad-one[ConfigMap]",
		},
		{
			"expired exception",
			Request{Namespace: "shop", Exceptions: exceptions(t, "- {control: high-control, object: '*', owner: o, reason: r, expires: 2026-11-19}")},
			"high-control shop/bad-one[ConfigMap]; exception-expired exceptions.yaml[Exceptions]; low-control shop/bad-one[ConfigMap]", "",
		},
		{
			"unused exception",
			Request{Namespace: "shop", Exceptions: exceptions(t, "- {control: high-control, object: 'nowhere/*', owner: o, reason: r, expires: 2027-11-19}")},
			"high-control shop/bad-one[ConfigMap]; exception-unused exceptions.yaml[Exceptions]; low-control shop/bad-one[ConfigMap]", "",
		},
		{"baseline", Request{Namespace: "shop", Baseline: baselineOf(s, checks[1])}, "low-control shop/bad-one[ConfigMap]", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.request.Checks, test.request.Now = checks, day
			result := Evaluate(s, test.request)
			if got := messages(result.Findings); got != test.findings {
				t.Errorf("findings\n%s\nwant\n%s", got, test.findings)
			}
			if got := messages(result.Excepted); got != test.excepted {
				t.Errorf("excepted\n%s\nwant\n%s", got, test.excepted)
			}
			if result.Objects != 3 {
				t.Errorf("%d objects", result.Objects)
			}
		})
	}
}

func TestMoreSevereThanTheBaselineIsNew(t *testing.T) {
	s := snapshotOf(t, configMaps)
	earlier := baselineOf(s, named("c", model.Low))
	for severity, want := range map[model.Severity]int{model.Info: 0, model.Low: 0, model.Medium: 2} {
		if got := len(Evaluate(s, Request{Checks: []check.Check{named("c", severity)}, Baseline: earlier, Now: day}).Findings); got != want {
			t.Errorf("%s: %d findings, want %d", severity, got, want)
		}
	}
}

// A namespace filter says what it leaves out.
func TestNamespaceFilterIsHonest(t *testing.T) {
	s := snapshotOf(t, configMaps+"\n---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {hostPath: {path: /etc}}")
	gaps := Evaluate(s, Request{Namespace: "shop", Now: day}).Gaps
	if len(gaps) != 1 || !gaps[0].Skipped || !strings.HasPrefix(gaps[0].Reason, "1 objects that belong to no namespace") {
		t.Errorf("%+v", gaps)
	}
	if gaps := Evaluate(s, Request{Namespace: "nowhere", Now: day}).Gaps; len(gaps) != 1 || !gaps[0].Hides() {
		t.Errorf("%+v", gaps)
	}
}

func baselineOf(s *snapshot.Snapshot, c check.Check) Baseline {
	baseline := Baseline{}
	for _, finding := range Evaluate(s, Request{Checks: []check.Check{c}, Now: day}).Findings {
		baseline[finding.Fingerprint()] = finding.Severity
	}
	return baseline
}

// A control that was asked for by name and cannot be judged is a gap; otherwise
// its being unknown changes nothing.
func TestUnknownIsAGapOnlyWhenAskedFor(t *testing.T) {
	s := snapshotOf(t, configMaps)
	needsSecrets := check.Check{Control: model.Control{ID: "needs"}, On: []string{"ConfigMap"}, Run: func(c *check.Case) {
		c.Complete(model.Scope{Kind: "Secret"})
	}}
	if result := Evaluate(s, Request{Checks: []check.Check{needsSecrets}, Now: day}); len(result.Gaps) != 0 || result.Controls[0].Outcome() != model.Unknown {
		t.Errorf("gaps %v, controls %v", result.Gaps, result.Controls)
	}
	result := Evaluate(s, Request{Checks: []check.Check{needsSecrets}, Asked: []string{"needs"}, Now: day})
	if len(result.Gaps) != 1 || !strings.Contains(result.Gaps[0].Reason, "Secret") {
		t.Errorf("gaps %v", result.Gaps)
	}
}

// A namespace that is misspelt is no namespace without findings.
func TestNamespaceThatNothingIsIn(t *testing.T) {
	s := snapshotOf(t, configMaps+"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: empty}\n")
	for namespace, want := range map[string]int{"": 0, "shop": 0, "empty": 0, "shpo": 1} {
		if gaps := Evaluate(s, Request{Namespace: namespace, Now: day}).Gaps; len(gaps) != want {
			t.Errorf("%q: got %v, want %d gaps", namespace, gaps, want)
		}
	}
}

func TestEditsKeepComments(t *testing.T) {
	result := Evaluate(snapshotOf(t, configMaps), Request{Checks: []check.Check{named("c", model.Low)}, Namespace: "shop", Edits: true, Now: day})
	edits := result.Findings[0].Fixes[0].Edits
	if len(edits) != 1 || edits[0].File != "f.yaml" || edits[0].StartLine != 6 {
		t.Fatalf("edits %+v", edits)
	}
	after, err := document.Apply([]byte(configMaps), edits)
	if err != nil || !strings.Contains(string(after), `bad: "no" # kept`) {
		t.Errorf("%v\n%s", err, after)
	}
}

// A panic in a check is a gap and an Unknown, and stops nothing else.
func TestPanicInACheck(t *testing.T) {
	broken := check.Check{Control: model.Control{ID: "broken"}, On: []string{"ConfigMap"}, Run: func(c *check.Case) {
		if c.Object.Name == "good" {
			panic("oops")
		}
	}}
	result := Evaluate(snapshotOf(t, configMaps), Request{Checks: []check.Check{broken, named("c", model.Low)}, Now: day})
	if len(result.Findings) != 2 || len(result.Gaps) != 1 || !strings.Contains(result.Gaps[0].Reason, "broken failed on shop/good[ConfigMap]: oops") {
		t.Errorf("findings %v, gaps %v", messages(result.Findings), result.Gaps)
	}
	if tally := result.Controls[0]; tally.Count[model.Unknown] != 1 || tally.Count[model.Pass] != 2 {
		t.Errorf("tally %v", tally)
	}
}

func TestParseExceptionsRefuses(t *testing.T) {
	known := func(id string) bool { return id == "c" }
	tests := map[string]string{
		"no expiry":       "- {control: c, object: a, owner: o, reason: r}",
		"no owner":        "- {control: c, object: a, reason: r, expires: 2027-01-01}",
		"no reason":       "- {control: c, object: a, owner: o, expires: 2027-01-01}",
		"blank reason":    "- {control: c, object: a, owner: o, reason: ' ', expires: 2027-01-01}",
		"too long":        "- {control: c, object: a, owner: o, reason: r, expires: 2027-11-22}",
		"unknown control": "- {control: d, object: a, owner: o, reason: r, expires: 2027-01-01}",
		"unknown key":     "- {control: c, object: a, owner: o, reason: r, expires: 2027-01-01, note: n}",
		"bad date":        "- {control: c, object: a, owner: o, reason: r, expires: soon}",
	}
	for name, text := range tests {
		if _, err := ParseExceptions("e.yaml", []byte("apiVersion: holdfast.dev/v1\nkind: Exceptions\nexceptions:\n"+text), known, day); err == nil || !strings.Contains(err.Error(), "e.yaml") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseExceptions("e.yaml", []byte("kind: Other"), known, day); err == nil {
		t.Error("another kind is taken")
	}
}

func FuzzParseExceptions(f *testing.F) {
	f.Add("apiVersion: holdfast.dev/v1\nkind: Exceptions\nexceptions:\n- {control: c, object: '*', owner: o, reason: r, expires: 2027-01-01}")
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseExceptions("e.yaml", []byte(text), func(string) bool { return true }, day); err == nil {
			for _, entry := range e.entries {
				if entry.accepted.Expires.Sub(day) > longest || entry.accepted.Owner == "" {
					t.Fatalf("taken: %+v", entry)
				}
			}
		}
	})
}

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"a/b[Pod]", "a/b[Pod]", true}, {"a/*[Pod]", "a/b[Pod]", true}, {"*", "anything", true}, {"a*c*e", "abcde", true},
		{"a*", "ba", false}, {"*a", "ab", false}, {"a*b*b", "ab", false}, {"", "", true}, {"", "a", false}, {"*[Pod]", "a/b[Deployment]", false},
	}
	for _, test := range tests {
		if got := matches(test.pattern, test.text); got != test.want {
			t.Errorf("%q matches %q: %v", test.pattern, test.text, got)
		}
	}
}

func TestSelect(t *testing.T) {
	all := []check.Check{named("latest-tag", model.Low), named("host-network", model.High), named("host-pid", model.High)}
	frameworks := []framework.Framework{{ID: "f", Requirements: []framework.Requirement{{ID: "1", Controls: []string{"host-network"}}}}}
	tests := []struct {
		selection Selection
		want      string
	}{
		{Selection{}, "latest-tag host-network host-pid"},
		{Selection{Controls: []string{"latest-tag"}}, "latest-tag"},
		{Selection{Skip: []string{"latest-tag"}}, "host-network host-pid"},
		{Selection{Frameworks: []string{"f"}, Controls: []string{"host-pid"}}, "host-network host-pid"},
		{Selection{Frameworks: []string{"f"}, Skip: []string{"host-network"}}, ""},
	}
	for _, test := range tests {
		picked, err := Select(all, frameworks, test.selection)
		var ids []string
		for i := range picked {
			ids = append(ids, picked[i].ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != test.want {
			t.Errorf("%+v: %q %v", test.selection, got, err)
		}
	}
	if _, err := Select(all, frameworks, Selection{Controls: []string{"host-ipc"}}); err == nil || !strings.Contains(err.Error(), "host-network, host-pid") {
		t.Errorf("no suggestion: %v", err)
	}
	if _, err := Select(all, frameworks, Selection{Frameworks: []string{"cis"}}); err == nil || !strings.Contains(err.Error(), "there are f") {
		t.Errorf("%v", err)
	}
}

// What the API server derives from a field is derived anew when a patch changes it.
func TestDefaultsFollowAPatch(t *testing.T) {
	s := snapshotOf(t, `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true
  containers:
    - name: web
      image: nginx:latest
      ports: [{containerPort: 80}]
      resources: {limits: {memory: 1Gi}}
`)
	pod := s.Objects(snapshot.GroupKind{Kind: "Pod"})[0]
	changes, err := s.Resolve(
		check.Set(pod, "spec.containers[0].image", "nginx:1.27.1"),
		check.Remove(pod, "spec.hostNetwork"),
		check.Set(pod, "spec.containers[0].resources.limits.memory", "2Gi"),
	)
	if err != nil {
		t.Fatal(err)
	}
	_, after, presence := snapshot.Get(s.With(changes...).View(), kinds.Pods, "shop", "web")
	if presence != snapshot.Present {
		t.Fatal(presence)
	}
	c := after.Spec.Containers[0]
	if c.ImagePullPolicy != "IfNotPresent" || c.Ports[0].HostPort != 0 || c.Resources.Requests.Memory().String() != "2Gi" || c.Ports[0].Protocol != "TCP" {
		t.Errorf("%+v", c)
	}
	if after.Namespace != "shop" || after.Spec.RestartPolicy != "Always" {
		t.Errorf("%+v", after)
	}
}

// What is said of pods is not said of those in a custom kind: beside a workload that
// passes, the outcome is Unknown.
func TestPodsOfACustomKindAreUnknown(t *testing.T) {
	privileged := check.Check{Control: model.Control{ID: "c"}, On: workload.Kinds(), Run: func(*check.Case) {}}
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
	const rollout = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec: {template: {spec: {containers: [{name: c, image: i, securityContext: {privileged: true}}]}}}\n"
	for text, want := range map[string]model.Outcome{pod: model.Pass, pod + rollout: model.Unknown} {
		result := Evaluate(snapshotOf(t, text), Request{Checks: []check.Check{privileged}, Now: day})
		if got := result.Controls[0].Outcome(); got != want {
			t.Errorf("got %s, want %s for\n%s", got, want, text)
		}
	}
}
