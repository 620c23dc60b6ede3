package generate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// setting is a value that a program is given, and what it is called: a variable, an
// argument, a line of a file.
type setting struct{ name, value string }

// settings are those that are read together: a host and a port of them can be one
// server.
type settings struct {
	list     []setting
	evidence string // the field that holds them
	file     bool   // text of which most lines are about something else
}

// settingsOf collects what the containers of a workload are told. unread says what
// stands where it is never read.
func settingsOf(v *snapshot.View, w *workload.Workload) (found []settings, unread []string) {
	for i := range w.Containers {
		c := &w.Containers[i]
		variables, secret := environment(v, w, c)
		unread = append(unread, secret...)
		found = append(found, settings{list: variables, evidence: string(c.Path) + ".env"})
		known := map[string]string{}
		for _, variable := range variables {
			known[variable.name] = variable.value
		}
		words := append(slices.Clone(c.Command), c.Args...)
		for j := range words {
			words[j] = expand(words[j], known)
		}
		found = append(found, settings{list: arguments(words), evidence: string(c.Path) + ".args"})
	}
	for ref := range w.References("ConfigMap") {
		if ref.Use != workload.AsVolume {
			continue
		}
		_, value, presence := snapshot.Get(v, kinds.ConfigMaps, w.Namespace(), ref.Name)
		if presence != snapshot.Present {
			if !ref.Optional {
				unread = append(unread, "ConfigMap "+ref.Name+", which "+string(ref.Path)+" mounts, was not supplied")
			}
			continue
		}
		for _, key := range sortedKeys(value.Data) {
			found = append(found, settings{list: fileSettings(value.Data[key]), evidence: "ConfigMap " + ref.Name + " data[" + key + "]", file: true})
		}
	}
	return found, unread
}

// environment is the variables of a container, with references to each other filled in
// as the kubelet does it.
func environment(v *snapshot.View, w *workload.Workload, c *workload.Container) (list []setting, unread []string) {
	known := map[string]string{}
	add := func(name, value string) {
		value = expand(value, known)
		known[name] = value
		list = append(list, setting{name, value})
	}
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef == nil {
			continue
		}
		_, value, presence := snapshot.Get(v, kinds.ConfigMaps, w.Namespace(), from.ConfigMapRef.Name)
		if presence != snapshot.Present {
			if from.ConfigMapRef.Optional == nil || !*from.ConfigMapRef.Optional {
				unread = append(unread, "ConfigMap "+from.ConfigMapRef.Name+", which variables come from, was not supplied")
			}
			continue
		}
		for _, key := range sortedKeys(value.Data) {
			add(from.Prefix+key, value.Data[key])
		}
	}
	for _, variable := range c.Env {
		value, why := valueOf(v, w, &variable)
		if why != "" {
			unread = append(unread, why)
		}
		add(variable.Name, value)
	}
	return list, unread
}

func valueOf(v *snapshot.View, w *workload.Workload, variable *corev1.EnvVar) (value, unread string) {
	from := variable.ValueFrom
	switch {
	case from == nil:
		return variable.Value, ""
	case from.SecretKeyRef != nil:
		if namesServer(variable.Name) {
			return "", fmt.Sprintf("variable %s is in Secret %s: values of Secrets are never read", variable.Name, from.SecretKeyRef.Name)
		}
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		_, value, presence := snapshot.Get(v, kinds.ConfigMaps, w.Namespace(), ref.Name)
		if presence == snapshot.Present {
			return value.Data[ref.Key], ""
		}
		if ref.Optional == nil || !*ref.Optional {
			return "", fmt.Sprintf("variable %s is in ConfigMap %s, which was not supplied", variable.Name, ref.Name)
		}
	}
	return "", ""
}

// arguments names each word by the flag before it: --db-host=db and --db-host db.
func arguments(words []string) []setting {
	var list []setting
	flag := ""
	for _, word := range words {
		name, value, pair := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(word, "-") && pair:
			list, flag = append(list, setting{strings.TrimLeft(name, "-"), value}), ""
		case strings.HasPrefix(word, "-"):
			flag = strings.TrimLeft(word, "-")
		case strings.Contains(word, "\n"): // a script
			list, flag = append(list, lines(word)...), ""
		default:
			list, flag = append(list, setting{flag, word}), ""
		}
	}
	return list
}

// expand fills in $(NAME) as the kubelet does, and ${NAME} as a shell would. What it
// does not know stays.
func expand(text string, known map[string]string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	var out strings.Builder
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 >= len(text) {
			return out.String() + text
		}
		out.WriteString(text[:at])
		text = text[at:]
		closing := map[byte]string{'(': ")", '{': "}"}[text[1]]
		end := strings.Index(text, closing)
		if closing == "" || end < 0 {
			out.WriteByte('$')
			text = text[1:]
			continue
		}
		if value, ok := known[text[2:end]]; ok {
			out.WriteString(value)
		} else {
			out.WriteString(text[:end+1])
		}
		text = text[end+1:]
	}
}

// namesServer reports whether a setting of that name is likely to name another server.
func namesServer(name string) bool {
	words := nameWords(name)
	for len(words) > 1 && (isNumber(words[len(words)-1]) || words[len(words)-1] == "name" && words[len(words)-2] == "host") {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "host", "hostname", "hosts", "addr", "address", "addresses", "server", "servers", "service", "endpoint", "endpoints", "url", "urls", "uri",
		"broker", "brokers", "upstream", "backend", "target", "dsn", "peer", "peers", "seeds":
		return true
	default:
		return false
	}
}

// nameWords divides "dbHost", "DB_HOST", "db-host" and "db.host" alike.
func nameWords(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_' || c == '-' || c == '.' || c == '/':
			flush(i)
			start = i + 1
		case c >= 'A' && c <= 'Z' && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z':
			flush(i)
			start = i
		}
	}
	flush(len(name))
	return words
}

// portBeside finds the port of a host that another setting names: DB_PORT of DB_HOST,
// database.port of database.host and of database.hosts.0, never server.port.
func (s *settings) portBeside(name string) (uint16, bool) {
	words := nameWords(name)
	if len(words) == 0 || !namesServer(name) {
		return 0, false
	}
	for len(words) > 1 && isNumber(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	wanted := append(slices.Clone(words[:len(words)-1]), "port")
	for _, other := range s.list {
		if slices.Equal(nameWords(other.name), wanted) {
			return portNumber(strings.TrimSpace(other.value))
		}
	}
	return 0, false
}

func sortedKeys(of map[string]string) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
