package generate

import (
	"slices"
	"strings"
	"testing"
)

// A file's settings have the names of their place, so that a host is paired with the
// port beside it and with no other.
func TestFileSettings(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"YAML":            {"server:\n  port: 8080\ndatabase:\n  host: db.shop.svc\n", "server.port=8080 database.host=db.shop.svc"},
		"JSON":            {"{\n\t\"server\": {\"port\": 8080},\n\t\"database\": {\"host\": \"db\", \"port\": 5432}\n}", "server.port=8080 database.host=db database.port=5432"},
		"list":            {"brokers:\n- kafka:9092\n- {host: b, port: 1}\n", "brokers.0=kafka:9092 brokers.1.host=b brokers.1.port=1"},
		"documents":       {"a: {host: x}\n---\nb: {port: 1}\n", "a.host=x b.port=1"},
		"alias":           {"a: {host: &h x}\nb: {host: *h}\n", "a.host=x b.host=x"},
		"file in a file":  {"app.properties: |\n  db.host=x\n  db.port=1\n", "app.properties.db.host=x app.properties.db.port=1"},
		"properties":      {"server.port=8080\ndatabase.host=db\n# db.port=1\n", "server.port=8080 database.host=db"},
		"INI":             {"[server]\nport = 8080\n[database]\nhost = db\n; port = 1\n", "server.port=8080 database.host=db"},
		"TOML":            {"[[database]]\nhost = \"db\"\nports = [ 1, 2 ]\n", "database.host=db database.ports=[ 1, 2 ]"},
		"templates":       {"host: {{ .Host }}:1\nport: 2\n", "host={{ .Host }}:1 port=2"},
		"a test of shell": {"[ -n \"$X\" ]\nHOST=db\n", "=[ -n \"$X\" ] HOST=db"},
		"text":            {"see http://db:1/docs\n", "=see http://db:1/docs"},
		"nothing":         {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range fileSettings(test.text) {
				got = append(got, s.name+"="+s.value)
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("got %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestPortBeside(t *testing.T) {
	all := settings{list: []setting{{"server.port", "8080"}, {"database.port", "5432"}, {"CACHE_PORT", "6379"}, {"search.nodes.port", "9200"}, {"brokers.0.port", "1"}, {"brokers.1.port", "2"}}}
	tests := map[string]uint16{
		"database.host": 5432, "cache-host": 6379, "queue.host": 0, "host": 0, "server.host": 8080, "search.nodes.hosts.0": 9200,
		"brokers.0.host": 1, "brokers.1.host": 2, "database.name": 0,
	}
	for name, want := range tests {
		if got, ok := all.portBeside(name); got != want || ok != (want > 0) {
			t.Errorf("the port beside %s is %d, want %d", name, got, want)
		}
	}
	if names := nameWords("brokers.0.host"); !slices.Equal(names, []string{"brokers", "0", "host"}) {
		t.Error(names)
	}
}
