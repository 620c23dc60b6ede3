package model

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPathRoundTrip(t *testing.T) {
	tests := []struct {
		path Path
		want string
	}{
		{Path("spec").Child("containers").Index(0).Child("image"), "spec.containers[0].image"},
		{Path("metadata.labels").Child("app.kubernetes.io/name"), `metadata.labels["app.kubernetes.io/name"]`},
		{Path("").Child("a b"), `["a b"]`},
		{Path("data").Child(`quote"]`).Child("x"), `data["quote\"]"].x`},
		{Path("spec").Join("[1].x"), "spec[1].x"},
		{Path("spec").Join("x"), "spec.x"},
		{Path("").Join("x"), "x"},
		{Path("x").Join(""), "x"},
	}
	for _, test := range tests {
		if string(test.path) != test.want {
			t.Errorf("got %s, want %s", test.path, test.want)
		}
		if _, err := test.path.Segments(); err != nil {
			t.Error(err)
		}
	}
}

// Whatever keys and indexes a path is made of, Segments gives them back.
func TestPathSegmentsInvertConstruction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var path Path
		var want []Segment
		for range rapid.IntRange(1, 6).Draw(t, "length") {
			if len(want) > 0 && rapid.Bool().Draw(t, "index") {
				i := rapid.IntRange(0, 1000).Draw(t, "i")
				path, want = path.Index(i), append(want, Segment{Index: i})
			} else {
				key := rapid.String().Draw(t, "key")
				path, want = path.Child(key), append(want, Segment{Key: key, Index: -1})
			}
		}
		got, err := path.Segments()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if want[i].Key != got[i].Key && string([]rune(want[i].Key)) == want[i].Key {
				t.Fatalf("%s: got %v, want %v", path, got, want)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: got %v, want %v", path, got, want)
		}
	})
}

func TestPathSegmentsRefuses(t *testing.T) {
	for _, path := range []Path{".", "a.", "a..b", "a[", "a[x]", "a[-1]", `a["b`, `a["b"`, "a.[0]", "[]"} {
		if segments, err := path.Segments(); err == nil {
			t.Errorf("%q: no error, but %v", path, segments)
		}
	}
}

func FuzzPathSegments(f *testing.F) {
	f.Add("spec.containers[0].image")
	f.Add(`metadata.labels["a.b/c"]`)
	f.Fuzz(func(t *testing.T, text string) {
		segments, err := Path(text).Segments()
		if err != nil {
			return
		}
		var rebuilt Path
		for _, segment := range segments {
			if segment.Index >= 0 {
				rebuilt = rebuilt.Index(segment.Index)
			} else {
				rebuilt = rebuilt.Child(segment.Key)
			}
		}
		again, err := rebuilt.Segments()
		if err != nil || !slices.Equal(segments, again) {
			t.Fatalf("%q became %q: %v", text, rebuilt, err)
		}
	})
}

func TestZeroOutcomeIsUnknown(t *testing.T) {
	var outcome Outcome
	if outcome != Unknown {
		t.Fatal("a verdict that nobody gave must not be a pass")
	}
}

func TestEnumsKeepTheirWords(t *testing.T) {
	for _, severity := range Severities() {
		text, _ := severity.MarshalText()
		var back Severity
		if err := back.UnmarshalText(text); err != nil || back != severity {
			t.Errorf("%s: %v %v", text, back, err)
		}
	}
	for outcome := Unknown; outcome <= NotApplicable; outcome++ {
		text, _ := outcome.MarshalText()
		var back Outcome
		if err := back.UnmarshalText(text); err != nil || back != outcome {
			t.Errorf("%s: %v %v", text, back, err)
		}
	}
	for op := Set; op <= Add; op++ {
		text, _ := op.MarshalText()
		var back Op
		if err := back.UnmarshalText(text); err != nil || back != op {
			t.Errorf("%s: %v %v", text, back, err)
		}
	}
	var severity Severity
	if err := severity.UnmarshalText([]byte("urgent")); err == nil {
		t.Error("urgent is no severity")
	}
}

