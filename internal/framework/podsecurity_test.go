package framework

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// newestFixtures is the newest minor version that the official fixtures are
// written for; newer ones have the same rules, and are judged on the same pods.
const newestFixtures = 35

// standard is one level of the Pod Security Standards: our controls and the
// official library's checks.
type standard struct {
	level     api.Level
	framework Framework
	checks    []check.Check
	official  map[policy.CheckID]policy.Check
	evaluator policy.Evaluator
}

func standards(t testing.TB) []*standard {
	t.Helper()
	frameworks, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var found []*standard
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		i := slices.IndexFunc(frameworks, func(f Framework) bool { return f.ID == "pss-"+string(level) })
		if i < 0 {
			t.Fatalf("there is no framework pss-%s", level)
		}
		s := &standard{level: level, framework: frameworks[i], official: map[policy.CheckID]policy.Check{}, evaluator: evaluator}
		controls := s.framework.Controls()
		s.checks = slices.DeleteFunc(all.Checks(), func(c check.Check) bool { return !slices.Contains(controls, c.ID) })
		for _, c := range policy.DefaultChecks() {
			s.official[c.ID] = c
		}
		found = append(found, s)
	}
	return found
}

// The requirements must be the library's checks: all of baseline, and for
// restricted those that no check of restricted takes the place of.
func TestPodSecurityRequirements(t *testing.T) {
	for _, s := range standards(t) {
		overridden := map[policy.CheckID]bool{}
		for _, c := range s.official {
			for _, id := range overrides(c) {
				overridden[id] = true
			}
		}
		var want, have []string
		for id, c := range s.official {
			if c.Level == api.LevelBaseline && (s.level == api.LevelBaseline || !overridden[id]) || c.Level == s.level {
				want = append(want, string(id))
			}
		}
		for _, r := range s.framework.Requirements {
			have = append(have, r.ID)
		}
		slices.Sort(want)
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("%s: have requirements\n%v, the library has\n%v", s.level, have, want)
		}
	}
}

func overrides(c policy.Check) []policy.CheckID {
	return c.Versions[len(c.Versions)-1].OverrideCheckIDs
}

// Every fixture of the official library, at every level and version: our controls
// say what its name says, and requirement by requirement what the library says.
func TestPodSecurityFixtures(t *testing.T) {
	root := fixtures(t)
	for _, s := range standards(t) {
		t.Run(string(s.level), func(t *testing.T) {
			compared := 0
			for minor := range checktest.Newest().Minor + 1 {
				folder := filepath.Join(root, string(s.level), fmt.Sprintf("v1.%d", min(minor, newestFixtures)))
				var changes []snapshot.Change
				for _, verdict := range []string{"pass", "fail"} {
					changes = append(changes, pods(t, filepath.Join(folder, verdict), verdict)...)
				}
				compared += len(changes)
				s.compare(t, minor, changes, func(object *snapshot.Object) bool { return object.Namespace == "fail" })
			}
			t.Logf("%s: compared %d pods", s.level, compared)
		})
	}
}

// The same pods as templates of every kind of workload, at the newest version.
func TestPodSecurityTemplates(t *testing.T) {
	root := fixtures(t)
	for _, s := range standards(t) {
		folder := filepath.Join(root, string(s.level), fmt.Sprintf("v1.%d", newestFixtures))
		for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "PodTemplate"} {
			t.Run(string(s.level)+"/"+kind, func(t *testing.T) {
				var changes []snapshot.Change
				for _, verdict := range []string{"pass", "fail"} {
					for name, text := range texts(t, filepath.Join(folder, verdict)) {
						changes = append(changes, decode(t, name, wrap(t, kind, text), verdict)...)
					}
				}
				s.compare(t, newestFixtures+1, changes, func(object *snapshot.Object) bool { return object.Namespace == "fail" })
				t.Logf("%s: compared %d objects", kind, len(changes))
			})
		}
	}
}

