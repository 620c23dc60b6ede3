package controlplane

import (
	"fmt"
	"strings"

	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// KubeletKinds lists the kinds that Kubelets can find kubelets configured in.
func KubeletKinds() []string {
	return []string{
		"Pod", "apps/DaemonSet", "ConfigMap", "kubelet.config.k8s.io/KubeletConfiguration",
		"kubeadm.k8s.io/InitConfiguration", "kubeadm.k8s.io/JoinConfiguration",
	}
}

// KubeletSetting names one setting of a kubelet in both of its forms. Value reads
// it from a file, as the kubelet understands what the file leaves out.
type KubeletSetting struct {
	Flag  string     // without dashes; "" when there is none
	Field model.Path // of KubeletConfiguration; "" when there is none
	Value func(*kubeletv1beta1.KubeletConfiguration) string
}

// KubeletConfig is how one object configures kubelets: a configuration file or
// flags. Exactly one of the two is set.
type KubeletConfig struct {
	Name      string // of the container; "" for a file
	Object    *snapshot.Object
	File      *kubeletv1beta1.KubeletConfiguration
	Component *Component
	Text      model.Path // of the text within a ConfigMap that File was read from

	partial bool                                 // what the file leaves out stands in another
	written map[string]any                       // the text's fields
	filled  *kubeletv1beta1.KubeletConfiguration // what it is if kubeadm completes it and that is not known
}

// Kubelets returns the kubelets that an object configures. unknown is true when it
// does and cannot be understood.
func Kubelets(v *snapshot.View, object *snapshot.Object) (found []KubeletConfig, unknown bool) {
	switch object.Kind {
	case "KubeletConfiguration":
		file, err := kinds.KubeletConfigurations.Read(object)
		if err != nil {
			return nil, true
		}
		return []KubeletConfig{fromFile(v, object, file)}, false
	case "ConfigMap":
		if object.Namespace == "kube-system" && strings.HasPrefix(object.Name, "kubelet-config") {
			return fromKubeletConfigMap(object)
		}
		return nil, false
	}
	all := Of(v, object)
	for i := range all {
		if all[i].Program == Kubelet {
			found = append(found, KubeletConfig{Name: all[i].Name, Object: object, Component: &all[i]})
		}
	}
	return found, false
}

// fromFile completes a file as kubeadm does, if it stands in a file of kubeadm.
func fromFile(v *snapshot.View, object *snapshot.Object, file *kubeletv1beta1.KubeletConfiguration) KubeletConfig {
	config := KubeletConfig{Object: object, File: file, partial: isDropIn(object)}
	switch ofKubeadm(v, object) {
	case snapshot.Present:
		config.File = completed(file)
	case snapshot.Undetermined:
		config.filled = completed(file)
	}
	return config
}

// isDropIn reports files that add to a configuration: those of --config-dir
// (/etc/kubernetes/kubelet.conf.d), and patches of kubeadm.
func isDropIn(object *snapshot.Object) bool {
	if object.Origin == nil {
		return false
	}
	file := object.Origin.File
	return strings.Contains(file, ".d/") || strings.HasPrefix(file[strings.LastIndexByte(file, '/')+1:], "kubeletconfiguration")
}

// ofKubeadm tells whether a KubeletConfiguration is a document of a file that
// kubeadm reads.
func ofKubeadm(v *snapshot.View, object *snapshot.Object) snapshot.Presence {
	if object.Origin == nil {
		return snapshot.Absent
	}
	presence := snapshot.Absent
	for _, kind := range []string{"ClusterConfiguration", "InitConfiguration", "JoinConfiguration"} {
		gk := snapshot.GroupKind{Group: "kubeadm.k8s.io", Kind: kind}
		for _, each := range v.Objects(gk, "") {
			if each.Origin != nil && each.Origin.File == object.Origin.File {
				return snapshot.Present
			}
		}
		if v.Unread(model.Scope{Group: gk.Group, Kind: gk.Kind}) {
			presence = snapshot.Undetermined
		}
	}
	return presence
}

// completed follows cmd/kubeadm/app/componentconfigs/kubelet.go, where it differs
// from the kubelet's own defaults in what matters.
func completed(file *kubeletv1beta1.KubeletConfiguration) *kubeletv1beta1.KubeletConfiguration {
	config := *file
	config.RotateCertificates = true
	if config.Authentication.X509.ClientCAFile == "" {
		config.Authentication.X509.ClientCAFile = "/etc/kubernetes/pki/ca.crt"
	}
	return &config
}

func fromKubeletConfigMap(object *snapshot.Object) (found []KubeletConfig, unknown bool) {
	config, err := kinds.ConfigMaps.Read(object)
	if err != nil {
		return nil, true
	}
	text, ok := config.Data["kubelet"]
	if !ok {
		return nil, false
	}
	k := KubeletConfig{Object: object, File: &kubeletv1beta1.KubeletConfiguration{}, Text: "data.kubelet"}
	if yaml.Unmarshal([]byte(text), k.File) != nil || yaml.Unmarshal([]byte(text), &k.written) != nil {
		return nil, true
	}
	return []KubeletConfig{k}, false
}

// Setting returns one setting. applies is false where flags add to a file that is
// judged by itself and do not mention it.
func (k *KubeletConfig) Setting(s KubeletSetting) (setting Setting, applies bool) {
	if k.File != nil {
		setting = k.field(s)
		return setting, s.Field != "" && (setting.Written || !k.partial)
	}
	if s.Flag == "" {
		return Setting{}, false
	}
	setting = k.Component.Flag(s.Flag)
	return setting, setting.Written || k.Object.Group != "kubeadm.k8s.io"
}

func (k *KubeletConfig) field(s KubeletSetting) Setting {
	setting := Setting{Name: string(s.Field), Value: s.Value(k.File), Known: true, Object: k.Object, Path: s.Field}
	if k.filled != nil && s.Value(k.filled) != setting.Value {
		setting.Known = false
	}
	if k.Text != "" {
		setting.Path, setting.Text = k.Text, missingField(s.Field)
		if value, ok := lookup(k.written, s.Field); ok {
			setting.Written, setting.Text = true, fmt.Sprintf("%s: %v", s.Field, value)
		}
		return setting
	}
	if k.Object.Origin == nil || k.Object.Origin.Lines.Has(s.Field) {
		setting.Written, setting.Text = true, setting.Value
	}
	setting.patch = func(value any) model.Patch { return set(k.Object, s.Field, value) }
	return setting
}

// missingField is what there is to see of a text in which a field would stand.
func missingField(field model.Path) string { return string(field) + " is not in the text" }

// lookup finds a field by a path of keys.
func lookup(tree map[string]any, path model.Path) (any, bool) {
	key, rest, more := strings.Cut(string(path), ".")
	value, ok := tree[key]
	if !ok || !more {
		return value, ok
	}
	below, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	return lookup(below, model.Path(rest))
}
