package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// someNetwork has size workloads in two namespaces, of which those with an even number
// take connections of one another only.
func someNetwork(size int) Connections {
	var b strings.Builder
	for i := range size {
		fmt.Fprintf(&b, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: workload-%d, namespace: space%d}\nspec: {replicas: 2, selector: {matchLabels: {n: n%[1]d}}, template: {metadata: {labels: {n: n%[1]d, even: e%[3]d}}, spec: {containers: [{name: c, image: x}]}}}\n", i, i%2, (i/2)%2)
	}
	for space := range 2 {
		fmt.Fprintf(&b, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: space%d}\nspec: {podSelector: {matchLabels: {even: e0}}, ingress: [{from: [{podSelector: {matchLabels: {even: e0}}}, {ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}, {port: 8080, endPort: 8090}, {protocol: UDP, port: 53}]}]}\n", space)
	}
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(b.String()), Editable: true}, func(c snapshot.Change) { changes = append(changes, c) })
	changes = append(changes, implied.OfFiles(changes)...)
	network := reach.Of(snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...).View(), netpol.Profile{})
	return Connections{Target: "cluster.yaml", Network: network, List: network.Connections()}
}

func renderConnections(t *testing.T, f Format, c Connections, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := WriteConnections(&out, f, c, opts); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The lines that are written fast say what the events of YAML say, whatever the texts.
func TestConnectionDocumentsAgree(t *testing.T) {
	c := someNetwork(6)
	list := c.List
	c.Gaps = []model.Gap{{File: "x.yaml", Line: 3, Reason: hostile()}}
	c.List = func(yield func(*reach.Connection) bool) {
		for connection := range list {
			if !yield(connection) {
				return
			}
		}
		end := *c.Network.Ends()[0]
		end.Name = hostile()
		yield(&reach.Connection{Src: reach.Peer{Ingress: true}, Dst: reach.Peer{Peer: netpol.Of(&end)}, From: 1, To: 2, Verdict: reach.Conditional, Condition: hostile()})
		yield(&reach.Connection{Src: reach.Peer{Peer: netpol.Outside(netip.MustParseAddr("::1"))}, Dst: reach.Peer{Peer: netpol.Of(&end)}, From: 1, To: 2})
	}
	var fast, slow any
	if err := json.Unmarshal(renderConnections(t, JSON, c, Options{}), &fast); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(renderConnections(t, YAML, c, Options{}), &slow); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(fast)
	b, _ := json.Marshal(slow)
	if !bytes.Equal(a, b) {
		t.Errorf("json and yaml differ:\n%s\n%s", a, b)
	}
}

func TestConnectionTableKeepsToTheWidth(t *testing.T) {
	for _, width := range []int{0, 40, 80, 120} {
		for _, bySource := range []bool{false, true} {
			c := someNetwork(40)
			c.BySource = bySource
			text := string(renderConnections(t, Table, c, Options{Width: width}))
			for i, line := range strings.Split(text, "\n") {
				limit := width
				if width == 0 {
					limit = listWidth
				}
				if w := textWidth(line); w > limit {
					t.Errorf("at %d: line %d is %d wide: %s", width, i+1, w, line)
				}
			}
			for _, end := range c.Network.Ends() {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), end.Name) {
					t.Errorf("at %d: %s is not named", width, end)
				}
			}
		}
	}
}

// Sets are named as short as leaves no doubt.
func TestNamesOfSets(t *testing.T) {
	ranges := func(texts ...string) (list []netpol.Range) {
		for _, text := range texts {
			from, to, _ := strings.Cut(text, "-")
			list = append(list, netpol.Range{From: netip.MustParseAddr(from), To: netip.MustParseAddr(to)})
		}
		return list
	}
	const all4, all6 = "0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	for _, test := range []struct {
		ranges []netpol.Range
		want   string
	}{
		{ranges(all4, all6), "every address"},
		{ranges(all4), "every IPv4 address"},
		{ranges("0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255", all6), "every IPv4 address except 10.0.0.0/8, every IPv6 address"},
		{ranges("10.0.0.0-10.255.255.255"), "10.0.0.0/8"},
		{ranges("10.0.0.1-10.0.0.1", "10.0.0.3-10.0.0.9"), "10.0.0.1, 10.0.0.3-10.0.0.9"},
		{ranges("10.0.0.0-10.127.255.255", "10.128.0.0-10.255.255.255"), "10.0.0.0/8"},
	} {
		if got := strings.Join(rangeTexts(test.ranges), ", "); got != test.want {
			t.Errorf("%v is %q, want %q", test.ranges, got, test.want)
		}
	}
}

func TestPicturesThatNobodyCouldRead(t *testing.T) {
	c := someNetwork(8)
	if svg := string(renderConnections(t, SVG, c, Options{})); strings.Count(svg, `<g class="node`) < 4 {
		t.Error("the picture lacks boxes")
	}
	var out bytes.Buffer
	_, err := WriteConnections(&out, SVG, distinct(140), Options{})
	if err == nil || !strings.Contains(err.Error(), "-o html") {
		t.Errorf("a picture of many boxes: %v", err)
	}
}

// distinct is a network in which connections tell every workload from every other.
func distinct(size int) Connections {
	c := someNetwork(size)
	list := c.List
	c.List = func(yield func(*reach.Connection) bool) {
		at := map[*netpol.End]int{}
		for i, end := range c.Network.Ends() {
			at[end] = i
		}
		for connection := range list {
			if s, d := connection.Src.End, connection.Dst.End; s != nil && d != nil && at[d] == at[s]+1 && !yield(connection) {
				return
			}
		}
	}
	return c
}

// The page runs no script and shows every cell.
func TestMatrixPageInABrowser(t *testing.T) {
	chromium(t)
	for _, size := range []int{0, 8, 60} {
		file := filepath.Join(t.TempDir(), "page.html")
		c := someNetwork(size)
		if err := os.WriteFile(file, renderConnections(t, HTML, c, Options{}), 0o600); err != nil {
			t.Fatal(err)
		}
		dom, log := visit(t, "file://"+file)
		if size == 8 && strings.Count(dom, `scope="row" class="name"`) != size+1 {
			t.Errorf("%d workloads have %d rows", size, strings.Count(dom, `scope="row" class="name"`))
		}
		for _, line := range complaints(log) {
			t.Errorf("%d workloads: the browser complains: %s", size, line)
		}
	}
}
