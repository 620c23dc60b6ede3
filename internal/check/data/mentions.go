package data

import (
	"slices"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// mentioned maps the name of each Secret that something other than a workload names
// to the namespaces of what names it; "" stands for all. It errs towards more: any
// word that is the name of a Secret counts.
var mentioned = snapshot.Memo[struct{}, map[string][]string]{Name: "check/data.mentioned", Compute: func(v *snapshot.View, _ struct{}) map[string][]string {
	v.Objects(snapshot.GroupKind{}, "") // the answer depends on every kind
	m := mentions{found: map[string][]string{}, names: map[string]bool{}}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "Secret"}, "") {
		m.names[object.Name] = true
	}
	if len(m.names) == 0 {
		return m.found
	}
	known := kinds.NewTable()
	for _, gk := range v.Snapshot().Kinds() {
		if gk.Group == "apiextensions.k8s.io" || known.Find(gk.Group, gk.Kind) != nil && !refersToSecrets(gk) {
			continue
		}
		for _, object := range v.Objects(gk, "") {
			m.object(object)
		}
	}
	return m.found
}}

// refersToSecrets reports kinds of the API, other than workloads, that can name a
// Secret.
func refersToSecrets(gk snapshot.GroupKind) bool {
	switch gk.Kind {
	case "ServiceAccount", "ConfigMap", "Ingress", "Gateway", "StorageClass", "PersistentVolume", "Role", "ClusterRole",
		"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		return true
	default:
		return false
	}
}

type mentions struct {
	names map[string]bool
	found map[string][]string
}

func (m *mentions) object(o *snapshot.Object) {
	namespace := o.Namespace
	switch o.Kind {
	case "ServiceAccount":
		if account, err := kinds.ServiceAccounts.Read(o); err == nil {
			for i := range account.Secrets {
				m.word(account.Secrets[i].Name, namespace)
			}
			for i := range account.ImagePullSecrets {
				m.word(account.ImagePullSecrets[i].Name, namespace)
			}
			return
		}
	case "ConfigMap":
		if config, err := kinds.ConfigMaps.Read(o); err == nil {
			for _, text := range config.Data {
				m.text(text, namespace)
			}
			return
		}
	case "Role":
		if role, err := kinds.Roles.Read(o); err == nil {
			for i := range role.Rules {
				for _, name := range role.Rules[i].ResourceNames {
					m.word(name, namespace)
				}
			}
			return
		}
	case "Ingress", "Gateway":
		namespace = "" // annotations and references can name another namespace
	}
	if raw, err := o.Encode(); err == nil {
		m.text(string(raw), namespace)
	}
}

// text looks for names in a text: every run of characters that a name can have.
func (m *mentions) text(text, namespace string) {
	start := -1
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' {
			if start < 0 {
				start = i
			}
		} else if start >= 0 {
			m.word(text[start:i], namespace)
			start = -1
		}
	}
	if start >= 0 {
		m.word(text[start:], namespace)
	}
}

func (m *mentions) word(word, namespace string) {
	if m.names[word] && !slices.Contains(m.found[word], namespace) {
		m.found[word] = append(m.found[word], namespace)
	}
}
