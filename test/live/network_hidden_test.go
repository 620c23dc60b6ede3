package live

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/cli"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/saved"
)

// hideSome asks about a saved snapshot of the cluster without some kinds, drawn at
// random: whoever may list the rest is told nothing that the whole contradicts.
func hideSome(t *testing.T, file string, whole map[string]facts) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := saved.Open(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var changes []snapshot.Change
	held := map[snapshot.GroupKind]bool{}
	err = source.Read(t.Context(), func(c snapshot.Change) error {
		changes = append(changes, c)
		if c.Put != nil {
			held[snapshot.GroupKind{Group: c.Put.Group, Kind: c.Put.Kind}] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(25) {
		r, hidden := rand.New(rand.NewPCG(seed, 0)), map[snapshot.GroupKind]bool{}
		for _, gk := range reach.Kinds() {
			hidden[gk] = held[gk] && gk.Kind != "Deployment" && r.IntN(3) == 0 // whose facts would be missing
		}
		part := filepath.Join(t.TempDir(), "part.hf")
		var b bytes.Buffer
		if err := saved.Write(&b, "part", snapshot.New(source.Header.Settings, conceal(changes, hidden)...)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(part, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for question, read := range questions() {
			var out, errs bytes.Buffer
			status := cli.Main(context.Background(), cli.Build{}, cli.Streams{Out: &out, Err: &errs}, []string{"net", question, "-o", "json", "-f", part})
			answer := decode[struct{ Items []json.RawMessage }](t, out.Bytes())
			for _, text := range contradictions(whole[question], read(t, answer.Items)) {
				t.Errorf("seed %d: net %s: %s (status %d %s)", seed, question, text, status, &errs)
			}
		}
	}
}

// conceal is changes as somebody reads them who may not list some kinds.
func conceal(changes []snapshot.Change, hidden map[snapshot.GroupKind]bool) []snapshot.Change {
	var part []snapshot.Change
	for _, c := range changes {
		switch {
		case c.Put != nil && hidden[snapshot.GroupKind{Group: c.Put.Group, Kind: c.Put.Kind}]:
		case c.Listed != nil && hidden[snapshot.GroupKind{Group: c.Listed.Group, Kind: c.Listed.Kind}]:
			part = append(part, snapshot.Change{Gap: &model.Gap{Scope: *c.Listed, Reason: "cannot list them"}})
		default:
			part = append(part, c)
		}
	}
	return part
}
