package snapshot

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/model"
)

type thing struct {
	Size int `json:"size"`
}

var things = Kind[*thing]{Kind: "Thing", Decode: func(raw []byte) (*thing, error) {
	t := &thing{}
	return t, json.Unmarshal(raw, t)
}}

func id(namespace, name string) model.ID {
	return model.ID{Kind: "Thing", Namespace: namespace, Name: name}
}

func put(namespace, name string, size int) Change {
	return Change{Put: &Object{Ref: model.Ref{ID: id(namespace, name)}, Body: JSON(fmt.Sprintf(`{"size":%d}`, size))}}
}

func listed(scope model.Scope) Change { return Change{Listed: &scope} }
func unread(scope model.Scope) Change {
	return Change{Gap: &model.Gap{Scope: scope, Reason: "forbidden"}}
}
func remove(namespace, n string) Change { i := id(namespace, n); return Change{Delete: &i} }

func sizes(v *View, namespace string) (all []int, complete bool) {
	list, complete := List(v, things, namespace)
	for _, thing := range list {
		all = append(all, thing.Size)
	}
	return all, complete
}

func TestListAndCompleteness(t *testing.T) {
	everywhere, inA := model.Scope{Kind: "Thing"}, model.Scope{Kind: "Thing", Namespace: "a"}
	objects := []Change{put("a", "x", 1), put("b", "y", 2), put("a", "w", 3)}
	tests := []struct {
		name      string
		more      []Change
		namespace string
		want      []int
		complete  bool
	}{
		{"not listed", nil, "", []int{3, 1, 2}, false},
		{"listed", []Change{listed(everywhere)}, "", []int{3, 1, 2}, true},
		{"part of a whole list", []Change{listed(everywhere)}, "b", []int{2}, true},
		{"one namespace listed", []Change{listed(inA)}, "a", []int{3, 1}, true},
		{"another namespace not", []Change{listed(inA)}, "b", []int{2}, false},
		{"whole not listed by parts", []Change{listed(inA)}, "", []int{3, 1, 2}, false},
		{"a gap", []Change{listed(everywhere), unread(inA)}, "a", []int{3, 1}, false},
		{"a gap elsewhere", []Change{listed(everywhere), unread(inA)}, "b", []int{2}, true},
		{"a gap anywhere", []Change{listed(everywhere), unread(model.Scope{})}, "b", []int{2}, false},
		{"a refusal hides nothing", []Change{listed(everywhere), {Gap: &model.Gap{Refused: true}}}, "b", []int{2}, true},
		{"empty and listed", []Change{listed(everywhere)}, "c", nil, true},
		{"empty and not listed", nil, "c", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := New(Settings{}, append(slices.Clone(objects), test.more...)...).View()
			got, complete := sizes(v, test.namespace)
			if !slices.Equal(got, test.want) || complete != test.complete {
				t.Errorf("got %v %v, want %v %v", got, complete, test.want, test.complete)
			}
			if (len(v.Missing()) == 0) != test.complete {
				t.Errorf("missing %v", v.Missing())
			}
		})
	}
}

