package generate

import (
	"net/netip"
	"slices"
	"strings"
)

// reference is a server that a text names.
type reference struct {
	scheme string
	host   string
	port   uint16 // 0: not said
}

// references finds the servers that a value may name: scheme://host:port, host:port,
// and a host alone where it is all of the value or has the form of a Service's name.
func references(value string) []reference {
	value = withoutRedacted(value)
	words := strings.FieldsFunc(value, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"'`,;()[]{}<>|=", r)
	})
	if strings.Contains(value, "[") && strings.Contains(value, "]:") { // an IPv6 address
		words = append(words, strings.Fields(value)...)
	}
	var found []reference
	for _, word := range words {
		if r, ok := parseReference(word); ok && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}

// withoutRedacted makes one word of what analysis/secret put in the place of a secret.
func withoutRedacted(value string) string {
	for {
		at := strings.Index(value, "[redacted ")
		if at < 0 {
			return value
		}
		end := strings.IndexByte(value[at:], ']')
		if end < 0 {
			return value
		}
		value = value[:at] + "redacted" + value[at+end+1:]
	}
}

func parseReference(word string) (reference, bool) {
	var r reference
	before, rest, url := strings.Cut(word, "://")
	if url {
		r.scheme = strings.ToLower(before[strings.LastIndexByte(before, ':')+1:]) // jdbc:postgresql
		word = rest
	}
	if end := strings.IndexAny(word, "/?#"); end >= 0 {
		word = word[:end]
	}
	if at := strings.LastIndexByte(word, '@'); at >= 0 {
		word = word[at+1:]
	}
	r.host = word
	if _, err := netip.ParseAddr(word); err != nil {
		if host, port, divided := cutLast(word, ':'); divided {
			number, ok := portNumber(port)
			if !ok {
				return r, false
			}
			r.host, r.port = host, number
		}
	}
	r.host = strings.TrimSuffix(strings.ToLower(strings.Trim(r.host, "[]")), ".")
	return r, isHost(r.host)
}

func cutLast(text string, at byte) (before, after string, found bool) {
	end := strings.LastIndexByte(text, at)
	if end < 0 || strings.HasSuffix(text, "]") {
		return text, "", false
	}
	return text[:end], text[end+1:], true
}

// isHost reports whether a text is an address or could be a name of the DNS.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	if text == "" || len(text) > 253 {
		return false
	}
	last := text[strings.LastIndexByte(text, '.')+1:]
	if isNumber(last) { // a version
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// defaultPort is the port of a URL that says none, by IANA's registry of service names
// and, of what is not in it, by the documentation of its program.
func defaultPort(scheme string) (uint16, bool) {
	ports := map[string]uint16{
		"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21, "ssh": 22, "sftp": 22, "smtp": 25, "smtps": 465, "ldap": 389, "ldaps": 636,
		"postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "mongodb": 27017, "redis": 6379, "rediss": 6379,
		"amqp": 5672, "amqps": 5671, "nats": 4222, "kafka": 9092, "mqtt": 1883, "mqtts": 8883, "memcached": 11211, "memcache": 11211,
		"cassandra": 9042, "zookeeper": 2181, "zk": 2181, "etcd": 2379, "bolt": 7687, "neo4j": 7687, "clickhouse": 9000,
	}
	port, ok := ports[scheme]
	return port, ok
}

// serviceNames are the Services that a host can mean, seen from a namespace, the most
// likely first. sure: a name of that form means nothing else.
func serviceNames(host, namespace string) (names []name, sure bool) {
	labels := strings.Split(host, ".")
	switch n := len(labels); {
	case n >= 3 && labels[2] == "svc":
		return []name{{labels[1], labels[0]}}, true
	case n >= 4 && labels[3] == "svc": // a pod of a headless Service
		return []name{{labels[2], labels[1]}}, true
	case n == 1:
		return []name{{namespace, host}}, false
	case n == 2:
		return []name{{labels[1], labels[0]}, {namespace, labels[1]}}, false
	case n == 3:
		return []name{{labels[2], labels[1]}}, false
	default:
		return nil, false
	}
}
