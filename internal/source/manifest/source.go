// Package manifest reads Kubernetes objects from files: YAML and JSON, folders of
// them, Helm charts, kustomizations and standard input. What it meets and cannot
// read becomes a gap; only a cancelled context and an error of the receiver end a
// reading early.
//
// Nothing is executed and nothing is fetched unless Options.AllowRemote is set.
package manifest

import (
	"context"
	"io"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// DefaultMaxFileBytes is the largest file that is read unless Options says
// otherwise. A dump of a whole cluster is read item by item, so it may be large.
const DefaultMaxFileBytes = 256 << 20

// Options say what to read and how.
type Options struct {
	Paths     []string  // files, folders, charts (.tgz or folder), kustomizations; "-" for Stdin
	Stdin     io.Reader // what "-" reads
	Namespace string    // for namespaced objects that name none; the release namespace of charts

	Values            []string // values files for charts, as helm --values
	Set               []string // values for charts, as helm --set
	SetString         []string // string values for charts, as helm --set-string
	ReleaseName       string   // "release-name" when empty, as helm template has it
	KubernetesVersion string   // what charts see as .Capabilities.KubeVersion
	APIVersions       []string // what charts see as .Capabilities.APIVersions besides Kubernetes' own

	AllowRemote  bool  // kustomize may fetch remote bases, for which it runs git
	MaxFileBytes int64 // DefaultMaxFileBytes when 0
	DropText     bool  // do not keep the text of documents: nobody will edit them

	// Redact is applied to each object before it is emitted, from several
	// goroutines at once. Nil leaves objects as they are.
	Redact func(*snapshot.Object)
}

// Source reads the files that its Options name. It implements snapshot.Source.
type Source struct {
	options Options
	decoder *document.Decoder
}

// New makes a Source.
func New(options Options) *Source {
	if options.MaxFileBytes <= 0 {
		options.MaxFileBytes = DefaultMaxFileBytes
	}
	decoder := document.NewDecoder(options.Namespace)
	decoder.DropText = options.DropText
	return &Source{options: options, decoder: decoder}
}

// Read emits the objects of every path, in the order of Options.Paths and within
// a folder in the order of their paths, then what they imply: see
// implied.OfFiles. Two readings of the same files emit the same changes.
func (s *Source) Read(ctx context.Context, emit func(snapshot.Change) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	units := s.plan(ctx)
	put := make([]snapshot.Change, 0, len(units))
	seen := sightings{}
	send := func(from unit, change snapshot.Change) error {
		if change.Put != nil {
			change = seen.distinct(from, change)
		}
		if change.Put != nil {
			put = append(put, snapshot.Change{Put: change.Put})
		}
		return emit(change)
	}
	if err := inOrder(ctx, units, send); err != nil {
		return err
	}
	for _, change := range append(duplicates(put), implied.OfFiles(put)...) {
		if err := emit(change); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// decode reads one text and returns what it holds.
func (s *Source) decode(ctx context.Context, text document.Text) []snapshot.Change {
	var changes []snapshot.Change
	text.Done = ctx.Done()
	s.decoder.Decode(text, func(change snapshot.Change) {
		if change.Put != nil && s.options.Redact != nil {
			s.options.Redact(change.Put)
		}
		changes = append(changes, change)
	})
	return changes
}
