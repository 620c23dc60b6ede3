package escalation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/escalation"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
)

// Each archive in testdata is one cluster and the steps of those whom it names, one
// a line: "SUBJECT TECHNIQUE yields YIELD TARGET DETAIL".
func TestSteps(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			archive := txtar.Parse(data)
			input, want := archive.Files[0], string(archive.Files[1].Data)
			v := checktest.Snapshot(t, string(archive.Comment), input.Name, input.Data).View()
			var got strings.Builder
			for _, step := range escalation.Steps(v) {
				if step.Evidence[0].File != "" {
					got.WriteString(written(&step))
				}
			}
			if got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

func written(step *model.Step) string {
	line := fmt.Sprintf("%s %s yields %s %s", attack.SubjectOf(step.Needs[0].Object), step.Technique, step.Yields.Kind, attack.Target(step.Yields))
	if step.Yields.Detail != "" {
		line += " " + step.Yields.Detail
	}
	if step.Possible {
		line += " (possible)"
	}
	return line + "\n"
}

// What groups give their members is the groups', and is found for a member who asks.
func TestOfMember(t *testing.T) {
	v := checktest.Snapshot(t, "", "a.yaml", []byte(`
kind: Namespace
apiVersion: v1
metadata: {name: shop}
---
kind: Role
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: deployer, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [create]}
---
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: deployer, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects:
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts:build"}
`)).View()
	for subject, want := range map[rbac.Subject]bool{
		{Kind: "ServiceAccount", Namespace: "build", Name: "ci"}: true,
		{Kind: "User", Name: "system:serviceaccount:build:ci"}:   true,
		{Kind: "Group", Name: "system:serviceaccounts:build"}:    true,
		{Kind: "ServiceAccount", Namespace: "shop", Name: "ci"}:  false,
		{Kind: "User", Name: "system:serviceaccounts:build"}:     false,
	} {
		steps := escalation.Of(v, subject)
		if got := slices.ContainsFunc(steps, func(s model.Step) bool { return s.Technique == "create-pods" }); got != want {
			t.Errorf("%s: %t", subject, got)
		}
	}
}