func TestGet(t *testing.T) {
	s := New(Settings{}, put("a", "x", 1), listed(model.Scope{Kind: "Thing", Namespace: "a"}))
	for name, want := range map[string]Presence{"x": Present, "z": Absent} {
		if _, _, got := Get(s.View(), things, "a", name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	v := s.View()
	if _, _, got := Get(v, things, "b", "x"); got != Undetermined || len(v.Missing()) != 1 {
		t.Errorf("got %v, missing %v", got, v.Missing())
	}
}

// What cannot be decoded is Undetermined, makes its list incomplete, and is a gap.
func TestUndecodable(t *testing.T) {
	for name, body := range map[string]any{"broken JSON": JSON(`{"size":"big"}`), "undecodable": Undecodable{Reason: "why"}} {
		t.Run(name, func(t *testing.T) {
			bad := Change{Put: &Object{Ref: model.Ref{ID: id("a", "bad")}, Body: body, Origin: &Origin{File: "f.yaml", Line: 7}}}
			s := New(Settings{}, put("a", "x", 1), bad, listed(model.Scope{Kind: "Thing"}))
			if _, _, got := Get(s.View(), things, "a", "bad"); got != Undetermined {
				t.Errorf("got %v", got)
			}
			if got, complete := sizes(s.View(), "a"); complete || !slices.Equal(got, []int{1}) {
				t.Errorf("got %v %v", got, complete)
			}
			gaps := s.Gaps()
			if name == "undecodable" {
				if len(gaps) != 0 {
					t.Errorf("its source has said so: %v", gaps)
				}
				return
			}
			if len(gaps) != 1 || gaps[0].File != "f.yaml" || gaps[0].Line != 7 {
				t.Errorf("gaps %v", gaps)
			}
		})
	}
}

func TestWithLeavesTheOldSnapshotAlone(t *testing.T) {
	old := New(Settings{}, put("a", "x", 1), put("a", "y", 2), listed(model.Scope{Kind: "Thing"}))
	next := old.With(put("a", "x", 10), remove("a", "y"), put("b", "z", 3), unread(model.Scope{Kind: "Thing", Namespace: "b"}))
	if got, complete := sizes(old.View(), ""); !slices.Equal(got, []int{1, 2}) || !complete {
		t.Errorf("old: %v %v", got, complete)
	}
	if got, complete := sizes(next.View(), ""); !slices.Equal(got, []int{10, 3}) || complete {
		t.Errorf("next: %v %v", got, complete)
	}
}

// A chain of With is the same snapshot as New of all changes.
func TestWithEqualsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.Custom(func(t *rapid.T) Change {
			namespace := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "namespace")
			name := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				return remove(namespace, name)
			case 1:
				return listed(model.Scope{Kind: "Thing", Namespace: namespace})
			default:
				return put(namespace, name, rapid.IntRange(0, 9).Draw(t, "size"))
			}
		})
		changes := rapid.SliceOf(change).Draw(t, "changes")
		step := New(Settings{})
		for _, c := range changes {
			step = step.With(c)
		}
		got, gotComplete := sizes(step.View(), "a")
		want, wantComplete := sizes(New(Settings{}, changes...).View(), "a")
		if !slices.Equal(got, want) || gotComplete != wantComplete {
			t.Fatalf("With %v %v, New %v %v", got, gotComplete, want, wantComplete)
		}
	})
}

// Objects of one ID from two files are both kept; references meet the first.
func TestDuplicates(t *testing.T) {
	from := func(file string, size int) Change {
		c := put("a", "x", size)
		c.Put.Origin = &Origin{File: file, Line: 1}
		return c
	}
	s := New(Settings{}, from("b.yaml", 2), from("a.yaml", 1), from("b.yaml", 3))
	if objects := s.Objects(GroupKind{Kind: "Thing"}); len(objects) != 2 {
		t.Fatalf("%d objects", len(objects))
	}
	if got, _ := sizes(s.View(), "a"); !slices.Equal(got, []int{1}) {
		t.Errorf("a list gives %v", got)
	}
	if o := s.Lookup(id("a", "x")); o.Origin.File != "a.yaml" {
		t.Errorf("lookup gives %s", o.Origin.File)
	}
}

func TestMemo(t *testing.T) {
	var mutex sync.Mutex
	computed := map[string]int{}
	total := &Memo[string, int]{Name: "test.total", Compute: func(v *View, namespace string) int {
		mutex.Lock()
		computed[namespace]++
		mutex.Unlock()
		sum := 0
		list, _ := List(v, things, namespace)
		for _, thing := range list {
			sum += thing.Size
		}
		return sum
	}}
	outer := &Memo[string, int]{Name: "test.outer", Compute: func(v *View, namespace string) int { return total.Of(v, namespace) + 1 }}
	s := New(Settings{}, put("a", "x", 1), put("a", "y", 2), put("b", "z", 5), listed(model.Scope{Kind: "Thing", Namespace: "a"}))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := outer.Of(s.View(), "a"); got != 4 {
				t.Errorf("got %d", got)
			}
		})
	}
	group.Wait()
	if got := outer.Of(s.View(), "b"); got != 6 || computed["a"] != 1 {
		t.Errorf("got %d, computed %v", got, computed)
	}
	v := s.View()
	if outer.Of(v, "b"); len(v.Missing()) != 1 {
		t.Errorf("what a memo missed, its reader misses: %v", v.Missing())
	}
	next := s.With(put("b", "z", 7))
	if a, b := outer.Of(next.View(), "a"), outer.Of(next.View(), "b"); a != 4 || b != 8 {
		t.Errorf("got %d and %d", a, b)
	}
	if computed["a"] != 1 || computed["b"] != 2 {
		t.Errorf("only what changed is computed again: %v", computed)
	}
}

