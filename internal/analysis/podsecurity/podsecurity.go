// Package podsecurity says which level of the Pod Security Standards the API server
// enforces in a namespace, as k8s.io/pod-security-admission decides it.
package podsecurity

import (
	"encoding/json"
	"slices"
	"strings"

	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"
	"k8s.io/pod-security-admission/api"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// LabelPrefix is what the labels that say a level, or its version, begin with.
const LabelPrefix = "pod-security.kubernetes.io/"

// Strictness orders the levels: -1 is none of them.
func Strictness(level string) int {
	switch api.Level(level) {
	case api.LevelPrivileged:
		return 0
	case api.LevelBaseline:
		return 1
	case api.LevelRestricted:
		return 2
	default:
		return -1
	}
}

// Default is the level that the API server's own configuration enforces in
// namespaces without a label: "" when no configuration was supplied that names one.
// It is not Known when it stands in a file that was not supplied.
type Default struct {
	Level string
	Known bool

	exemptions []exemptions
}

// exemptions are what one configuration exempts from every level, and where it says
// so.
type exemptions struct {
	podsecurityv1.PodSecurityExemptions
	object *snapshot.Object
	path   model.Path
}

func (e *exemptions) evidence(field string, names []string) model.Evidence {
	return e.object.Evidence(e.path.Child(field), strings.Join(names, ", "))
}

// ByDefault finds it.
func ByDefault(v *snapshot.View) Default { return byDefault.Of(v, struct{}{}) }

var byDefault = snapshot.Memo[struct{}, Default]{Name: "podsecurity.byDefault", Compute: func(v *snapshot.View, _ struct{}) Default {
	gk := snapshot.GroupKind{Group: kinds.AdmissionConfigurations.Group, Kind: kinds.AdmissionConfigurations.Kind}
	result := Default{Known: !v.Unread(model.Scope{Group: gk.Group, Kind: gk.Kind})}
	for _, object := range v.Objects(gk, "") {
		config, err := kinds.AdmissionConfigurations.Read(object)
		if err != nil {
			result.Known = false
			continue
		}
		for i := range config.Plugins {
			plugin := &config.Plugins[i]
			if plugin.Name != "PodSecurity" {
				continue
			}
			var configuration podsecurityv1.PodSecurityConfiguration
			if plugin.Configuration == nil || json.Unmarshal(plugin.Configuration.Raw, &configuration) != nil {
				result.Known = false
				continue
			}
			result.Level = configuration.Defaults.Enforce
			result.exemptions = append(result.exemptions, exemptions{
				PodSecurityExemptions: configuration.Exemptions, object: object, path: model.Path("plugins").Index(i) + ".configuration.exemptions",
			})
		}
	}
	return result
}}

// ExemptUser returns the evidence that the pods which a user creates or changes are
// exempt from every level: those of a workload are created by its controller. It is
// nil where they are not.
func ExemptUser(v *snapshot.View, name string) []model.Evidence {
	var found []model.Evidence
	configured := ByDefault(v)
	for i := range configured.exemptions {
		if e := &configured.exemptions[i]; name != "" && slices.Contains(e.Usernames, name) {
			found = append(found, e.evidence("usernames", e.Usernames))
		}
	}
	return found
}

// ExemptRuntimes lists the runtime classes whose pods are exempt from every level.
func ExemptRuntimes(v *snapshot.View) []string {
	var found []string
	configured := ByDefault(v)
	for i := range configured.exemptions {
		found = append(found, configured.exemptions[i].RuntimeClasses...)
	}
	return found
}

// Enforcement is the level that decides about the pods of a namespace: none where
// the API server's configuration exempts it. Namespace is its object, nil where it
// was not read. Known is false where a label or a configuration was not read that may
// be stricter, or may exempt the namespace.
type Enforcement struct {
	Level     string
	Known     bool
	Namespace *snapshot.Object

	exempt []model.Evidence
}

// Admits reports whether the level lets a pod in that the given one forbids.
func (e Enforcement) Admits(level string) bool { return Strictness(e.Level) < Strictness(level) }

// Evidence is the exemption, or the label that decides, set or not.
func (e Enforcement) Evidence() []model.Evidence {
	if e.exempt != nil {
		return e.exempt
	}
	if e.Namespace == nil {
		return nil
	}
	return []model.Evidence{e.Namespace.Evidence(model.Path("metadata.labels").Child(LabelPrefix+"enforce"), e.Level)}
}

// Enforced finds what is enforced in a namespace. An unknown level is enforced as
// restricted, as the admission plugin does. A namespace that exists only because
// something lies in it has labels that nobody supplied.
func Enforced(v *snapshot.View, namespace string) Enforcement {
	object, ns, presence := snapshot.Get(v, kinds.Namespaces, "", namespace)
	configured := ByDefault(v)
	for i := range configured.exemptions {
		if e := &configured.exemptions[i]; slices.Contains(e.Namespaces, namespace) {
			return Enforcement{Known: true, Namespace: object, exempt: []model.Evidence{e.evidence("namespaces", e.Namespaces)}}
		}
	}
	if presence != snapshot.Present {
		return Enforcement{}
	}
	if level, labelled := ns.Labels[LabelPrefix+"enforce"]; labelled {
		if Strictness(level) < 0 {
			level = string(api.LevelRestricted)
		}
		return Enforcement{Level: level, Known: configured.Known || Strictness(level) == 0, Namespace: object}
	}
	return Enforcement{Level: configured.Level, Known: configured.Known && !object.Implied, Namespace: object}
}
