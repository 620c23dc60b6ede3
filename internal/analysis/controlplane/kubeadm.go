package controlplane

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// fromConfigMap reads the ClusterConfiguration that kubeadm leaves in the cluster.
// It says what kubeadm will write at the next upgrade; where the pods themselves
// are known, they are judged and not this.
func fromConfigMap(v *snapshot.View, object *snapshot.Object) []Component {
	config, err := kinds.ConfigMaps.Read(object)
	if err != nil {
		return nil
	}
	cluster := &kinds.KubeadmCluster{}
	text, ok := config.Data["ClusterConfiguration"]
	if !ok {
		return nil
	}
	undetermined := yaml.Unmarshal([]byte(text), cluster) != nil
	pods, complete := snapshot.List(v, kinds.Pods, "kube-system")
	undetermined = undetermined || !complete
	source := kubeadmFile{object: object, embedded: "data.ClusterConfiguration"}
	all := source.components(v, cluster)
	for pod, value := range pods {
		if mayRun(&value.Spec) {
			for _, running := range fromPod(v, pod) {
				all = without(all, running.Program)
			}
		}
	}
	for i := range all {
		all[i].undetermined = undetermined
	}
	return all
}

func without(all []Component, p Program) []Component {
	kept := all[:0]
	for _, component := range all {
		if component.Program != p {
			kept = append(kept, component)
		}
	}
	return kept
}

func fromKubeadm(v *snapshot.View, object *snapshot.Object) []Component {
	source := kubeadmFile{object: object}
	switch object.Kind {
	case "ClusterConfiguration":
		if cluster, err := kinds.KubeadmClusters.Read(object); err == nil {
			return source.components(v, cluster)
		}
	case "InitConfiguration":
		if config, err := kinds.KubeadmInits.Read(object); err == nil {
			return []Component{source.kubelet(v, &config.NodeRegistration)}
		}
	case "JoinConfiguration":
		if config, err := kinds.KubeadmJoins.Read(object); err == nil {
			return []Component{source.kubelet(v, &config.NodeRegistration)}
		}
	}
	return nil
}

// kubeadmFile is where kubeadm's configuration stands: an object of its own, or a
// text within a ConfigMap.
type kubeadmFile struct {
	object   *snapshot.Object
	embedded model.Path
}

func (k kubeadmFile) components(v *snapshot.View, cluster *kinds.KubeadmCluster) []Component {
	version := v.Settings().Version
	if parsed, err := snapshot.ParseVersion(cluster.KubernetesVersion); err == nil {
		version = parsed
	}
	all := []Component{
		k.component(APIServer, "apiServer.extraArgs", &cluster.APIServer.ExtraArgs, nil),
		k.component(ControllerManager, "controllerManager.extraArgs", &cluster.ControllerManager.ExtraArgs, nil),
		k.component(Scheduler, "scheduler.extraArgs", &cluster.Scheduler.ExtraArgs, nil),
	}
	if cluster.Etcd.External == nil {
		local := cmp.Or(cluster.Etcd.Local, &kinds.KubeadmLocalEtcd{})
		all = append(all, k.component(Etcd, "etcd.local.extraArgs", &local.ExtraArgs, local.ExtraEnvs))
	}
	for i := range all {
		all[i].Version = version
		all[i].addKubeadmDefaults(cluster)
	}
	return all
}

func (k kubeadmFile) kubelet(v *snapshot.View, node *kinds.KubeadmNode) Component {
	component := k.component(Kubelet, "nodeRegistration.kubeletExtraArgs", &node.KubeletExtraArgs, nil)
	component.Version = v.Settings().Version
	component.hidden = true // the rest is in the KubeletConfiguration
	return component
}

func (k kubeadmFile) component(p Program, path model.Path, args *kinds.KubeadmArgs, variables []kinds.KubeadmEnvironment) Component {
	component := Component{Program: p, Name: string(p), Object: k.object, home: home{path: cmp.Or(k.embedded, path)}}
	if k.embedded == "" {
		component.home.add = k.adder(path, args)
	}
	for i := range variables {
		component.opaque = component.opaque || strings.HasPrefix(variables[i].Name, "ETCD_") && !literal((*corev1.EnvVar)(&variables[i].EnvVar))
	}
	for i, arg := range args.Items {
		at := path.Index(i) + ".value"
		if args.Map {
			at = path.Child(arg.Name)
		}
		f := flag{name: arg.Name, value: arg.Value, known: true, path: at, text: arg.Value}
		if k.embedded != "" {
			f.path, f.text = k.embedded, string(at)+": "+arg.Value
		} else {
			f.set = func(value string) model.Patch { return set(k.object, at, value) }
		}
		component.flags = append(component.flags, f)
	}
	return component
}

