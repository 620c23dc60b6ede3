package auditlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/sourcetest"
)

// line is an event with what a test says of it.
func line(id, verb, uri, more string) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":%q,"stage":"ResponseComplete","verb":%q,"requestURI":%q,`+
		`"user":{"username":"jane","groups":["dev"]},"requestReceivedTimestamp":"2026-01-10T10:00:00.000001Z"%s}`, id, verb, uri, more)
}

const allowed = `,"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by x"}`

// read returns the uses as text, and the gaps.
func read(t *testing.T, options Options) (uses []string, gaps []string, summary Summary) {
	t.Helper()
	summary, err := New(options).Read(t.Context(), func(u *least.Use) error {
		uses = append(uses, show(u))
		return nil
	}, func(gap model.Gap) {
		gaps = append(gaps, fmt.Sprintf("%s:%d: %s", filepath.Base(gap.File), gap.Line, gap.Reason))
	})
	if err != nil {
		t.Fatal(err)
	}
	return uses, gaps, summary
}

func show(u *least.Use) string {
	r := u.Request
	resource := r.Group + "/" + r.Resource
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	if r.Path != "" {
		resource = "URL " + r.Path
	}
	return fmt.Sprintf("%s %s by %s: %s %s %s/%s", u.Who.User, u.Verdict, u.By, r.Verb, resource, r.Namespace, r.Name)
}

