package flows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/sourcetest"
)

func read(t testing.TB, options Options) (found, gaps []string, summary Summary) {
	t.Helper()
	summary, err := New(options).Read(context.Background(), func(f *generate.Flow) error {
		found = append(found, show(f))
		return nil
	}, func(gap model.Gap) {
		gaps = append(gaps, fmt.Sprintf("%s:%d: %s", filepath.Base(gap.File), gap.Line, gap.Reason))
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, gaps, summary
}

// show renders everything that a flow holds.
func show(f *generate.Flow) string {
	side := func(s generate.Side) string {
		text := s.String()
		if s.Address.IsValid() && text != s.Address.String() {
			text += "@" + s.Address.String()
		}
		if s.Pod != "" && s.Name != "" {
			text += " of " + s.Kind + " " + s.Name
		}
		if s.Service != "" && !strings.Contains(text, "[Service]") {
			text += " by Service " + s.Service
		}
		if s.Outside {
			text += " outside"
		}
		if s.Node {
			text += " own node"
		}
		return text
	}
	return fmt.Sprintf("%s > %s %s/%d", side(f.Src), side(f.Dst), f.Protocol, f.Port)
}

func text(lines ...string) Options {
	return Options{Paths: []string{"-"}, Stdin: strings.NewReader(strings.Join(lines, "\n"))}
}

const (
	hubbleEnvelope = `{"flow":{"time":"2026-01-10T10:00:00.1Z","verdict":"FORWARDED","ethernet":{"source":"aa"},"IP":{"source":"10.244.1.5","destination":"10.244.2.7","ipVersion":"IPv4"},` +
		`"l4":{"TCP":{"source_port":45678,"destination_port":8080,"flags":{"SYN":true}}},"source":{"ID":1,"identity":4711,"cluster_name":"default","namespace":"shop","labels":["k8s:app=web"],"pod_name":"web-7d9c6b8f5-x2v4k","workloads":[{"name":"web","kind":"Deployment"}]},` +
		`"destination":{"identity":4712,"namespace":"shop","labels":["k8s:app=api"],"pod_name":"api-0","workloads":[{"name":"api","kind":"StatefulSet"}]},"Type":"L3_L4","node_name":"n1","is_reply":false,"traffic_direction":"EGRESS"},"node_name":"n1","time":"2026-01-10T10:00:00.1Z"}`
	hubbleBare = `{"verdict":"FORWARDED","IP":{"source":"10.244.1.5","destination":"203.0.113.9"},"l4":{"UDP":{"source_port":5353,"destination_port":123}},"source":{"namespace":"shop","pod_name":"web-1"},"destination":{"identity":2,"labels":["reserved:world"]},"destination_names":["ntp.example.com"],"Type":"L3_L4","is_reply":false}`
	istioText  = `[2026-01-10T10:00:00.123Z] "GET /x?a=\"b HTTP/1.1" 200 - via_upstream - "-" 0 135 4 3 "-" "curl/8.0 "x" y" "84961386-6d84-929d-98bd-c5aee93b5c88" "api.shop:80" "10.244.2.7:8080" outbound|80||api.shop.svc.cluster.local 10.244.1.5:42218 10.96.0.9:80 10.244.1.5:46520 - default`
	istioJSON  = `{"start_time":"2026-01-10T10:00:00.123Z","method":"GET","response_code":200,"response_flags":"-","authority":"api","upstream_host":"10.244.2.7:8080","upstream_cluster":"inbound|8080||","upstream_local_address":"127.0.0.6:33377","downstream_local_address":"10.244.2.7:8080","downstream_remote_address":"10.244.1.5:58214","requested_server_name":"outbound_.80_._.api.shop.svc.cluster.local"}`
	tracked    = `tcp      6 431999 ESTABLISHED src=10.244.1.5 dst=10.96.0.9 sport=45678 dport=80 src=10.244.2.7 dst=10.244.1.5 sport=8080 dport=45678 [ASSURED] mark=0 use=1`
)

func TestFormats(t *testing.T) {
	edit := strings.NewReplacer
	tests := map[string]struct {
		lines []string
		want  []string
	}{
		"hubble":          {[]string{hubbleEnvelope}, []string{"shop/web-7d9c6b8f5-x2v4k[Pod]@10.244.1.5 of Deployment web > shop/api-0[Pod]@10.244.2.7 of StatefulSet api TCP/8080"}},
		"hubble bare":     {[]string{hubbleBare}, []string{"shop/web-1[Pod]@10.244.1.5 > 203.0.113.9 outside UDP/123"}},
		"hubble reply":    {[]string{edit(`"is_reply":false`, `"is_reply":true`).Replace(hubbleEnvelope)}, nil},
		"hubble by flags": {[]string{edit(`"is_reply":false,`, ``, `{"SYN":true}`, `{"SYN":true,"ACK":true}`).Replace(hubbleEnvelope)}, nil},
		"hubble by ports": {[]string{edit(`"is_reply":false,`, ``, `,"flags":{"SYN":true}`, ``, "web-7d9c6b8f5-x2v4k", "w").Replace(hubbleEnvelope)}, []string{"shop/w[Pod]@10.244.1.5 of Deployment web > shop/api-0[Pod]@10.244.2.7 of StatefulSet api TCP/8080"}},
		"hubble dropped":  {[]string{edit("FORWARDED", "DROPPED").Replace(hubbleEnvelope)}, nil},
		"hubble ICMP":     {[]string{edit(`"UDP":{"source_port":5353,"destination_port":123}`, `"ICMPv4":{"type":8}`).Replace(hubbleBare)}, nil},
		"hubble node":     {[]string{edit(`"namespace":"shop","pod_name":"web-1"`, `"labels":["reserved:host"]`, "203.0.113.9", "10.244.1.9").Replace(hubbleBare)}, []string{"10.244.1.5 own node > 10.244.1.9 outside UDP/123"}},
		"hubble service": {[]string{edit(`"destination":{"identity":2,"labels":["reserved:world"]}`, `"destination":{},"destination_service":{"name":"api","namespace":"shop"}`).Replace(hubbleBare)},
			[]string{"shop/web-1[Pod]@10.244.1.5 > shop/api[Service]@203.0.113.9 UDP/123"}},
		"hubble other lines": {[]string{`{"node_status":{"state_change":"NODE_CONNECTED"},"node_name":"n1"}`, hubbleBare}, []string{"shop/web-1[Pod]@10.244.1.5 > 203.0.113.9 outside UDP/123"}},

		"istio outbound":    {[]string{istioText}, []string{"10.244.1.5 > shop/api[Service]@10.244.2.7 TCP/8080"}},
		"istio inbound":     {[]string{istioJSON}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"istio gateway":     {[]string{edit("10.244.1.5:46520", "198.51.100.4:46520", "10.96.0.9:80", "10.244.1.5:8443").Replace(istioText)}, []string{"10.244.1.5 > shop/api[Service]@10.244.2.7 TCP/8080", "198.51.100.4 > 10.244.1.5 TCP/8443"}},
		"istio passthrough": {[]string{edit("outbound|80||api.shop.svc.cluster.local", "PassthroughCluster", "10.244.2.7:8080", "203.0.113.9:443").Replace(istioText)}, []string{"10.244.1.5 > 203.0.113.9 TCP/443"}},
		"istio no upstream": {[]string{edit(`"10.244.2.7:8080"`, `"-"`, "10.244.1.5:42218", "-").Replace(istioText)}, nil},
		"istio with others": {[]string{"2026-01-10T10:00:00.000000Z\tinfo\txdsproxy\tconnected", "[pod/web-0/istio-proxy] " + istioText, "2026-01-10T10:00:01.000000Z\twarn\tEnvoy proxy is NOT ready"}, []string{"10.244.1.5 > shop/api[Service]@10.244.2.7 TCP/8080"}},
		"istio tunnelled":   {[]string{edit("10.244.2.7:8080", "envoy://connect_originate/10.244.2.7:8080", "10.244.1.5:42218", "envoy://internal_client_address/").Replace(istioText)}, []string{"10.244.1.5 > shop/api[Service]@10.244.2.7 TCP/8080"}},
		"istio waypoint": {[]string{edit("10.244.2.7:8080", "envoy://connect_originate/10.244.2.7:8080", "outbound|80||api.shop.svc.cluster.local", "inbound-vip|80|http|api.shop.svc.cluster.local;", "10.244.1.5:42218", "envoy://internal_client_address/").Replace(istioText)},
			[]string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"istio IPv6": {[]string{edit("10.244.1.5:58214", "[fd00::5]:58214", "10.244.2.7:8080", "[fd00::7]:8080").Replace(istioJSON)}, []string{"fd00::5 > fd00::7 TCP/8080"}},

		"conntrack":           {[]string{tracked}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"conntrack proc":      {[]string{"ipv4     2 " + tracked}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"conntrack events":    {[]string{"    [NEW] tcp      6 120 SYN_SENT src=10.244.1.5 dst=10.96.0.9 sport=4567 dport=80 [UNREPLIED] src=10.244.2.7 dst=10.244.1.5 sport=8080 dport=4567", " [UPDATE] " + tracked, "[DESTROY] " + tracked}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080", "10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"conntrack counters":  {[]string{edit("dport=80 ", "dport=80 packets=5 bytes=300 ", "dport=45678 [", "dport=45678 packets=4 bytes=200 [").Replace(tracked)}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},
		"conntrack UDP":       {[]string{"udp      17 29 src=fd00::5 dst=fd00::7 sport=4567 dport=8125 [UNREPLIED] src=fd00::7 dst=fd00::5 sport=8125 dport=4567 mark=0 use=1"}, []string{"fd00::5 > fd00::7 UDP/8125"}},
		"conntrack masked":    {[]string{"tcp 6 1 ESTABLISHED src=203.0.113.9 dst=192.0.2.1 sport=4567 dport=30080 src=10.244.2.7 dst=10.0.0.4 sport=8080 dport=1024 [ASSURED]"}, []string{"203.0.113.9 > 10.244.2.7 TCP/8080"}},
		"conntrack of others": {[]string{tracked, "icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=1 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=1 mark=0 use=1", "conntrack v1.4.8 (conntrack-tools): 2 flow entries have been shown."}, []string{"10.244.1.5 > 10.244.2.7 TCP/8080"}},

		"csv": {[]string{"\xef\xbb\xbfsource,destination,protocol,port", "shop/web[Deployment],shop/api,tcp,8080", `"198.51.100.4", shop/web-0[Pod] ,,443`, "shop/web,shop/db[Service],SCTP,5000"},
			[]string{"shop/web[Deployment] > shop/api TCP/8080", "198.51.100.4 > shop/web-0[Pod] TCP/443", "shop/web > shop/db[Service] SCTP/5000"}},
		"csv of other order": {[]string{"port,Destination,count,Source", "80,shop/a,7,shop/b"}, []string{"shop/b > shop/a TCP/80"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found, gaps, _ := read(t, text(test.lines...))
			if strings.Join(found, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(test.want, "\n"))
			}
			if len(gaps) > 0 {
				t.Errorf("gaps: %v", gaps)
			}
		})
	}
}

func TestSummary(t *testing.T) {
	_, _, summary := read(t, text(hubbleBare, strings.Replace(hubbleBare, `"is_reply":false`, `"is_reply":true`, 1), strings.Replace(hubbleBare, "FORWARDED", "DROPPED", 1),
		strings.Replace(hubbleBare, "FORWARDED", "TRANSLATED", 1), ""))
	if want := (Summary{Lines: 4, Flows: 1, Replies: 1, Denied: 1, Other: 1}); summary != want {
		t.Errorf("got %+v, want %+v", summary, want)
	}
}

func TestGaps(t *testing.T) {
	tests := map[string]struct {
		options Options
		gap     string
		flows   int
	}{
		"half a line":        {text(hubbleBare, hubbleBare[:50], hubbleBare), "-:2: no flow of Hubble", 2},
		"no verdict":         {text(hubbleBare, strings.Replace(hubbleBare, "FORWARDED", "MAYBE", 1)), `-:2: no flow of Hubble: "MAYBE" is no verdict`, 1},
		"lost events":        {text(hubbleBare, `{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"7"}}`), "-:2: Hubble lost 7 events of HUBBLE_RING_BUFFER", 1},
		"no direction":       {text(strings.NewReplacer(`,"is_reply":false`, "", "5353", "500").Replace(hubbleBare)), "-:1: the flow does not say whether it is a reply", 0},
		"one side":           {text(strings.NewReplacer(`"203.0.113.9"`, `""`, `["reserved:world"]`, "[]").Replace(hubbleBare)), "-:1: the flow names one side only", 0},
		"other text":         {text("hello", "world"), "-:1: the format cannot be told: say --format hubble, istio, conntrack or csv", 0},
		"own format":         {text(istioText, `[2026-01-10T10:00:00.123Z] "GET / HTTP/1.1" 200`), "-:2: no access log of Istio's format: it has 3 fields", 1},
		"an open quote":      {text(istioText, `[2026-01-10T10:00:00.123Z] "GET / HTTP/1.1`), "-:2: no access log of Istio's format", 1},
		"no port":            {text("source,destination,protocol,port", "a/b,c/d,TCP,http"), `-:2: "http" is no port`, 0},
		"no protocol":        {text("source,destination,protocol,port", "a/b,c/d,ICMP,8"), `-:2: "ICMP" is no protocol`, 0},
		"no side":            {text("source,destination,protocol,port", "web,c/d,TCP,8"), `-:2: "web" is no side of a connection`, 0},
		"one direction":      {text(tracked, "tcp 6 1 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2"), "-:2: no connection of conntrack", 1},
		"no address":         {text(strings.Replace(tracked, "10.244.2.7", "web", 1)), `-:1: "web" is no address`, 0},
		"format said":        {Options{Paths: []string{"-"}, Stdin: strings.NewReader(tracked), Format: CSV}, "-:1: the header of a csv names source, destination, protocol and port", 0},
		"a long line":        {text(tracked, strings.Repeat("x", maxLineBytes+1), tracked), "-:2: the line has more than 1 MiB", 2},
		"upstream of a pipe": {text(strings.Replace(istioText, `"10.244.2.7:8080"`, `"/var/run/x"`, 1)), `-:1: "/var/run/x" is no address with a port`, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found, gaps, _ := read(t, test.options)
			if test.flows >= 0 && len(found) != test.flows {
				t.Errorf("%d flows, want %d: %v", len(found), test.flows, found)
			}
			if len(gaps) != 1 || !strings.Contains(gaps[0], test.gap) {
				t.Errorf("gaps %q, want one that holds %q", gaps, test.gap)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a.json": hubbleBare, "b.csv": "source,destination,port\na/b,c/d,1\n", "c.gz": sourcetest.Gzip(t, tracked+"\n"+tracked)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, gaps, _ := read(t, Options{Paths: []string{folder}})
	if len(found) != 4 || len(gaps) != 0 {
		t.Errorf("each file has a format of its own: %v %v", found, gaps)
	}
	for _, path := range []string{filepath.Join(folder, "nope"), t.TempDir()} {
		if _, err := New(Options{Paths: []string{path}}).Read(t.Context(), nil, nil); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(text(tracked)).Read(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	full := errors.New("full")
	if _, err := New(text(tracked)).Read(t.Context(), func(*generate.Flow) error { return full }, nil); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestParseFormat(t *testing.T) {
	for _, format := range Formats() {
		if got, err := ParseFormat(format.String()); err != nil || got != format {
			t.Errorf("%s: %v %v", format, got, err)
		}
	}
	if _, err := ParseFormat("pcap"); err == nil || !strings.Contains(err.Error(), "hubble, istio, conntrack or csv") {
		t.Errorf("got %v", err)
	}
}

// Whatever a file holds, reading ends without a panic, and each flow names two sides
// and a port.
func fuzzFormat(f *testing.F, format Format, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := New(Options{Paths: []string{"-"}, Stdin: bytes.NewReader(data), Format: format}).Read(t.Context(), func(flow *generate.Flow) error {
			if flow.Src == (generate.Side{}) || flow.Dst == (generate.Side{}) || flow.Port == 0 {
				t.Errorf("%s of %q", flow, data)
			}
			return nil
		}, func(model.Gap) {})
		if err != nil {
			t.Error(err)
		}
	})
}

func FuzzDetect(f *testing.F) {
	fuzzFormat(f, Detect, hubbleBare, istioText, tracked, "source,destination,port\na/b,c/d,1")
}

func FuzzHubble(f *testing.F) {
	fuzzFormat(f, Hubble, hubbleEnvelope, hubbleBare, `{"lost_events":{"num_events_lost":"1"}}`)
}

func FuzzIstio(f *testing.F) { fuzzFormat(f, Istio, istioText, istioJSON) }

func FuzzConntrack(f *testing.F) { fuzzFormat(f, Conntrack, tracked, "ipv4 2 "+tracked) }

func FuzzCSV(f *testing.F) {
	fuzzFormat(f, CSV, "source,destination,protocol,port\nshop/web[Deployment],10.0.0.1,UDP,53")
}

func BenchmarkHubble(b *testing.B) {
	data := []byte(strings.Repeat(hubbleEnvelope+"\n", 10000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := New(Options{Paths: []string{"-"}, Stdin: bytes.NewReader(data)}).Read(b.Context(), func(*generate.Flow) error { return nil }, func(gap model.Gap) { b.Error(gap.Reason) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(10000*float64(b.N)/b.Elapsed().Seconds(), "flows/s")
}