// adder writes a flag in the form that the file has, or that its version wants.
func (k kubeadmFile) adder(path model.Path, args *kinds.KubeadmArgs) func(name, value string) model.Patch {
	if args.Map || len(args.Items) == 0 && k.object.Version == "v1beta3" {
		return func(name, value string) model.Patch { return set(k.object, path.Child(name), value) }
	}
	return func(name, value string) model.Patch {
		return add(k.object, path, kinds.KubeadmArg{Name: name, Value: value})
	}
}

// addKubeadmDefaults adds the flags that kubeadm sets by itself and that are not
// overridden (k8s.io/kubernetes/cmd/kubeadm/app/phases, controlplane/manifests.go
// and etcd/local.go, Kubernetes 1.36). Only flags that matter to a verdict are here.
func (c *Component) addKubeadmDefaults(cluster *kinds.KubeadmCluster) {
	pki := cmp.Or(strings.TrimSuffix(cluster.CertificatesDir, "/"), "/etc/kubernetes/pki")
	var implied []flag
	for _, f := range kubeadmFlags(c, cluster, pki) {
		if !c.has(f.name) {
			f.known, f.implied, f.path, f.text = true, true, c.home.path, missingFlag(f.name)
			if add := c.home.add; add != nil {
				f.set = func(value string) model.Patch { return add(f.name, value) }
			}
			implied = append(implied, f)
		}
	}
	c.flags = append(implied, c.flags...)
}

func (c *Component) has(name string) bool {
	for i := range c.flags {
		if c.flags[i].name == name {
			return true
		}
	}
	return false
}

func kubeadmFlags(c *Component, cluster *kinds.KubeadmCluster, pki string) []flag {
	switch c.Program {
	case APIServer:
		flags := []flag{
			{name: "enable-admission-plugins", value: "NodeRestriction"},
			{name: "service-account-key-file", value: pki + "/sa.pub"},
			{name: "service-account-signing-key-file", value: pki + "/sa.key"},
			{name: "client-ca-file", value: pki + "/ca.crt"},
			{name: "tls-cert-file", value: pki + "/apiserver.crt"},
			{name: "tls-private-key-file", value: pki + "/apiserver.key"},
			{name: "kubelet-client-certificate", value: pki + "/apiserver-kubelet-client.crt"},
			{name: "kubelet-client-key", value: pki + "/apiserver-kubelet-client.key"},
			{name: "enable-bootstrap-token-auth", value: "true"},
			{name: "requestheader-client-ca-file", value: pki + "/front-proxy-ca.crt"},
			{name: "requestheader-allowed-names", value: "front-proxy-client"},
		}
		if !c.written("authorization-config") {
			flags = append(flags, flag{name: "authorization-mode", value: "Node,RBAC"})
		}
		return append(flags, kubeadmEtcdFlags(cluster, pki)...)
	case ControllerManager:
		return []flag{
			{name: "bind-address", value: "127.0.0.1"},
			{name: "root-ca-file", value: pki + "/ca.crt"},
			{name: "service-account-private-key-file", value: pki + "/sa.key"},
			{name: "use-service-account-credentials", value: "true"},
		}
	case Scheduler:
		return []flag{{name: "bind-address", value: "127.0.0.1"}}
	case Etcd:
		return []flag{
			{name: "listen-client-urls", value: "https://127.0.0.1:2379"},
			{name: "listen-peer-urls", value: "https://127.0.0.1:2380"},
			{name: "cert-file", value: pki + "/etcd/server.crt"},
			{name: "key-file", value: pki + "/etcd/server.key"},
			{name: "trusted-ca-file", value: pki + "/etcd/ca.crt"},
			{name: "client-cert-auth", value: "true"},
			{name: "peer-cert-file", value: pki + "/etcd/peer.crt"},
			{name: "peer-key-file", value: pki + "/etcd/peer.key"},
			{name: "peer-trusted-ca-file", value: pki + "/etcd/ca.crt"},
			{name: "peer-client-cert-auth", value: "true"},
		}
	default:
		return nil
	}
}

func kubeadmEtcdFlags(cluster *kinds.KubeadmCluster, pki string) []flag {
	external := cluster.Etcd.External
	if external == nil {
		return []flag{
			{name: "etcd-servers", value: "https://127.0.0.1:2379"},
			{name: "etcd-cafile", value: pki + "/etcd/ca.crt"},
			{name: "etcd-certfile", value: pki + "/apiserver-etcd-client.crt"},
			{name: "etcd-keyfile", value: pki + "/apiserver-etcd-client.key"},
		}
	}
	flags := []flag{{name: "etcd-servers", value: strings.Join(external.Endpoints, ",")}}
	if external.CAFile != "" {
		flags = append(flags, flag{name: "etcd-cafile", value: external.CAFile})
	}
	if external.CertFile != "" && external.KeyFile != "" {
		flags = append(flags, flag{name: "etcd-certfile", value: external.CertFile}, flag{name: "etcd-keyfile", value: external.KeyFile})
	}
	return flags
}
