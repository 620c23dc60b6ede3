package report

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// chromium is the path of the browser. Without one the test is skipped, or fails
// where everything has to run.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const message = "needs Chromium: apt-get install chromium"
	if os.Getenv("HOLDFAST_TEST_ALL") == "1" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// visit opens a page in a headless browser and returns its document after the
// script ran, and what the browser logged of it.
func visit(t *testing.T, url string, more ...string) (dom, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom"}, more...)
	cmd := exec.CommandContext(ctx, chromium(t), append(args, url)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// site serves the pages and counts every request that is not for one of them.
type site struct {
	*httptest.Server
	stray atomic.Int32
}

func serve(t *testing.T, scans map[string]Scan) *site {
	t.Helper()
	pages := map[string][]byte{}
	for name, scan := range scans {
		pages["/"+name] = render(t, HTML, scan, Options{})
	}
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			if r.URL.Path != "/favicon.ico" { // the browser's own idea
				s.stray.Add(1)
			}
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

// complaints are what the console says of errors: script errors and what the
// page's policy refused.
func complaints(log string) []string {
	return regexp.MustCompile(`(?m)^.*CONSOLE.*$`).FindAllString(log, -1)
}

func TestPageInABrowser(t *testing.T) {
	chromium(t)
	site := serve(t, map[string]Scan{"sample": sample(), "hostile": hostileScan(), "empty": empty(), "timed": timed(), "framed": framed()})
	tests := []struct {
		name, page  string
		want        []string
		wantNot     []string
		groups, row int // elements expected; -1: any number
	}{
		{name: "everything", page: "sample", groups: 9, row: 0,
			want: []string{"51 findings of 9 kinds.", "examples/shop", "Failed and incomplete"}},
		{name: "severity", page: "sample#sev=critical", groups: 2, row: 0,
			want: []string{"3 of 51 findings, of 2 kinds."}, wantNot: []string{`<span class="badge low">low</span><span class="title">`}},
		{name: "control opens its only group", page: "sample#control=run-as-root", groups: 1, row: 10,
			want: []string{"10 of 51 findings, of 1 kind.", "…securityContext.runAsNonRoot not set", "deploy/cart.yaml:18"}},
		{name: "namespace", page: "sample#ns=monitoring", groups: 2, row: 0, want: []string{"2 of 51 findings"}},
		{name: "layer", page: "sample#layer=network", groups: 1, row: 10, want: []string{"10 of 51 findings"}},
		{name: "text", page: "sample#q=payment+api_key", groups: 1, row: 1, want: []string{"1 of 51 findings", "API_KEY"}},
		{name: "wide characters", page: "sample#q=%E6%9D%B1%E4%BA%AC", groups: 1, row: 1, want: []string{"東京-ジョブ"}},
		{name: "nothing matches", page: "sample#q=nosuchthing", groups: 0, row: 0, want: []string{"No finding matches the filter."}},
		{name: "accepted", page: "sample#accepted=1&control=privileged-container", groups: 1, row: 3, want: []string{"3 of 53 findings", ">accepted</span>"}},
		{name: "framework", page: "framed", groups: 9, row: 0, want: []string{"1 of 9 requirements met, 3 fail, 4 unknown, 1 does not apply", `href="#control=host-pid&amp;accepted=1"`}},
		{name: "findings of a requirement", page: "framed#control=host-pid&accepted=1", groups: 1, row: 1, want: []string{"1 of 54 findings", ">accepted</span>"}},
		{name: "empty", page: "empty", groups: 0, row: 0, want: []string{"There are no findings.", "Nothing was judged"}},
		{name: "hostile", page: "hostile#control=privileged-container", groups: 1, row: 1, want: []string{`&lt;/script&gt;&lt;img src=x`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dom, log := visit(t, site.URL+"/"+test.page)
			markup, _, _ := strings.Cut(dom, `<script type="application/json"`)
			if !strings.Contains(dom, `data-ready="1"`) {
				t.Fatalf("the script did not get to its end\n%s", log)
			}
			for _, want := range test.want {
				if !strings.Contains(markup, want) {
					t.Errorf("%q is not in the page", want)
				}
			}
			for _, not := range append(test.wantNot, "<img", "<title>XSS") {
				if strings.Contains(markup, not) {
					t.Errorf("%q is in the page", not)
				}
			}
			if n := strings.Count(markup, `<details class="group card"`); n != test.groups {
				t.Errorf("%d groups, want %d", n, test.groups)
			}
			if n := strings.Count(markup, `<details class="finding"`); n != test.row {
				t.Errorf("%d findings, want %d", n, test.row)
			}
			for _, line := range complaints(log) {
				t.Errorf("the browser complains: %s", line)
			}
		})
	}
	if n := site.stray.Load(); n != 0 {
		t.Errorf("the pages made %d requests", n)
	}
}

// A large report must be usable at once: opening it, filtering it and opening a
// group of thousands take less than the virtual time of the browser.
func TestLargePageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("renders 20,000 findings")
	}
	chromium(t)
	site := serve(t, map[string]Scan{"large": large(20_000)})
	start := time.Now()
	dom, log := visit(t, site.URL+"/large#control=run-as-root")
	took := time.Since(start)
	if !strings.Contains(dom, "2,857 of 20,000 findings, of 1 kind.") || strings.Count(dom, `<details class="finding"`) != 50 {
		t.Error("the page does not show the first of 2,857 findings")
	}
	for _, line := range complaints(log) {
		t.Errorf("the browser complains: %s", line)
	}
	t.Logf("opened and filtered in %v, the start of the browser included", took)
	if took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// The policy of the page refuses what a hole in the escaping would let in.
func TestThePolicyOfThePageHolds(t *testing.T) {
	chromium(t)
	page := render(t, HTML, sample(), Options{})
	planted := bytes.Replace(page, []byte("<main "), []byte(`<script>document.title="planted"</script><img src="/stray.png"><main `), 1)
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stray.png" {
			requests.Add(1)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(planted)
	}))
	defer server.Close()
	dom, log := visit(t, server.URL)
	if strings.Contains(dom, "<title>planted") || requests.Load() != 0 {
		t.Error("a planted script or image got through")
	}
	if len(complaints(log)) == 0 {
		t.Error("nothing was refused")
	}
}

