package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/saved"
)

func (a *app) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "snapshot", Short: "Save what a cluster is, to be judged later or elsewhere"}
	cmd.AddCommand(a.snapshotSaveCommand())
	return cmd
}

func (a *app) snapshotSaveCommand() *cobra.Command {
	var f readFlags
	var namespace, version string
	var paths []string
	cmd := &cobra.Command{
		Use:   "save FILE",
		Short: "Save a snapshot of the current cluster, or of files, to one file",
		Long: `Save writes everything that scan and the questions of rbac and net read to one
compressed file. holdfast scan FILE then gives the same result as a scan of the cluster,
and a question with -f FILE the same answer. The file holds no value of a Secret and no
secret that was recognised elsewhere.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var parsed snapshot.Version
			if version != "" {
				var err error
				if parsed, err = parseVersion(version); err != nil {
					return fmt.Errorf("--kubernetes-version: %w", err)
				}
			}
			if _, err := installationKey(true); err != nil {
				return err
			}
			read, err := a.read(cmd.Context(), &f, namespace, parsed, paths)
			if err != nil {
				return err
			}
			return a.save(args[0], read)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringSliceVarP(&paths, "filename", "f", nil, "files, folders or charts to save instead of the current cluster")
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "save only this namespace")
	cmd.Flags().StringVar(&version, "kubernetes-version", "", "version of Kubernetes to note, as 1.36 (default: the cluster's, or the newest known)")
	return cmd
}

// save writes the snapshot beside the file and then moves it there, so that a
// broken run leaves no half of one.
func (a *app) save(name string, read *reading) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".holdfast-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(file.Name()))
		}
	}()
	if err := saved.Write(file, read.target, read.snapshot); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return err
	}
	gaps := 0
	for _, gap := range read.snapshot.Gaps() {
		if !gap.Skipped {
			gaps++
			fmt.Fprintf(a.streams.Err, "gap: %s\n", gap.Reason)
		}
	}
	if gaps > 0 {
		a.status = exitIncomplete
	}
	objects := 0
	for object := range read.snapshot.All() {
		if !object.Implied {
			objects++
		}
	}
	_, printErr := fmt.Fprintf(a.streams.Out, "%d objects of %s saved to %s\n", objects, read.target, name)
	return printErr
}
