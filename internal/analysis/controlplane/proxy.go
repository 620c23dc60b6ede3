package controlplane

import (
	"cmp"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// proxyField is the one field of kube-proxy's file that matters.
const proxyField = "metricsBindAddress"

// ProxyConfig is the configuration file of kube-proxy, as an object of its own or as
// the text in the ConfigMap that kubeadm keeps it in. File is nil when it is not
// understood.
type ProxyConfig struct {
	File    *kinds.KubeProxy
	Metrics Setting    // where kube-proxy serves its metrics
	Text    model.Path // of the text within a ConfigMap; "" for an object
}

// ProxyConfigOf returns the configuration of kube-proxy that an object is; ok is
// false when it is something else.
func ProxyConfigOf(object *snapshot.Object) (config ProxyConfig, ok bool) {
	switch {
	case object.Kind == "KubeProxyConfiguration":
		if file, err := kinds.KubeProxies.Read(object); err == nil {
			config.File = file
		}
	case proxyKey(object) != "":
		config.Text = model.Path("data").Child(proxyKey(object))
		config.File = proxyFile(object)
	default:
		return ProxyConfig{}, false
	}
	if config.File != nil {
		config.Metrics = config.metrics(object)
	}
	return config, true
}

func proxyFile(object *snapshot.Object) *kinds.KubeProxy {
	config, err := kinds.ConfigMaps.Read(object)
	if err != nil {
		return nil
	}
	file := &kinds.KubeProxy{}
	if text, ok := config.Data[proxyKey(object)]; !ok || yaml.Unmarshal([]byte(text), file) != nil {
		return nil
	}
	return file
}

func (p *ProxyConfig) metrics(object *snapshot.Object) Setting {
	byDefault, _ := defaultOf(Proxy, "metrics-bind-address", snapshot.Version{})
	s := Setting{
		Name: proxyField, Value: cmp.Or(p.File.MetricsBindAddress, byDefault), Known: true, Object: object, Path: proxyField,
		Written: p.File.MetricsBindAddress != "", Text: p.File.MetricsBindAddress,
	}
	if p.Text == "" {
		s.patch = func(value any) model.Patch { return set(object, proxyField, value) }
		return s
	}
	s.Path, s.Text = p.Text, missingField(proxyField)
	if s.Written {
		s.Text = proxyField + ": " + s.Value
	}
	return s
}

// proxyKey is the key of kube-proxy's configuration in a ConfigMap: kubeadm's, or
// that of EKS; "" for others.
func proxyKey(object *snapshot.Object) string {
	if object.Kind != "ConfigMap" || object.Namespace != "kube-system" {
		return ""
	}
	switch object.Name {
	case "kube-proxy":
		return "config.conf"
	case "kube-proxy-config":
		return "config"
	default:
		return ""
	}
}

// JudgedElsewhere reports a kube-proxy that has a file and nothing else, where the
// ConfigMap with the file is part of the snapshot.
func (c *Component) JudgedElsewhere(v *snapshot.View) bool {
	if c.Program != Proxy || !c.written("config") {
		return false
	}
	for _, name := range []string{"kube-proxy", "kube-proxy-config"} {
		id := model.ID{Cluster: v.Settings().Cluster, Kind: "ConfigMap", Namespace: "kube-system", Name: name}
		if _, presence := v.Find(id); presence == snapshot.Present {
			return true
		}
	}
	return false
}