// TestScreenshots writes pictures for a person to look at, when told where to.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("HOLDFAST_SCREENSHOTS")
	if dir == "" {
		return // not a skip: nothing is tested here
	}
	site := serve(t, map[string]Scan{"sample": sample(), "large": large(20_000), "empty": empty(), "hostile": hostileScan(), "framed": framed()})
	dark := "--blink-settings=preferredColorScheme=0"
	for name, shot := range map[string]struct {
		page          string
		width, height int
		more          []string
	}{
		"light":    {"sample", 1280, 4200, nil},
		"dark":     {"sample", 1280, 2600, []string{dark}},
		"control":  {"sample#control=run-as-root", 1280, 1100, nil},
		"darkopen": {"sample#q=privileged&accepted=1", 1280, 1100, []string{dark}},
		"narrow":   {"sample", 390, 4200, nil},
		"detail":   {"sample#control=run-as-root", 390, 1600, nil},
		"large":    {"large#control=run-as-root", 1280, 1600, nil},
		"empty":    {"empty", 1280, 900, nil},
		"framed":   {"framed", 1280, 1500, nil},
		"hostile":  {"hostile#control=privileged-container", 1280, 1600, nil},
	} {
		flags := append(shot.more, fmt.Sprintf("--window-size=%d,%d", max(500, shot.width), shot.height), "--hide-scrollbars", fmt.Sprintf("--screenshot=%s/%s.png", dir, name))
		if shot.width >= 500 {
			visit(t, site.URL+"/"+shot.page, flags...)
			continue
		}
		// A frame, because a headless window cannot be as narrow as a telephone.
		frame := fmt.Sprintf(`<!doctype html><body style="margin:0"><iframe src="%s" style="border:0;width:%dpx;height:%dpx"></iframe>`, site.URL+"/"+shot.page, shot.width, shot.height)
		file := filepath.Join(t.TempDir(), "frame.html")
		if err := os.WriteFile(file, []byte(frame), 0o600); err != nil {
			t.Fatal(err)
		}
		visit(t, "file://"+file, flags...)
	}
	visit(t, site.URL+"/sample", "--no-pdf-header-footer", fmt.Sprintf("--print-to-pdf=%s/print.pdf", dir))
}
