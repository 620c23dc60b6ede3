// Command controldocs writes the page of each control, from the documentation in
// its check and the fixture beside it, and the index of all; with -techniques those of
// the techniques of attack.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

func main() {
	out := flag.String("o", "docs/reference/controls", "folder to write")
	checks := flag.String("checks", "internal/check", "the folder of the fixtures")
	techniques := flag.String("techniques", "", "write the pages of techniques instead: the folder of their fixtures")
	flag.Parse()
	pages, err := render(*checks)
	if *techniques != "" {
		pages, err = renderTechniques(*techniques)
	}
	if err == nil {
		err = write(*out, pages)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "controldocs:", err)
		os.Exit(1)
	}
}

// write replaces the pages in folder.
func write(folder string, pages map[string][]byte) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), page, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns every page by file name.
func render(checks string) (map[string][]byte, error) {
	frameworks, err := framework.Load()
	if err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	controls := engine.Controls()
	for _, check := range all.Checks() {
		controls = append(controls, check.Control)
		archive, err := fixture(filepath.Join(checks, string(check.Layer)), check.ID)
		if err != nil {
			return nil, err
		}
		pages[check.ID+".md"] = page(check.Control, check.On, archive, frameworks)
	}
	for _, control := range engine.Controls() {
		pages[control.ID+".md"] = page(control, []string{"Exceptions"}, &txtar.Archive{}, frameworks)
	}
	pages["README.md"] = index(controls)
	return pages, nil
}

// fixture reads the archive of a control or technique.
func fixture(folder, id string) (*txtar.Archive, error) {
	archive, err := txtar.ParseFile(filepath.Join(folder, strings.ReplaceAll(id, "-", "_")+".txtar"))
	if err != nil {
		return nil, fmt.Errorf("fixture of %s: %w", id, err)
	}
	return archive, nil
}

func page(c model.Control, on []string, archive *txtar.Archive, frameworks []framework.Framework) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Written by tools/controldocs from the check and its fixture. -->\n# %s\n\n", c.Title)
	fmt.Fprintf(&b, "`%s` · layer %s · severity %s", c.ID, c.Layer, c.Severity)
	for _, f := range frameworks {
		for _, requirement := range f.Requirements {
			if slices.Contains(requirement.Controls, c.ID) {
				fmt.Fprintf(&b, " · %s %s", f.ID, requirement.ID)
			}
		}
	}
	fmt.Fprintf(&b, "\n\n**Why it matters.** %s\n\n**What to do.** %s\n\n", c.Rationale, c.Remediation)
	judges := strings.Join(on, ", ")
	if judges == "*" {
		judges = "every object"
	}
	fmt.Fprintf(&b, "Judges: %s.\n", judges)
	references(&b, c.References)
	example(&b, archive, "bad", "Fails")
	example(&b, archive, "want", "What is reported")
	example(&b, archive, "good", "Passes")
	return b.Bytes()
}

func references(b *bytes.Buffer, list []model.Reference) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n| catalogue | reference |\n|---|---|\n")
	for _, r := range list {
		fmt.Fprintf(b, "| %s | %s |\n", r.Catalogue, r.ID)
	}
}

// example prints the first section of a kind.
func example(b *bytes.Buffer, archive *txtar.Archive, kind, title string) {
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, kind) })
	if i < 0 || len(bytes.TrimSpace(archive.Files[i].Data)) == 0 {
		return
	}
	language := "yaml"
	if kind == "want" {
		language = "text"
	}
	fmt.Fprintf(b, "\n## %s\n\n```%s\n%s\n```\n", title, language, bytes.TrimSpace(archive.Files[i].Data))
}

func index(controls []model.Control) []byte {
	slices.SortFunc(controls, func(a, b model.Control) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.ID, b.ID))
	})
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Written by tools/controldocs. -->\n# Controls\n\n%d controls. `holdfast controls ID` prints one.\n", len(controls))
	var layer model.Layer
	for _, c := range controls {
		if c.Layer != layer {
			layer = c.Layer
			fmt.Fprintf(&b, "\n## %s\n\n| control | severity | what is wrong |\n|---|---|---|\n", layer)
		}
		fmt.Fprintf(&b, "| [`%s`](%s.md) | %s | %s |\n", c.ID, c.ID, c.Severity, c.Title)
	}
	return b.Bytes()
}
