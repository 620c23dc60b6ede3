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

// ProxyConfig returns where kube-proxy serves its metrics, from its configuration
// file or the ConfigMap that kubeadm keeps it in. ok is false for other objects.
func ProxyConfig(v *snapshot.View, object *snapshot.Object) (setting Setting, ok bool) {
	switch {
	case object.Kind == "KubeProxyConfiguration":
		config, err := kinds.KubeProxies.Read(object)
		if err != nil {
			return Setting{}, true
		}
		s := proxySetting(object, config)
		s.patch = func(value any) model.Patch { return set(object, proxyField, value) }
		return s, true
	case isProxyConfigMap(object):
		config, err := kinds.ConfigMaps.Read(object)
		if err != nil {
			return Setting{}, true
		}
		text, ok := config.Data["config.conf"]
		file := &kinds.KubeProxy{}
		if !ok || yaml.Unmarshal([]byte(text), file) != nil {
			return Setting{}, true
		}
		s := proxySetting(object, file)
		s.Path = model.Path("data").Child("config.conf")
		if s.Written {
			s.Text = proxyField + ": " + s.Value
		}
		return s, true
	default:
		return Setting{}, false
	}
}

func proxySetting(object *snapshot.Object, config *kinds.KubeProxy) Setting {
	value, _ := defaultOf(Proxy, "metrics-bind-address", snapshot.Version{})
	return Setting{
		Name: proxyField, Value: cmp.Or(config.MetricsBindAddress, value), Known: true, Object: object, Path: proxyField,
		Written: config.MetricsBindAddress != "", Text: config.MetricsBindAddress,
	}
}

func isProxyConfigMap(object *snapshot.Object) bool {
	return object.Kind == "ConfigMap" && object.Name == "kube-proxy" && object.Namespace == "kube-system"
}

// ProxyConfigMapKnown reports whether the ConfigMap that kubeadm gives kube-proxy
// is in the snapshot.
func ProxyConfigMapKnown(v *snapshot.View) bool {
	_, presence := v.Find(model.ID{Cluster: v.Settings().Cluster, Kind: "ConfigMap", Namespace: "kube-system", Name: "kube-proxy"})
	return presence == snapshot.Present
}
