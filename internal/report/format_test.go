package report

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

func TestTableKeepsToTheWidth(t *testing.T) {
	for _, width := range []int{20, 40, 60, 80, 100, 120, 200} {
		for name, scan := range map[string]Scan{"sample": sample(), "framed": framed(), "hostile": hostileScan(), "large": large(300)} {
			for i, line := range strings.Split(string(render(t, Table, scan, Options{Width: width})), "\n") {
				if w := textWidth(line); w > max(width, narrowest) {
					t.Errorf("%s at %d: line %d is %d wide: %s", name, width, i+1, w, line)
				}
			}
		}
	}
}

func TestTableColumnsAlign(t *testing.T) {
	lines := strings.Split(string(render(t, Table, sample(), Options{Width: 120})), "\n")
	columns := map[int]bool{}
	for _, line := range lines {
		if at := strings.Index(line, "metadata.namespace = default"); at >= 0 {
			columns[textWidth(line[:at])] = true
		}
	}
	if len(columns) != 1 {
		t.Errorf("the evidence of wide and narrow names starts at %v", columns)
	}
}

func TestPathsAreCutBetweenFields(t *testing.T) {
	for _, test := range []struct {
		path  string
		width int
		want  string
	}{
		{"spec.containers[0].image", 24, "spec.containers[0].image"},
		{"spec.containers[0].image", 23, "…containers[0].image"},
		{"spec.containers[0].image", 19, "…image"},
		{"spec.containers[0].image", 5, "…mage"},
		{`data["application.yaml"]`, 23, `…["application.yaml"]`},
		{`metadata.annotations["a.b/c\".d"].x`, 25, `…["a.b/c\".d"].x`},
	} {
		if got := fitPath(test.path, test.width); got != test.want {
			t.Errorf("fitPath(%s, %d) = %s, want %s", test.path, test.width, got, test.want)
		}
	}
}

func TestTableCountsWhatItCollapses(t *testing.T) {
	scan := large(20_000)
	collapsed := string(render(t, Table, scan, Options{Width: 120}))
	total := 0
	for _, m := range regexp.MustCompile(`… and ([\d,]+) more`).FindAllStringSubmatch(collapsed, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	listed := strings.Count(collapsed, ".yaml:")
	gaps := 3 // name such files too
	if total+listed-gaps != 20_000 {
		t.Errorf("%d listed and %d counted of 20,000", listed-gaps, total)
	}
	if lines := strings.Count(collapsed, "\n"); lines > 130 {
		t.Errorf("%d lines", lines)
	}
	all := string(render(t, Table, scan, Options{Width: 120, All: true}))
	if strings.Contains(all, "… and") || strings.Count(all, ".yaml:")-gaps != 20_000 {
		t.Error("with All something is left out")
	}
}

func TestMarkdownFitsAComment(t *testing.T) {
	out := render(t, Markdown, large(20_000), Options{})
	if len(out) > 65_536 {
		t.Errorf("%d bytes", len(out))
	}
	listed := strings.Count(string(out), "- `team-")
	m := regexp.MustCompile(`\*\*([\d,]+) more findings are left out\*\*`).FindSubmatch(out)
	if m == nil {
		t.Fatal("what is left out is not said")
	}
	left, err := strconv.Atoi(strings.ReplaceAll(string(m[1]), ",", ""))
	if err != nil || left+listed != 20_000 {
		t.Errorf("%d listed and %d left out of 20,000", listed, left)
	}
	if all := render(t, Markdown, large(2_000), Options{All: true}); strings.Count(string(all), "- `team-") != 2_000 {
		t.Error("with All something is left out")
	}
}

// log is what the tests read of SARIF.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID, HelpURI string
					Help        struct{ Text, Markdown string }
					Properties  map[string]any
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct{ Level string }
		}
		OriginalURIBaseIDs map[string]struct{ URI string }
		Results            []sarifResult
	}
}

type sarifResult struct {
	RuleID              string
	RuleIndex           int
	Level               string
	Message             struct{ Text string }
	PartialFingerprints map[string]string
	Locations           []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI, URIBaseID string }
			Region           *struct{ StartLine int }
			Properties       map[string]any
		}
		LogicalLocations []struct{ FullyQualifiedName string }
	}
	RelatedLocations []struct{ Message struct{ Text string } }
	Suppressions     []struct{ Kind, Status, Justification string }
	Fixes            []struct {
		ArtifactChanges []struct {
			ArtifactLocation struct{ URI string }
			Replacements     []struct {
				DeletedRegion   struct{ StartLine, StartColumn, EndColumn int }
				InsertedContent struct{ Text string }
			}
		}
	}
}

