package checktest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// Newest is the newest version of Kubernetes that Holdfast knows.
func Newest() snapshot.Version { return snapshot.Version{Major: 1, Minor: 36} }

// detector is what sources redact objects with, under a key that is no secret.
var detector = sync.OnceValue(func() *secret.Detector { return secret.NewDetector([]byte("fixtures fixtures")) })

// Snapshot reads one section of a fixture under the settings of its comment.
func Snapshot(t *testing.T, comment, section string, data []byte) *snapshot.Snapshot {
	t.Helper()
	var changes []snapshot.Change
	emit := func(change snapshot.Change) {
		if change.Put != nil {
			detector().Redact(change.Put)
		}
		changes = append(changes, change)
	}
	document.NewDecoder("").Decode(document.Text{File: section, Data: data, Editable: true, Asked: true}, emit)
	settings := snapshot.Settings{Version: Newest()}
	if version := setting(comment, section, "version"); version != "" {
		parsed, err := snapshot.ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		settings.Version = parsed
	}
	if gates := setting(comment, section, "gates"); gates != "" {
		parsed, err := feature.Parse(strings.Fields(gates))
		if err != nil {
			t.Fatal(err)
		}
		settings.Gates = parsed
	}
	if now := setting(comment, section, "now"); now != "" {
		parsed, err := time.Parse(time.DateOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		settings.Now = parsed
	}
	if setting(comment, section, "live") == "true" {
		settings.Live = true
		changes = append(changes, everythingListed(changes)...)
	} else {
		changes = append(changes, implied.OfFiles(changes)...)
	}
	return snapshot.New(settings, changes...)
}

func setting(comment, section, name string) string {
	value := ""
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, name+":"); ok && value == "" {
			value = strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(line, section+" "+name+":"); ok {
			value = strings.TrimSpace(rest)
		}
	}
	return value
}

// everythingListed says that every kind of the API was listed.
func everythingListed(changes []snapshot.Change) []snapshot.Change {
	scopes := map[model.Scope]bool{}
	for _, info := range document.NewDecoder("").Kinds.All() {
		scopes[model.Scope{Group: info.Group, Kind: info.Kind}] = true
	}
	for _, change := range changes {
		if change.Put != nil {
			scopes[model.Scope{Group: change.Put.Group, Kind: change.Put.Kind}] = true
		}
	}
	var listed []snapshot.Change
	for scope := range scopes {
		listed = append(listed, snapshot.Change{Listed: &scope})
	}
	return listed
}
