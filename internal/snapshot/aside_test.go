package snapshot

import (
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

// What a view reads aside counts as read, and not as missing.
func TestAside(t *testing.T) {
	scope := model.Scope{Kind: "Pod"}
	memo := Memo[string, bool]{Name: "test.aside", Compute: func(v *View, _ string) bool { return v.Complete(scope) }}
	var traced []model.Scope
	v := New(Settings{}).View().Trace(func(s model.Scope) { traced = append(traced, s) })
	if memo.Of(v.Aside(), "") || v.Aside().Complete(scope) {
		t.Error("pods are complete")
	}
	if len(v.Missing()) != 0 || len(traced) != 2 {
		t.Errorf("missing %v, traced %v", v.Missing(), traced)
	}
	if memo.Of(v, ""); len(v.Missing()) != 1 {
		t.Errorf("missing %v", v.Missing())
	}
}