func sarifOf(t *testing.T, scan Scan) log {
	t.Helper()
	var l log
	if err := json.Unmarshal(render(t, SARIF, scan, Options{}), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSARIFIsReadyForCodeScanning(t *testing.T) {
	scan := sample()
	run := sarifOf(t, scan).Runs[0]
	if len(run.Results) != len(scan.Result.Findings)+len(scan.Result.Excepted) {
		t.Fatalf("%d results", len(run.Results))
	}
	severities := map[string]string{"privileged-container": "9.5", "run-as-root": "8.0", "no-network-policy": "5.5", "no-resource-limits": "3.0", "default-namespace": "0.0"}
	for i, rule := range run.Tool.Driver.Rules {
		if want := severities[rule.ID]; want != "" && rule.Properties["security-severity"] != want {
			t.Errorf("%s: security-severity %v, want %s", rule.ID, rule.Properties["security-severity"], want)
		}
		if rule.Help.Text == "" || !strings.HasPrefix(rule.Help.Markdown, "## ") {
			t.Errorf("rule %d, %s, has no help", i, rule.ID)
		}
	}
	for i, result := range run.Results {
		if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
			t.Errorf("result %d points to another rule", i)
		}
		place := result.Locations[0].PhysicalLocation
		if uri := place.ArtifactLocation.URI; uri == "" || strings.HasPrefix(uri, "/") || place.ArtifactLocation.URIBaseID != "%SRCROOT%" {
			t.Errorf("result %d: location %q", i, uri)
		}
		if place.Region != nil && place.Region.StartLine < 1 {
			t.Errorf("result %d: line %d", i, place.Region.StartLine)
		}
		if len(result.PartialFingerprints["holdfast/v1"]) != 32 {
			t.Errorf("result %d: fingerprints %v", i, result.PartialFingerprints)
		}
		if excepted := i >= len(scan.Result.Findings); excepted != (len(result.Suppressions) == 1) {
			t.Errorf("result %d: suppressions %v", i, result.Suppressions)
		}
	}
	if run.Invocations[0].ExecutionSuccessful || len(run.Invocations[0].ToolExecutionNotifications) != len(scan.Result.Gaps) {
		t.Errorf("gaps: %+v", run.Invocations)
	}
	scan.Result.Gaps = []model.Gap{{Reason: "x", Skipped: true}}
	if !sarifOf(t, scan).Runs[0].Invocations[0].ExecutionSuccessful {
		t.Error("skipped input makes the execution fail")
	}
}

func TestSARIFDetails(t *testing.T) {
	scan := sample()
	run := sarifOf(t, scan).Runs[0]
	byObject := map[string]sarifResult{}
	for _, result := range run.Results {
		byObject[result.RuleID+" "+result.Locations[0].LogicalLocations[0].FullyQualifiedName] = result
	}
	web := byObject["privileged-container shop/web[Deployment]"]
	replacement := web.Fixes[0].ArtifactChanges[0].Replacements[0]
	if web.Level != "error" || web.Locations[0].PhysicalLocation.ArtifactLocation.URI != "deploy/web.yaml" || web.Locations[0].PhysicalLocation.Region.StartLine != 21 ||
		replacement.DeletedRegion.StartColumn != 25 || replacement.DeletedRegion.EndColumn != 29 || replacement.InsertedContent.Text != "false" {
		t.Errorf("web: %+v", web)
	}
	live := byObject["default-namespace default/debug[Pod]"].Locations[0].PhysicalLocation
	if live.ArtifactLocation.URI != "cluster/default/Pod/debug" || live.Region != nil || live.Properties["synthetic"] != true {
		t.Errorf("a live object: %+v", live)
	}
	role := byObject["wildcard-clusterrole ci-deployer[ClusterRole]"]
	if len(role.RelatedLocations) != 3 || role.RelatedLocations[2].Message.Text != "roleRef.name = ci-deployer" {
		t.Errorf("further evidence: %+v", role.RelatedLocations)
	}
	legacy := byObject["run-as-root shop/legacy-db[StatefulSet]"].Suppressions[0]
	if legacy.Kind != "external" || legacy.Status != "accepted" || legacy.Justification != "migration planned for Q1, SEC-1207 (data-team@example.com), until 2027-03-31" {
		t.Errorf("suppression: %+v", legacy)
	}
}

func TestSARIFURIs(t *testing.T) {
	for _, test := range []struct{ root, file, uri, base string }{
		{"", "deploy/web.yaml", "deploy/web.yaml", "%SRCROOT%"},
		{"", "./deploy/../web.yaml", "web.yaml", "%SRCROOT%"},
		{"/src", "/src/deploy/web.yaml", "deploy/web.yaml", "%SRCROOT%"},
		{"/src", "/srcs/web.yaml", "file:///srcs/web.yaml", ""},
		{"", "sha256:ab/layer:etc/passwd", "sha256%3Aab/layer%3Aetc/passwd", "%SRCROOT%"},
		{"", "my charts/wéb#1?.yaml", "my%20charts/w%C3%A9b%231%3F.yaml", "%SRCROOT%"},
		{"", "audit:7f", "audit%3A7f", "%SRCROOT%"},
	} {
		scan := empty()
		scan.Root = test.root
		o := object("", "v1", "Pod", "a", "b")
		scan.Result.Findings = []model.Finding{{Control: "c", Object: o, Evidence: []model.Evidence{{Object: o, File: test.file}}}}
		got := sarifOf(t, scan).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation
		if got.URI != test.uri || got.URIBaseID != test.base {
			t.Errorf("%q below %q: %q on %q, want %q on %q", test.file, test.root, got.URI, got.URIBaseID, test.uri, test.base)
		}
	}
	for want, id := range map[string]model.ID{
		"cluster/shop/Deployment.apps/web":                             {Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"},
		"cluster/ClusterRole.rbac.authorization.k8s.io/system%3Aadmin": {Group: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "system:admin"},
		"clusters/prod%2Feu/Node/n1":                                   {Cluster: "prod/eu", Kind: "Node", Name: "n1"},
	} {
		if got := syntheticURI(id); got != want {
			t.Errorf("%v: %s, want %s", id, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, test := range []struct {
		reference   model.Reference
		label, link string
	}{
		{model.MITRE("T1611"), "MITRE T1611", "https://attack.mitre.org/techniques/T1611/"},
		{model.MITRE("T1078.004"), "MITRE T1078.004", "https://attack.mitre.org/techniques/T1078/004/"},
		{model.MITRE("../x"), "MITRE ../x", ""},
		{model.CWE("CWE-250"), "CWE-250", "https://cwe.mitre.org/data/definitions/250.html"},
		{model.CWE("CWE-x"), "CWE-x", ""},
		{model.Docs("concepts/security/#a"), "Kubernetes: security", "https://kubernetes.io/docs/concepts/security/#a"},
		{model.Docs(`x"><script>`), `Kubernetes: x"><script>`, "https://kubernetes.io/docs/x%22%3E%3Cscript%3E"},
		{model.Reference{Catalogue: "KEP", ID: "2579"}, "KEP 2579", "https://kep.k8s.io/2579"},
		{model.Reference{Catalogue: "Other", ID: "javascript:alert(1)"}, "Other javascript:alert(1)", ""},
	} {
		if label, link := label(test.reference), link(test.reference); label != test.label || link != test.link {
			t.Errorf("%v: %q %q, want %q %q", test.reference, label, link, test.label, test.link)
		}
	}
}

// Text and the colours of its backgrounds differ by at least 4.5 to 1, which WCAG
// 2 asks for at level AA, in both themes.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("page/page.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s)--bg: #[^}]*}`).FindAllString(string(css), -1)
	if len(blocks) < 3 {
		t.Fatalf("%d themes", len(blocks))
	}
	pairs := [][2]string{{"text", "bg"}, {"text", "surface"}, {"text", "sunken"}, {"muted", "bg"}, {"muted", "surface"}, {"muted", "sunken"}, {"accent", "bg"}, {"accent", "surface"}, {"good", "good-bg"}, {"good", "surface"}}
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		pairs = append(pairs, [2]string{severity, severity + "-bg"}, [2]string{severity, "surface"})
	}
	for i, block := range blocks {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]+);`).FindAllStringSubmatch(block, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, pair := range pairs {
			a, b := colours[pair[0]], colours[pair[1]]
			if ratio := (math.Max(a, b) + .05) / (math.Min(a, b) + .05); ratio < 4.5 {
				t.Errorf("theme %d: %s on %s is %.2f to 1", i, pair[0], pair[1], ratio)
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%c%c%c%c%c", hex[0], hex[0], hex[1], hex[1], hex[2], hex[2])
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*channel(n>>16) + .7152*channel(n>>8) + .0722*channel(n)
}