func TestUses(t *testing.T) {
	imp := func(body, more string) string {
		return allowed + `,"impersonatedUser":` + body + more
	}
	tests := map[string]struct {
		line string
		want []string
	}{
		"get":                     {line("1", "get", "/api/v1/namespaces/shop/pods/web", allowed), []string{"jane allowed by RBAC: get /pods shop/web"}},
		"name from the body":      {line("1", "create", "/api/v1/namespaces/shop/pods", allowed+`,"objectRef":{"resource":"pods","namespace":"shop","name":"web"}`), []string{"jane allowed by RBAC: create /pods shop/"}},
		"without URI":             {line("1", "create", "", allowed+`,"objectRef":{"resource":"pods","namespace":"shop","name":"web"}`), []string{"jane allowed by RBAC: create /pods shop/"}},
		"subresource without URI": {line("1", "create", "", allowed+`,"objectRef":{"resource":"pods","subresource":"exec","namespace":"shop","name":"web"}`), []string{"jane allowed by RBAC: create /pods/exec shop/web"}},
		"selected by name":        {line("1", "list", "/api/v1/secrets?fieldSelector=metadata.name%3Ddb", allowed), []string{"jane allowed by RBAC: list /secrets /db"}},
		"deletecollection":        {line("1", "deletecollection", "/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Ddb", allowed), []string{"jane allowed by RBAC: deletecollection /pods shop/"}},
		"a namespace":             {line("1", "get", "/api/v1/namespaces/shop", allowed), []string{"jane allowed by RBAC: get /namespaces shop/shop"}},
		"a URL":                   {line("1", "get", "/metrics", allowed), []string{"jane allowed by RBAC: get URL /metrics /"}},
		"created by apply": {line("1", "patch", "/apis/apps/v1/namespaces/shop/deployments/web", allowed+`,"responseStatus":{"code":201}`),
			[]string{"jane allowed by RBAC: patch apps/deployments shop/web", "jane allowed by RBAC: create apps/deployments shop/web"}},
		"forbidden": {line("1", "get", "/metrics", `,"annotations":{"authorization.k8s.io/decision":"forbid"}`), []string{"jane denied by not said: get URL /metrics /"}},
		"overload":  {line("1", "get", "/metrics", `,"responseStatus":{"code":429}`), []string{"jane unknown by not said: get URL /metrics /"}},
		"served":    {line("1", "get", "/metrics", `,"responseStatus":{"code":200}`), []string{"jane allowed by not said: get URL /metrics /"}},
		"unauthorized": {line("1", "get", "/metrics", `,"responseStatus":{"code":401}`),
			[]string{"jane denied by not said: get URL /metrics /"}},
		"webhook": {line("1", "get", "/metrics", `,"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"because"}`),
			[]string{"jane allowed by another authorizer: get URL /metrics /"}},
		"as a user": {line("1", "get", "/metrics", imp(`{"username":"joe","uid":"7","groups":["ops","system:authenticated"],"extra":{"a":["x","y"]}}`, "")), []string{
			"joe allowed by RBAC: get URL /metrics /",
			"jane allowed by not said: impersonate /users /joe", "jane allowed by not said: impersonate authentication.k8s.io/uids /7",
			"jane allowed by not said: impersonate /groups /ops",
			"jane allowed by not said: impersonate authentication.k8s.io/userextras/a /x", "jane allowed by not said: impersonate authentication.k8s.io/userextras/a /y",
		}},
		"as an account": {line("1", "get", "/metrics", imp(`{"username":"system:serviceaccount:shop:web","groups":["system:serviceaccounts","system:serviceaccounts:shop","system:authenticated"]}`, "")), []string{
			"system:serviceaccount:shop:web allowed by RBAC: get URL /metrics /", "jane allowed by not said: impersonate /serviceaccounts shop/web",
		}},
		"as a node, constrained": {line("1", "get", "/api/v1/nodes/n", imp(`{"username":"system:node:n","groups":["system:nodes"]}`, `,"authenticationMetadata":{"impersonationConstraint":"impersonate:associated-node"}`)), []string{
			"system:node:n allowed by RBAC: get /nodes /n", "jane allowed by not said: impersonate-on:associated-node:get /nodes /n",
			"jane allowed by not said: impersonate:associated-node authentication.k8s.io/nodes /*",
		}},
		"received only": {strings.Replace(line("1", "get", "/metrics", allowed), "ResponseComplete", "RequestReceived", 1) + "\n" + line("2", "get", "/a", allowed), []string{"jane allowed by RBAC: get URL /a /"}},
		"a watch": {strings.Replace(line("1", "watch", "/api/v1/pods?watch=1", allowed), "ResponseComplete", "ResponseStarted", 1) + "\n" + line("1", "watch", "/api/v1/pods?watch=1", allowed),
			[]string{"jane allowed by RBAC: watch /pods /"}},
		"one ID chosen by the client": {line("1", "get", "/a", allowed) + "\n" + line("1", "get", "/b", allowed), []string{"jane allowed by RBAC: get URL /a /", "jane allowed by RBAC: get URL /b /"}},
		"a panic":                     {strings.Replace(line("1", "get", "/a", allowed), "ResponseComplete", "Panic", 1), []string{"jane allowed by RBAC: get URL /a /"}},
		"v1beta1":                     {strings.Replace(line("1", "get", "/a", allowed), "k8s.io/v1", "k8s.io/v1beta1", 1), []string{"jane allowed by RBAC: get URL /a /"}},
		"bodies":                      {line("1", "get", "/a", allowed+`,"requestObject":{"a":1,"a":2,"b":"`+"\xff"+`"}`), []string{"jane allowed by RBAC: get URL /a /"}},
		"a list":                      {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + strings.Replace(line("1", "get", "/a", allowed), `"kind":"Event","apiVersion":"audit.k8s.io/v1",`, "", 1) + "," + line("2", "get", "/b", allowed) + `]}`, []string{"jane allowed by RBAC: get URL /a /", "jane allowed by RBAC: get URL /b /"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			uses, gaps, _ := read(t, Options{Paths: []string{"-"}, Stdin: strings.NewReader(test.line)})
			if strings.Join(uses, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(uses, "\n"), strings.Join(test.want, "\n"))
			}
			if len(gaps) > 0 {
				t.Errorf("gaps: %v", gaps)
			}
		})
	}
}

