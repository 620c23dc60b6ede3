package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/manifest"
	"holdfast.dev/holdfast/internal/source/saved"
)

// readFlags say what to read. Every command that reads files or a cluster has
// them.
type readFlags struct {
	liveFlags
	values, set, setString []string
	allowRemote            bool
	keepText               bool // for fixes as edits of files; no flag
}

func (f *readFlags) add(flags *pflag.FlagSet) {
	f.liveFlags.add(flags)
	f.addFiles(flags)
}

// addFiles adds the flags that say how files are read.
func (f *readFlags) addFiles(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.values, "values", nil, "values files for Helm charts")
	flags.StringArrayVar(&f.set, "set", nil, "values for Helm charts, as key=value")
	flags.StringArrayVar(&f.setString, "set-string", nil, "values for Helm charts that are text whatever they look like")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "let kustomizations fetch what they refer to")
}

// reading is what was read.
type reading struct {
	snapshot *snapshot.Snapshot
	target   string
}

// read reads the paths, or the current cluster when there are none.
func (a *app) read(ctx context.Context, f *readFlags, namespace string, version snapshot.Version, paths []string) (*reading, error) {
	if len(paths) == 0 {
		return a.readLive(ctx, &f.liveFlags, namespace, version)
	}
	if len(paths) == 1 && paths[0] != "-" {
		if read, err := openSaved(ctx, f, paths[0], version); read != nil || err != nil {
			return read, err
		}
	}
	if version.IsZero() {
		version = newest()
	}
	key, err := installationKey(false)
	if err != nil {
		return nil, err
	}
	source := manifest.New(manifest.Options{
		Paths: paths, Stdin: a.streams.In, Namespace: namespace, Values: f.values, Set: f.set, SetString: f.setString,
		KubernetesVersion: version.String(), AllowRemote: f.allowRemote, DropText: !f.keepText, Redact: secret.NewDetector(key).Redact,
	})
	changes, err := collect(ctx, source)
	if err != nil {
		return nil, err
	}
	settings, err := f.under(snapshot.Settings{Version: version, Now: a.now().UTC()})
	if err != nil {
		return nil, err
	}
	return &reading{snapshot: snapshot.New(settings, changes...), target: strings.Join(paths, ", ")}, nil
}

func collect(ctx context.Context, source snapshot.Source) ([]snapshot.Change, error) {
	var changes []snapshot.Change
	err := source.Read(ctx, func(change snapshot.Change) error {
		changes = append(changes, change)
		return nil
	})
	return changes, err
}

// openSaved reads a saved snapshot. It returns nil when the file is none.
func openSaved(ctx context.Context, f *readFlags, path string, version snapshot.Version) (*reading, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil // the manifest source says what is wrong with it
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil
	}
	defer file.Close()
	head := make([]byte, 2)
	if _, err := io.ReadFull(file, head); err != nil || !saved.Is(head) {
		return nil, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	source, err := saved.Open(file)
	if errors.Is(err, saved.ErrNoSnapshot) {
		return nil, nil // a chart, perhaps
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	changes, err := collect(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	settings := source.Header.Settings
	if !version.IsZero() {
		settings.Version = version
	}
	if settings, err = f.under(settings); err != nil {
		return nil, err
	}
	return &reading{snapshot: snapshot.New(settings, changes...), target: source.Header.Target}, nil
}

// installationKey is the key under which secrets are fingerprinted. It belongs to
// the user's installation, so that snapshots taken on different days compare; a
// plain scan makes do with one of its own when there is none yet.
func installationKey(keep bool) ([]byte, error) {
	key := make([]byte, 32)
	folder, err := os.UserConfigDir()
	if err == nil {
		file := filepath.Join(folder, "holdfast", "fingerprint.key")
		if stored, err := os.ReadFile(file); err == nil && len(stored) == len(key) {
			return stored, nil
		}
		if keep {
			rand.Read(key)
			if err := writeKey(file, key); err != nil {
				return nil, fmt.Errorf("keep the key that secrets are fingerprinted with: %w", err)
			}
			return key, nil
		}
	}
	rand.Read(key)
	return key, nil
}

func writeKey(file string, key []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, key, 0o600)
}
