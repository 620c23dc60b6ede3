package cluster

import (
	"encoding/json"

	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// admissionConfigKinds are what admission plugins are configured in.
func admissionConfigKinds() []string {
	return []string{"apiserver.config.k8s.io/AdmissionConfiguration"}
}

// podSecurityConfig is how the admission plugin PodSecurity is configured.
type podSecurityConfig = podsecurityv1.PodSecurityConfiguration

// podSecurityKinds are what Pod Security is configured in: the file of all plugins,
// or one of its own.
func podSecurityKinds() []string {
	return append(admissionConfigKinds(), "pod-security.admission.config.k8s.io/PodSecurityConfiguration")
}

// judgePodSecurity judges the configuration of Pod Security in both places.
func judgePodSecurity(judge func(c *check.Case, config *podSecurityConfig, path model.Path)) func(*check.Case) {
	plugin := judgePlugin("PodSecurity", judge)
	return func(c *check.Case) {
		if c.Object.Kind != "PodSecurityConfiguration" {
			plugin(c)
			return
		}
		if config, err := kinds.PodSecurityConfigurations.Read(c.Object); err != nil {
			c.Unknown()
		} else {
			judge(c, config, "")
		}
	}
}

// judgePlugin judges the configuration of one admission plugin. Where it stands in
// another file it is Unknown; without one the control does not apply.
func judgePlugin[T any](name string, judge func(c *check.Case, config *T, path model.Path)) func(*check.Case) {
	return func(c *check.Case) {
		file, err := kinds.AdmissionConfigurations.Read(c.Object)
		if err != nil {
			c.Unknown()
			return
		}
		none := true
		for i := range file.Plugins {
			plugin := &file.Plugins[i]
			if plugin.Name != name {
				continue
			}
			none = false
			config := new(T)
			if plugin.Configuration == nil || json.Unmarshal(plugin.Configuration.Raw, config) != nil {
				c.Unknown()
				continue
			}
			judge(c, config, model.Path("plugins").Index(i)+".configuration")
		}
		if none {
			c.Skip()
		}
	}
}
