package controlplane

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
)

// word is one argument of a command.
type word struct {
	text   string
	opaque int // offset of the first part that is not known; -1 when all is
	path   model.Path
	set    func(text string) model.Patch // nil where the word has no field of its own
}

func (w word) known() bool { return w.opaque < 0 }

// words returns the command of a container with its arguments, variables of the
// form $(NAME) replaced as the kubelet does it. Words of what nobody can edit
// through the API cannot be set.
func words(c *workload.Container, editable bool) []word {
	all := make([]word, 0, len(c.Command)+len(c.Args))
	for _, list := range []struct {
		path  model.Path
		texts []string
	}{{c.Path + ".command", c.Command}, {c.Path + ".args", c.Args}} {
		for i, text := range list.texts {
			w := expanded(c, text, list.path.Index(i))
			if editable {
				w.set = func(text string) model.Patch { return set(c.Object, w.path, text) }
			}
			all = append(all, w)
		}
	}
	return all
}

// expanded follows third_party/forked/golang/expansion of Kubernetes: "$$" stands
// for "$", and a variable that is not defined stays as it is written.
func expanded(c *workload.Container, text string, path model.Path) word {
	w := word{opaque: -1, path: path}
	if !strings.Contains(text, "$") {
		w.text = text
		return w
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '$' || i+1 == len(text):
			b.WriteByte(text[i])
		case text[i+1] == '$':
			b.WriteByte('$')
			i++
		case text[i+1] == '(':
			end := strings.IndexByte(text[i:], ')')
			if end < 0 {
				b.WriteByte('$')
				continue
			}
			value, known := variable(c, text[i+2:i+end])
			if !known && w.opaque < 0 {
				w.opaque = b.Len()
			}
			b.WriteString(value)
			i += end
		default:
			b.WriteByte('$')
		}
	}
	w.text = b.String()
	return w
}

func variable(c *workload.Container, name string) (value string, known bool) {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if c.Env[i].Name == name {
			e := &c.Env[i]
			return e.Value, e.ValueFrom == nil && !strings.Contains(e.Value, "$(")
		}
	}
	return "$(" + name + ")", len(c.EnvFrom) == 0
}

// flags reads the words after the name of a program. opaque reports words of which
// not even the flag's name is known.
func flags(p Program, words []word) (all []flag, opaque bool) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, assigned := strings.Cut(w.text, "=")
		switch {
		case w.opaque >= 0 && (!assigned || w.opaque <= len(name)):
			opaque = true
			continue
		case w.text == "--":
			return all, opaque
		case len(name) < 2 || name[0] != '-':
			continue
		}
		f := flag{name: flagName(p, name), value: value, known: w.known(), path: w.path, text: w.text}
		switch {
		case assigned:
			f.set = w.replaceAfter(name + "=")
		case !isBool(f.name) && i+1 < len(words) && !strings.HasPrefix(words[i+1].text, "-"):
			i++
			next := words[i]
			f.value, f.known, f.path, f.text = next.text, next.known(), next.path, next.text
			f.set = next.replaceAfter("")
		default:
			f.value = "true"
			f.set = w.replaceAfter(name + "=")
		}
		all = append(all, f)
	}
	return all, opaque
}

func (w word) replaceAfter(prefix string) func(string) model.Patch {
	if w.set == nil {
		return nil
	}
	return func(value string) model.Patch { return w.set(prefix + value) }
}

// flagName takes the dashes off. Kubernetes' programs take "_" for "-".
func flagName(p Program, name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "-"), "-")
	if p != Etcd && strings.Contains(name, "_") {
		name = strings.ReplaceAll(name, "_", "-")
	}
	return name
}

// isBool reports flags that take no word after them.
func isBool(name string) bool {
	switch name {
	case "profiling", "contention-profiling", "anonymous-auth", "service-account-lookup", "service-account-extend-token-expiration",
		"enable-bootstrap-token-auth", "allow-privileged", "enable-aggregator-routing", "enable-priority-and-fairness", "kubelet-https",
		"use-service-account-credentials", "allocate-node-cidrs", "leader-elect", "configure-cloud-routes",
		"client-cert-auth", "auto-tls", "peer-client-cert-auth", "peer-auto-tls", "enable-pprof", "enable-v2", "force-new-cluster", "pre-vote",
		"make-iptables-util-chains", "rotate-certificates", "rotate-server-certificates", "protect-kernel-defaults", "seccomp-default",
		"enable-debugging-handlers", "enable-server", "authentication-token-webhook", "fail-swap-on", "register-node",
		"logtostderr", "alsologtostderr", "version", "help", "h":
		return true
	default:
		return false
	}
}

// environment reads etcd's variables: ETCD_CLIENT_CERT_AUTH stands for
// --client-cert-auth. Flags win over them.
func environment(c *workload.Container) (all []flag, opaque bool) {
	for i := range c.Env {
		e := &c.Env[i]
		name, ok := strings.CutPrefix(e.Name, "ETCD_")
		if !ok || name == "" {
			continue
		}
		all = append(all, flag{
			name: strings.ToLower(strings.ReplaceAll(name, "_", "-")), value: e.Value,
			known: literal(e), path: (c.Path + ".env").Index(i) + ".value", text: e.Value,
		})
	}
	return all, len(c.EnvFrom) > 0
}

func literal(e *corev1.EnvVar) bool { return e.ValueFrom == nil && !strings.Contains(e.Value, "$(") }