// A fingerprint stays when the object's version, message or evidence changes, and
// differs when control, object or key does.
func TestFingerprint(t *testing.T) {
	base := Finding{Control: "c", Key: "k", Object: Ref{ID: ID{Kind: "Pod", Namespace: "n", Name: "p"}}}
	same := base
	same.Message, same.Severity, same.Object.Version, same.Object.UID = "m", High, "v1", "u"
	same.Evidence = []Evidence{{Path: "spec", Line: 3}}
	if base.Fingerprint() != same.Fingerprint() {
		t.Error("the fingerprint depends on more than identity")
	}
	for name, change := range map[string]func(*Finding){
		"control":   func(f *Finding) { f.Control = "d" },
		"key":       func(f *Finding) { f.Key = "l" },
		"namespace": func(f *Finding) { f.Object.Namespace = "m" },
		"cluster":   func(f *Finding) { f.Object.Cluster = "x" },
		"shift":     func(f *Finding) { f.Object.Namespace, f.Object.Name = "np", "" },
	} {
		other := base
		change(&other)
		if other.Fingerprint() == base.Fingerprint() {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}

func TestScopes(t *testing.T) {
	pods, all := Scope{Kind: "Pod", Namespace: "a"}, Scope{}
	tests := []struct {
		a, b               Scope
		contains, overlaps bool
	}{
		{all, pods, true, true},
		{pods, all, false, true},
		{Scope{Kind: "Pod"}, pods, true, true},
		{pods, Scope{Kind: "Pod"}, false, true},
		{pods, Scope{Kind: "Pod", Namespace: "b"}, false, false},
		{pods, Scope{Kind: "Service", Namespace: "a"}, false, false},
		{Scope{Kind: "Pod", Group: "x"}, pods, false, false},
		{Scope{Namespace: "a"}, pods, true, true},
		{Scope{Cluster: "c1"}, Scope{Cluster: "c2"}, false, false},
	}
	for _, test := range tests {
		if got := test.a.Contains(test.b); got != test.contains {
			t.Errorf("%v contains %v: %v", test.a, test.b, got)
		}
		if got := test.a.Overlaps(test.b); got != test.overlaps {
			t.Errorf("%v overlaps %v: %v", test.a, test.b, got)
		}
	}
}

func TestTallyOutcome(t *testing.T) {
	missing := []Scope{{Kind: "Pod"}}
	tests := []struct {
		tally Tally
		want  Outcome
	}{
		{Tally{}, NotApplicable},
		{Tally{Missing: missing}, Unknown},
		{Tally{Count: [4]int{Pass: 3}, Missing: missing}, Pass},
		{Tally{Count: [4]int{Pass: 3, Unknown: 1}}, Unknown},
		{Tally{Count: [4]int{Pass: 3, Unknown: 1, Fail: 1}}, Fail},
		{Tally{Count: [4]int{NotApplicable: 1}}, NotApplicable},
	}
	for _, test := range tests {
		if got := test.tally.Outcome(); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.tally, got, test.want)
		}
	}
}

// Sorting is total: any order of the same findings ends in the same order.
func TestSortIsDeterministic(t *testing.T) {
	findings := []Finding{
		{Control: "b", Severity: High, Message: "1"}, {Control: "a", Severity: High, Message: "2"},
		{Control: "a", Severity: Critical, Message: "3"}, {Control: "a", Severity: High, Key: "k", Message: "4"},
		{Control: "a", Severity: High, Object: Ref{ID: ID{Name: "x"}}, Message: "5"},
	}
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(findings).Draw(t, "order")
		r := Result{Findings: shuffled}
		r.Sort()
		var order string
		for _, f := range r.Findings {
			order += f.Message
		}
		if order != "32451" {
			t.Fatalf("got %s", order)
		}
	})
}

// Several files may define one object: what is found in each differs only by where.
func TestSortTellsFilesApart(t *testing.T) {
	at := func(file string, line int, value string) Finding {
		return Finding{Control: "c", Evidence: []Evidence{{Path: "spec", File: file, Line: line, Value: value}}}
	}
	findings := []Finding{at("a.yaml", 2, ""), at("a.yaml", 10, ""), at("b.yaml", 1, "x"), at("b.yaml", 1, "y")}
	rapid.Check(t, func(t *rapid.T) {
		r := Result{Findings: rapid.Permutation(slices.Clone(findings)).Draw(t, "order")}
		r.Sort()
		if !reflect.DeepEqual(r.Findings, findings) {
			t.Fatalf("got %v", r.Findings)
		}
	})
}

func TestExceptionWithoutExpiryEncodes(t *testing.T) {
	raw, err := json.Marshal(Exception{Owner: "o", Reason: "r", Source: "built-in"})
	if err != nil || string(raw) != `{"owner":"o","reason":"r","source":"built-in"}` {
		t.Errorf("%s %v", raw, err)
	}
	raw, _ = json.Marshal(Exception{Expires: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)})
	if string(raw) != `{"owner":"","reason":"","expires":"2027-01-02T00:00:00Z","source":""}` {
		t.Errorf("%s", raw)
	}
}