// compare runs the controls and demands that they fail what fails says, and that
// each requirement fails where the official checks behind it forbid.
func (s *standard) compare(t *testing.T, minor int, changes []snapshot.Change, fails func(*snapshot.Object) bool) {
	t.Helper()
	failed := s.run(minor, changes)
	for _, change := range changes {
		object := change.Put
		where := fmt.Sprintf("%s 1.%d: %s %s", s.level, minor, object.ID, object.Origin.File)
		if have := len(failed[object.ID]) > 0; have != fails(object) {
			t.Errorf("%s: fails: %t, controls %v", where, have, failed[object.ID])
		}
		for _, difference := range s.differences(minor, workload.Template(object), failed[object.ID]) {
			t.Errorf("%s: %s", where, difference)
		}
	}
}

// run returns the controls that failed each object. What is wrong with a finding
// itself stands there too, as a control of its own.
func (s *standard) run(minor int, changes []snapshot.Change) map[model.ID][]string {
	snap := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: minor}}, changes...)
	findings, _, gaps := check.Run(snap, s.checks, check.Options{})
	failed := map[model.ID][]string{}
	fields, fingerprints := map[string]bool{}, map[string]bool{}
	for i := range findings {
		f := &findings[i]
		failed[f.Object.ID] = append(failed[f.Object.ID], f.Control)
		field := f.Object.ID.String() + " " + string(f.Evidence[0].Path)
		switch {
		case strings.Contains(f.Message, "Pod Security check"):
			failed[f.Object.ID] = append(failed[f.Object.ID], flaw+"not located: "+f.Message)
		case fields[field]:
			failed[f.Object.ID] = append(failed[f.Object.ID], flaw+"reported twice: "+field)
		case fingerprints[f.Fingerprint()]:
			failed[f.Object.ID] = append(failed[f.Object.ID], flaw+"key used twice: "+f.Key)
		}
		fields[field], fingerprints[f.Fingerprint()] = true, true
		for _, e := range f.Evidence {
			if difference := wrongEvidence(snap, e); difference != "" {
				failed[f.Object.ID] = append(failed[f.Object.ID], flaw+difference)
			}
		}
	}
	for _, gap := range gaps {
		failed[model.ID{}] = append(failed[model.ID{}], gap.Reason)
	}
	return failed
}

const flaw = "FLAW: "

// wrongEvidence compares evidence with the field that it names. A map or list is
// evidence of being there.
func wrongEvidence(snap *snapshot.Snapshot, e model.Evidence) string {
	text, err := snap.Lookup(e.Object.ID).Encode()
	if err != nil {
		return err.Error()
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err.Error()
	}
	segments, err := e.Path.Segments()
	if err != nil {
		return err.Error()
	}
	for _, segment := range segments {
		if list, ok := value.([]any); ok && segment.Index >= 0 && segment.Index < len(list) {
			value = list[segment.Index]
		} else if fields, ok := value.(map[string]any); ok && segment.Index < 0 {
			value = fields[segment.Key]
		} else {
			value = nil
		}
	}
	switch value.(type) {
	case map[string]any, []any:
		return ""
	case nil:
		value = ""
	}
	if have := fmt.Sprint(value); have != e.Value {
		return fmt.Sprintf("evidence %s: %q, the object has %q", e.Path, e.Value, have)
	}
	return ""
}

