package report

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

// manyAccepted is a scan in which one exception covers findings of many objects, and
// as many controls of one of them.
func manyAccepted(objects, controls int) Scan {
	scan := empty()
	add := func(control string, o model.Ref) {
		f := field(control, model.High, o, "spec.x", "true", "", 0, "x")
		f.Exception = &model.Exception{Reason: "part of the cluster", Owner: "ops@example.com", Source: "built-in"}
		scan.Result.Excepted = append(scan.Result.Excepted, f)
	}
	for i := range objects {
		o := object("apps", "v1", "DaemonSet", "kube-system", fmt.Sprintf("part-%03d", i))
		add("privileged-container", o)
		add("privileged-container", o) // of another container
		add("host-network", o)
	}
	for i := range controls {
		add(fmt.Sprintf("control-%03d", i), object("apps", "v1", "DaemonSet", "kube-system", "part-000"))
	}
	scan.Result.Sort()
	return scan
}

func TestAcceptedIsListed(t *testing.T) {
	for _, f := range []Format{Table, Markdown} {
		few := string(render(t, f, manyAccepted(acceptedLimit, 0), Options{}))
		for i := range acceptedLimit {
			name := fmt.Sprintf("kube-system/part-%03d[DaemonSet]", i)
			if f == Markdown {
				name = "`" + name + "`"
			}
			if want := name + ": host-network, privileged-container (2)\n"; !strings.Contains(few, want) {
				t.Errorf("%s: not there: %s\n%s", f, want, few)
			}
		}
		if strings.Contains(few, "lists them") || strings.Contains(few, "list them") {
			t.Errorf("%s: something is left out:\n%s", f, few)
		}
	}
}

// What is left out is counted, and shown with All.
func TestAcceptedIsCountedWhereItIsMuch(t *testing.T) {
	scan := manyAccepted(100, 40)
	for _, f := range []Format{Table, Markdown} {
		out := string(render(t, f, scan, Options{}))
		if n := strings.Count(out, "[DaemonSet]"); n != acceptedShown {
			t.Errorf("%s: %d objects are listed:\n%s", f, n, out)
		}
		for _, want := range []string{
			fmt.Sprintf("… and %d more findings on %d objects: --all and -o json list them", 3*(100-acceptedShown), 100-acceptedShown),
			fmt.Sprintf("… and %d more controls: --all and -o json list them", 40+2-controlsShown),
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: not there: %s\n%s", f, want, out)
			}
		}
		out = string(render(t, f, scan, Options{All: true}))
		if strings.Count(out, "[DaemonSet]") != 100 || strings.Count(out, "control-0") != 40 || strings.Contains(out, "list them") {
			t.Errorf("%s: All leaves something out:\n%s", f, out)
		}
	}
}

// Every other format lists each finding that is accepted.
func TestAcceptedIsListedElsewhere(t *testing.T) {
	for f, pattern := range map[Format]string{
		JSON: `"exception":{`, YAML: "exception:", SARIF: `"suppressions"`, JUnit: "accepted: part of the cluster", HTML: "part-0",
	} {
		out := string(render(t, f, manyAccepted(50, 0), Options{}))
		if f == HTML { // the page's data names each object once
			for i := range 50 {
				if !strings.Contains(out, fmt.Sprintf("part-%03d", i)) {
					t.Errorf("html: part-%03d is not there", i)
				}
			}
			continue
		}
		if n := strings.Count(out, pattern); n != 150 {
			t.Errorf("%s: %d of 150 are listed", f, n)
		}
	}
}

// With more exceptions than fit, a comment says how many it leaves out.
func TestAcceptedFitsAComment(t *testing.T) {
	scan := empty()
	for i := range 5000 {
		f := field("host-network", model.High, object("apps", "v1", "DaemonSet", "shop", fmt.Sprintf("part-%04d", i)), "spec.x", "true", "", 0, "x")
		f.Exception = &model.Exception{Reason: fmt.Sprintf("reason %d", i), Source: "exceptions.yaml"}
		scan.Result.Excepted = append(scan.Result.Excepted, f)
	}
	out := string(render(t, Markdown, scan, Options{}))
	listed := strings.Count(out, "[DaemonSet]")
	if len(out) > 65_536 || listed == 5000 || !strings.Contains(out, "… and "+count(5000-listed, "more exception")+": `-o json` lists them") {
		t.Errorf("%d bytes with %d of 5000 exceptions", len(out), listed)
	}
}
