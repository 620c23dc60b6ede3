package techniques

import (
	"flag"
	"testing"

	"holdfast.dev/holdfast/internal/attack/attacktest"
)

var update = flag.Bool("update", false, "rewrite the section want of the fixtures")

func TestTechniques(t *testing.T) {
	known := map[string]bool{}
	for _, technique := range All() {
		if known[technique.ID] {
			t.Errorf("two techniques have the id %s", technique.ID)
		}
		known[technique.ID] = true
		t.Run(technique.ID, func(t *testing.T) { attacktest.Run(t, technique, ".", *update) })
	}
}