// differences compares the failed controls with the official verdict: as a whole,
// as admission gives it, and requirement by requirement.
func (s *standard) differences(minor int, w *workload.Workload, failed []string) []string {
	var found []string
	version := api.MajorMinorVersion(1, minor)
	results := s.evaluator.EvaluatePod(api.LevelVersion{Level: s.level, Version: version}, w.Meta, w.Spec)
	allowed := policy.AggregateCheckResults(results)
	weaker := policy.AggregateCheckResults(s.evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelBaseline, Version: version}, w.Meta, w.Spec))
	// Restricted allows a few pods that baseline forbids and the API server refuses
	// (a capability of a Windows pod): its own check exempts all of Windows, and
	// baseline's is not run any more. Those fail here, at both levels.
	if want := !allowed.Allowed || !weaker.Allowed; want != (len(failed) > 0) {
		found = append(found, fmt.Sprintf("official: %s; controls: %v", allowed.ForbiddenDetail(), failed))
	}
	for _, r := range s.framework.Requirements {
		have := slices.ContainsFunc(r.Controls, func(control string) bool { return slices.Contains(failed, control) })
		if want := s.forbids(policy.CheckID(r.ID), version, w); have != want {
			found = append(found, fmt.Sprintf("requirement %s fails: %t, official: %t; controls: %v", r.ID, have, want, failed))
		}
	}
	for _, control := range failed {
		if strings.HasPrefix(control, flaw) {
			found = append(found, control)
		}
	}
	return found
}

// forbids asks the official check behind a requirement, and those that it overrides.
func (s *standard) forbids(id policy.CheckID, version api.Version, w *workload.Workload) bool {
	if id == "hostPorts" && w.Spec.HostNetwork {
		return true // every port of the pod is the node's
	}
	for _, each := range append(slices.Clone(overrides(s.official[id])), id) {
		var ask policy.CheckPodFn
		for _, v := range s.official[each].Versions {
			if !version.Older(v.MinimumVersion) {
				ask = v.CheckPod
			}
		}
		if ask != nil && !ask(w.Meta, w.Spec).Allowed {
			return true
		}
	}
	return false
}

var moduleFolder = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	return strings.TrimSpace(string(out)), err
})

// fixtures is the folder of the official fixtures, in the module cache.
func fixtures(t *testing.T) string {
	t.Helper()
	folder, err := moduleFolder()
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(folder, "test", "testdata")
	newer := filepath.Join(folder, "baseline", fmt.Sprintf("v1.%d", newestFixtures+1))
	if _, err := os.Stat(newer); err == nil {
		t.Errorf("the library has newer fixtures than 1.%d: raise newestFixtures", newestFixtures)
	}
	return folder
}

func texts(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in %s: %v", folder, err)
	}
	found := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[file] = text
	}
	return found
}

func pods(t *testing.T, folder, namespace string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	for name, text := range texts(t, folder) {
		changes = append(changes, decode(t, name, text, namespace)...)
	}
	return changes
}

func decode(t *testing.T, name string, text []byte, namespace string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder(namespace).Decode(document.Text{File: name, Data: text, Asked: true}, func(change snapshot.Change) {
		if change.Put == nil {
			t.Errorf("%s: %+v", name, change.Gap)
			return
		}
		changes = append(changes, change)
	})
	if len(changes) != 1 {
		t.Fatalf("%s holds %d objects", name, len(changes))
	}
	return changes
}

// wrap writes a pod as the template of another kind.
func wrap(t *testing.T, kind string, text []byte) []byte {
	t.Helper()
	var pod map[string]any
	if err := yaml.Unmarshal(text, &pod); err != nil {
		t.Fatal(err)
	}
	meta := pod["metadata"].(map[string]any)
	name := meta["name"]
	delete(meta, "name")
	template := map[string]any{"metadata": meta, "spec": pod["spec"]}
	spec := map[string]any{"template": template}
	version := "apps/v1"
	switch kind {
	case "PodTemplate", "ReplicationController":
		version = "v1"
	case "Job", "CronJob":
		version = "batch/v1"
	}
	object := map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}, "spec": spec}
	switch kind {
	case "PodTemplate":
		delete(object, "spec")
		object["template"] = template
	case "CronJob":
		object["spec"] = map[string]any{"schedule": "0 3 * * *", "jobTemplate": map[string]any{"spec": spec}}
	}
	out, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
