package exposure

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// verdicts are those of a snapshot's workloads under its own policies.
func verdicts(s *snapshot.Snapshot) map[model.ID]Verdict {
	v := s.View()
	found := map[model.ID]Verdict{}
	for _, standing := range Of(v, "").Standings(v, Under(v, netpol.Profile{}), nil) {
		found[standing.Workload.Object.ID] = standing.Verdict
	}
	return found
}

// Hiding a kind, as not listed or behind a gap, never shows a workload to be out of
// reach that was not before.
func TestHiddenKindsProveNothing(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	hidden := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		common := content(archive, "common.yaml")
		for i := range archive.Files {
			name, ok := strings.CutSuffix(archive.Files[i].Name, ".yaml")
			if !ok || name == "common" {
				continue
			}
			whole := running(append(decode(t, "common.yaml", common), decode(t, "case.yaml", string(archive.Files[i].Data))...)...)
			before := verdicts(whole)
			for _, gk := range whole.Kinds() {
				hidden++
				for how, s := range map[string]*snapshot.Snapshot{"not listed": without(whole, gk), "unread": behindGap(whole, gk)} {
					for id, verdict := range verdicts(s) {
						if verdict == NotExposed && before[id] != NotExposed {
							t.Errorf("%s, %s: without %s (%s) %s is %s, was %s", file, name, gk, how, id, verdict, before[id])
						}
					}
				}
			}
		}
	}
	if hidden < 100 {
		t.Errorf("only %d kinds were hidden", hidden)
	}
}

func without(s *snapshot.Snapshot, gk snapshot.GroupKind) *snapshot.Snapshot {
	kept := slices.DeleteFunc(s.Changes(), func(c snapshot.Change) bool {
		return c.Put != nil && c.Put.Group == gk.Group && c.Put.Kind == gk.Kind || c.Listed != nil && c.Listed.Group == gk.Group && c.Listed.Kind == gk.Kind
	})
	return snapshot.New(s.Settings(), kept...)
}

func behindGap(s *snapshot.Snapshot, gk snapshot.GroupKind) *snapshot.Snapshot {
	kept := slices.DeleteFunc(s.Changes(), func(c snapshot.Change) bool { return c.Put != nil && c.Put.Group == gk.Group && c.Put.Kind == gk.Kind })
	return snapshot.New(s.Settings(), append(kept, snapshot.Change{Gap: &model.Gap{Scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, Reason: "hidden"}})...)
}