func TestResolve(t *testing.T) {
	body := `{"spec":{"list":[{"a":1},{"a":2}],"keep":true}}`
	s := New(Settings{}, Change{Put: &Object{Ref: model.Ref{ID: id("a", "x")}, Body: JSON(body)}})
	patch := func(op model.Op, path model.Path, value string) model.Patch {
		return model.Patch{Object: model.Ref{ID: id("a", "x")}, Op: op, Path: path, Value: json.RawMessage(value)}
	}
	tests := []struct {
		name    string
		patches []model.Patch
		want    string
	}{
		{"set a new field, making parents", []model.Patch{patch(model.Set, "spec.new.deep", "1")}, `{"spec":{"keep":true,"list":[{"a":1},{"a":2}],"new":{"deep":1}}}`},
		{"set in a list", []model.Patch{patch(model.Set, "spec.list[1].a", "9")}, `{"spec":{"keep":true,"list":[{"a":1},{"a":9}]}}`},
		{"add to a list", []model.Patch{patch(model.Add, "spec.list", `{"a":3}`)}, `{"spec":{"keep":true,"list":[{"a":1},{"a":2},{"a":3}]}}`},
		{"add to no list", []model.Patch{patch(model.Add, "spec.more", `"x"`)}, `{"spec":{"keep":true,"list":[{"a":1},{"a":2}],"more":["x"]}}`},
		{"remove a field", []model.Patch{patch(model.Remove, "spec.keep", "")}, `{"spec":{"list":[{"a":1},{"a":2}]}}`},
		{"remove from a list", []model.Patch{patch(model.Remove, "spec.list[0]", "")}, `{"spec":{"keep":true,"list":[{"a":2}]}}`},
		{"remove what is not there", []model.Patch{patch(model.Remove, "spec.no.such", "")}, body},
		{"two together", []model.Patch{patch(model.Set, "spec.keep", "false"), patch(model.Remove, "spec.list", "")}, `{"spec":{"keep":false}}`},
		{"replace the whole", []model.Patch{patch(model.Set, "", `{"other":1}`)}, `{"other":1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changes, err := s.Resolve(test.patches...)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := changes[0].Put.Encode()
			var a, b any
			if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(test.want), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if changes, err := s.Resolve(patch(model.Remove, "", "")); err != nil || changes[0].Delete == nil {
		t.Errorf("remove the whole: %v %v", changes, err)
	}
	for name, bad := range map[string]model.Patch{
		"no such element": patch(model.Set, "spec.list[7].a", "1"),
		"through a value": patch(model.Set, "spec.keep.x", "1"),
		"no such object":  {Object: model.Ref{ID: id("a", "y")}, Path: "spec.x", Value: json.RawMessage("1")},
		"bad path":        patch(model.Set, "spec..x", "1"),
		"bad value":       patch(model.Set, "spec.x", "{"),
	} {
		if _, err := s.Resolve(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got, _ := s.Lookup(id("a", "x")).Encode(); string(got) != body {
		t.Errorf("the snapshot changed: %s", got)
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{"1.36": {1, 36}, "v1.36.3": {1, 36}, "v1.29.1-gke.1": {1, 29}, "1.27+": {1, 27}} {
		if got, err := ParseVersion(text); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "latest", "1.x", "v"} {
		if got, err := ParseVersion(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
