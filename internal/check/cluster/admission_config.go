package cluster

import (
	"encoding/json"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// admissionConfigKinds are what admission plugins are configured in.
func admissionConfigKinds() []string {
	return []string{"apiserver.config.k8s.io/AdmissionConfiguration"}
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

// podSecurityConfig is PodSecurityConfiguration of k8s.io/pod-security-admission.
type podSecurityConfig struct {
	Defaults struct {
		Enforce string `json:"enforce"`
	} `json:"defaults"`
	Exemptions struct {
		Usernames      []string `json:"usernames"`
		Namespaces     []string `json:"namespaces"`
		RuntimeClasses []string `json:"runtimeClasses"`
	} `json:"exemptions"`
}