const alone = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}
`

// Only complete lists prove that nothing leads to a workload, and what is not
// understood disproves nothing.
func TestNotExposed(t *testing.T) {
	web := model.ID{Kind: "Pod", Namespace: "shop", Name: "web"}
	object := func(apiVersion, kind, namespace string) string {
		return fmt.Sprintf("---\napiVersion: %s\nkind: %s\nmetadata: {name: x, namespace: %s}\n", apiVersion, kind, namespace)
	}
	for name, c := range map[string]struct {
		snapshot *snapshot.Snapshot
		want     Verdict
	}{
		"everything listed":             {running(decode(t, "f", alone)...), NotExposed},
		"files":                         {written(decode(t, "f", alone)...), Unknown},
		"a kind that is not understood": {running(decode(t, "f", alone+object("projectcontour.io/v1", "HTTPProxy", "shop"))...), Unknown},
		"the same elsewhere":            {running(decode(t, "f", alone+object("projectcontour.io/v1", "HTTPProxy", "other"))...), NotExposed},
		"the same, and an alias": {running(decode(t, "f", alone+object("projectcontour.io/v1", "HTTPProxy", "other")+
			"---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: other}\nspec: {type: ExternalName, externalName: web.shop.svc}\n")...), Unknown},
		"the same, and an alias of an alias": {running(decode(t, "f", alone+object("projectcontour.io/v1", "HTTPProxy", "other")+
			"---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: other}\nspec: {type: ExternalName, externalName: b.middle.svc}\n"+
			"---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: middle}\nspec: {type: ExternalName, externalName: web.shop.svc}\n")...), Unknown},
		"one that leads anywhere":                   {running(decode(t, "f", alone+object("traefik.io/v1alpha1", "IngressRoute", "other"))...), Unknown},
		"an undecodable Service":                    {running(decode(t, "f", alone+"---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: other}\nspec: {ports: [7]}\n")...), Unknown},
		"a policy not understood is no door":        {running(decode(t, "f", alone+object("crd.nsx.vmware.com/v1alpha1", "SecurityPolicy", "shop"))...), NotExposed},
		"an alias of nothing understood is no door": {running(decode(t, "f", alone+"---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: other}\nspec: {type: ExternalName, externalName: web.shop.svc}\n")...), NotExposed},
	} {
		if got := verdicts(c.snapshot)[web]; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Of one object in two files each counts, and the workload once.
func TestDuplicates(t *testing.T) {
	service := func(kind string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: " + kind + ", selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}\n"
	}
	changes := append(decode(t, "a.yaml", alone), decode(t, "b.yaml", alone)...)
	changes = append(changes, decode(t, "c.yaml", service("NodePort"))...)
	changes = append(changes, decode(t, "d.yaml", service("NodePort"))...)
	changes = append(changes, decode(t, "e.yaml", service("ClusterIP"))...)
	v := written(changes...).View()
	list := Of(v, "").Standings(v, Under(v, netpol.Profile{}), nil)
	if len(list) != 1 || len(list[0].Entrances) != 1 || list[0].Verdict != Exposed {
		t.Fatalf("%+v", list)
	}
	evidence := list[0].Entrances[0].Evidence
	if evidence[0].File != "c.yaml" || evidence[0].Line != 4 || evidence[0].Path != "spec.type" {
		t.Errorf("%+v", evidence)
	}
}

// Each step of a path shows its object, field, value and line.
func TestEvidence(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/ingress.txtar")
	if err != nil {
		t.Fatal(err)
	}
	m := Of(caseOf(t, "nginx", content(archive, "common.yaml"), content(archive, "nginx.yaml")).View(), "")
	var got []string
	for _, e := range m.Paths[1].Evidence {
		got = append(got, fmt.Sprintf("%s:%d %s %s=%s", e.File, e.Line, e.Object.Kind, e.Path, e.Value))
	}
	want := []string{
		`nginx.yaml:13 Ingress spec.ingressClassName=nginx`,
		`nginx.yaml:4 IngressClass spec.controller=k8s.io/ingress-nginx`,
		`nginx.yaml:11 Ingress metadata.annotations["nginx.ingress.kubernetes.io/whitelist-source-range"]=203.0.113.0/24, 198.51.100.7`,
		`nginx.yaml:11 Ingress metadata.annotations["nginx.ingress.kubernetes.io/denylist-source-range"]=203.0.113.9`,
		`nginx.yaml:14 Ingress spec.tls=`,
		`nginx.yaml:16 Ingress spec.rules[0].host=shop.example.com`,
		`nginx.yaml:17 Ingress spec.rules[0].http.paths[0].backend.service.name=web`,
		`nginx.yaml:17 Ingress spec.rules[0].http.paths[0].backend.service.port=web`,
		`common.yaml:13 Service spec.selector=app=web`,
		`common.yaml:7 Deployment spec.template.metadata.labels=app=web`,
		`common.yaml:13 Service spec.ports[0].targetPort=http`,
		`common.yaml:8 Deployment spec.template.spec.containers[0].ports[0].name=http`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Ten readings of everything at once are the same.
func TestTheSameEachTime(t *testing.T) {
	var changes []snapshot.Change
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range archive.Files {
			if strings.HasSuffix(archive.Files[i].Name, ".yaml") {
				changes = append(changes, decode(t, file+archive.Files[i].Name, string(archive.Files[i].Data))...)
			}
		}
	}
	first := ""
	for range 10 {
		v := running(changes...).View()
		m := Of(v, "")
		text := describe(m)
		for _, s := range m.Standings(v, Under(v, netpol.Profile{}), nil) {
			text += fmt.Sprintln(s.Workload.Object.ID, s.Verdict, s.Reasons, s.NotSupplied)
		}
		for i := range m.Paths {
			text += fmt.Sprintln(m.Paths[i].Evidence, m.Paths[i].Conditions)
		}
		if first == "" {
			first = text
		}
		if text != first {
			t.Fatalf("first:\n%s\nthen:\n%s", first, text)
		}
	}
}
