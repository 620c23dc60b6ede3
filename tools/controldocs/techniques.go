package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/techniques"
)

// renderTechniques returns the page of every technique, and the index, by file name.
func renderTechniques(folder string) (map[string][]byte, error) {
	pages := map[string][]byte{}
	list := techniques.All()
	for i := range list {
		archive, err := fixture(folder, list[i].ID)
		if err != nil {
			return nil, err
		}
		pages[list[i].ID+".md"] = techniquePage(&list[i], archive)
	}
	pages["README.md"] = techniqueIndex(list)
	return pages, nil
}

func techniquePage(t *attack.Technique, archive *txtar.Archive) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Written by tools/controldocs from the technique and its fixture. -->\n# %s\n\n", t.Title)
	fmt.Fprintf(&b, "`%s` · layer %s · severity %s\n\n", t.ID, t.Layer, t.Severity)
	b.WriteString("**What it needs**, all held by one subject in one place:\n\n")
	for _, need := range t.Needs {
		fmt.Fprintf(&b, "- %s\n", need)
	}
	yields := make([]string, len(t.Yields))
	for i, y := range t.Yields {
		yields[i] = string(y)
	}
	fmt.Fprintf(&b, "\n**What it can yield.** %s.\n\n**Where it works.** %s.\n\n", strings.Join(yields, ", "), t.When)
	fmt.Fprintf(&b, "**Why it matters.** %s\n\n**What to do.** %s\n", t.Rationale, t.Remediation)
	references(&b, t.References)
	example(&b, archive, "bad", "Works")
	example(&b, wantOfFirst(archive), "want", "What is reported")
	example(&b, archive, "good", "Does not work")
	return b.Bytes()
}

// wantOfFirst cuts the steps of the first section that is bad out of the section want,
// where the first line of each step begins with the name of its section.
func wantOfFirst(archive *txtar.Archive) *txtar.Archive {
	named := func(prefix string) int {
		return slices.IndexFunc(archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, prefix) })
	}
	bad, want := named("bad"), named("want")
	if bad < 0 || want < 0 {
		return &txtar.Archive{}
	}
	var kept bytes.Buffer
	own := false
	for line := range bytes.Lines(archive.Files[want].Data) {
		if line[0] != ' ' {
			own = bytes.HasPrefix(line, []byte(archive.Files[bad].Name+": "))
		}
		if own {
			kept.Write(line)
		}
	}
	return &txtar.Archive{Files: []txtar.File{{Name: "want", Data: kept.Bytes()}}}
}

// techniqueIndex lists each technique under the most that it can yield.
func techniqueIndex(list []attack.Technique) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Written by tools/controldocs. -->\n# Techniques\n\n%d ways from permissions to more, each under the most that it can yield. "+
		"`holdfast controls ID` prints one, `holdfast rbac escalations` finds who can use them.\n", len(list))
	for _, yield := range attack.Yields() {
		under := slices.DeleteFunc(slices.Clone(list), func(t attack.Technique) bool { return most(t.Yields) != yield })
		if len(under) == 0 {
			continue
		}
		slices.SortFunc(under, func(a, b attack.Technique) int {
			return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.ID, b.ID))
		})
		fmt.Fprintf(&b, "\n## %s\n\n| technique | severity | what somebody does |\n|---|---|---|\n", yield)
		for _, t := range under {
			fmt.Fprintf(&b, "| [`%s`](%s.md) | %s | %s |\n", t.ID, t.ID, t.Severity, t.Title)
		}
	}
	return b.Bytes()
}

// most is the first of the yields in the order of attack.Yields.
func most(yields []attack.Yield) attack.Yield {
	order := attack.Yields()
	return slices.MinFunc(yields, func(a, b attack.Yield) int {
		return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
	})
}
