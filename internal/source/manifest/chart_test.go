package manifest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

func TestChartX(t *testing.T) {
	for _, c := range []string{"kubernetes-goat/scenarios/metadata-db", "online-boutique/helm-chart"} {
		dir := shared + "/corpus/" + c
		err := New(Options{Paths: []string{dir}}).Read(context.Background(), func(change snapshot.Change) error {
			if change.Gap != nil {
				t.Logf("gap %+v", *change.Gap)
			}
			if change.Put != nil && !change.Put.Implied {
				fmt.Println(change.Put.ID, change.Put.Origin.File, change.Put.Origin.Line)
				text, _ := os.ReadFile(change.Put.Origin.File)
				lines := strings.Split(string(text), "\n")
				if change.Put.Kind == "Deployment" {
					for _, l := range change.Put.Origin.Lines[:min(30, len(change.Put.Origin.Lines))] {
						if l.Line > 0 {
							fmt.Println("   ", l.Line, lines[l.Line-1])
						} else {
							fmt.Println("  ??")
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