// What cannot be read is told with its line, and the rest is used.
func TestGaps(t *testing.T) {
	good := line("1", "get", "/a", allowed)
	tests := map[string]struct {
		text string
		gap  string
		uses int
	}{
		"half a line":   {good + "\n" + good[:40], "-:2: not an audit event", 1},
		"no event":      {"\n\n" + `{"kind":"Pod","apiVersion":"v1"}` + "\n" + good, `-:3: not an audit event: it is "Pod" of "v1"`, 1},
		"old version":   {strings.Replace(good, "k8s.io/v1", "k8s.io/v1alpha1", 1), "-:1: audit.k8s.io/v1alpha1 is not read", 0},
		"legacy format": {`2026-01-10T10:00:00Z AUDIT: id="1"` + "\n" + good, "-:1: not an audit event", 1},
		"no stage":      {strings.Replace(good, "ResponseComplete", "Later", 1), `-:1: not an audit event: "Later" is no stage`, 0},
		"no request":    {strings.NewReplacer(`"/a"`, `""`, `"get"`, `""`).Replace(good), "-:1: not an audit event: it names no request", 0},
		"a long line":   {`{"a":"` + strings.Repeat("x", maxLineBytes) + `"}` + "\n" + good, "-:1: the line has more than 16 MiB", 1},
		"an item":       {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"stage":7},` + good + `]}`, "-:1: not an audit event", 1},
		"received only": {strings.Replace(good, "ResponseComplete", "RequestReceived", 1), ":0: the log holds stage RequestReceived only", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			uses, gaps, _ := read(t, Options{Paths: []string{"-"}, Stdin: strings.NewReader(test.text)})
			if len(uses) != test.uses {
				t.Errorf("%d uses, want %d", len(uses), test.uses)
			}
			if len(gaps) != 1 || !strings.HasPrefix(strings.TrimPrefix(gaps[0], "."), test.gap) {
				t.Errorf("gaps %q, want one that begins with %q", gaps, test.gap)
			}
		})
	}
}

// Files, folders of rotated files and compressed ones are read alike; a file that is
// read again counts once.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"audit.log":                            line("3", "get", "/c", allowed) + "\n",
		"audit-2026-01-01T00-00-00.000.log":    line("2", "get", "/b", allowed) + "\n",
		"audit-2025-01-01T00-00-00.000.log.gz": sourcetest.Gzip(t, line("1", "get", "/a", allowed)+"\n"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	uses, gaps, summary := read(t, Options{Paths: []string{folder, filepath.Join(folder, "audit.log")}})
	if len(uses) != 3 || len(gaps) != 0 || summary.Decided != 4 {
		t.Errorf("%v %v %+v", uses, gaps, summary)
	}
	for _, path := range []string{filepath.Join(folder, "nope"), t.TempDir()} {
		if _, err := New(Options{Paths: []string{path}}).Read(t.Context(), nil, nil); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

func TestSince(t *testing.T) {
	text := line("1", "get", "/a", allowed) + "\n" + strings.Replace(line("2", "get", "/b", allowed), "2026-01-10", "2026-01-12", 1) + "\n" +
		strings.Replace(line("3", "get", "/c", allowed), `,"requestReceivedTimestamp":"2026-01-10T10:00:00.000001Z"`, "", 1)
	uses, gaps, summary := read(t, Options{Paths: []string{"-"}, Stdin: strings.NewReader(text), Since: time.Date(2026, 1, 11, 0, 0, 0, 0, time.UTC)})
	if len(uses) != 2 || len(gaps) != 0 || summary.Before != 1 {
		t.Errorf("an event without a time counts, an older one does not: %v %v %+v", uses, gaps, summary)
	}
}

// The reading ends with the context, and with the error of whom it tells.
func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	source := New(Options{Paths: []string{"-"}, Stdin: strings.NewReader(line("1", "get", "/a", allowed))})
	if _, err := source.Read(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	full := errors.New("full")
	source = New(Options{Paths: []string{"-"}, Stdin: strings.NewReader(line("1", "get", "/a", allowed))})
	if _, err := source.Read(t.Context(), func(*least.Use) error { return full }, nil); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// No input makes the reader fail, and no use is without a verb and something that it
// is about.
func FuzzRead(f *testing.F) {
	f.Add([]byte(line("1", "get", "/api/v1/namespaces/shop/pods/web", allowed)))
	f.Add([]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"stage":"Panic","verb":"get"}]}`))
	f.Add([]byte(zippedSeed))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := New(Options{Paths: []string{"-"}, Stdin: bytes.NewReader(data)}).Read(t.Context(), func(u *least.Use) error {
			if u.Request == (rbac.Request{}) {
				t.Errorf("an empty request from %q", data)
			}
			return nil
		}, func(model.Gap) {})
		if err != nil {
			t.Error(err)
		}
	})
}

const zippedSeed = "\x1f\x8b\x08\x00\x00\x00\x00\x00"
