package controlplane

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// read makes a snapshot of manifests in which everything was listed, and returns
// what the first object of a kind configures.
func read(t *testing.T, kind, manifests string, live bool) []Component {
	t.Helper()
	var changes []snapshot.Change
	decoder := document.NewDecoder("")
	decoder.Decode(document.Text{File: "test.yaml", Data: []byte(manifests)}, func(c snapshot.Change) { changes = append(changes, c) })
	for _, info := range decoder.Kinds.All() {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: info.Group, Kind: info.Kind}})
	}
	s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: live}, changes...)
	for object := range s.All() {
		if object.Kind == kind {
			return Of(s.View(), object)
		}
	}
	t.Fatalf("there is no %s", kind)
	return nil
}

func pod(words ...string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: kube-system}\nspec:\n  containers:\n  - name: c\n    image: registry.k8s.io/kube-apiserver:v1.30.2\n    command: ['" + strings.Join(words, "', '") + "']\n"
}

// A setting is Known only if nothing that is not here can change it.
func TestFlagIsKnown(t *testing.T) {
	for _, test := range []struct {
		name, kind, manifests, flag, want string
		live                              bool
	}{
		{name: "written", manifests: pod("kube-apiserver", "--profiling=false"), flag: "profiling", want: "false written"},
		{name: "last wins", manifests: pod("kube-apiserver", "--profiling=false", "--profiling"), flag: "profiling", want: "true written"},
		{name: "default", manifests: pod("kube-apiserver"), flag: "profiling", want: "true"},
		{name: "default of a release", manifests: pod("kube-apiserver"), flag: "audit-log-maxage", want: "0"},
		{name: "tag of another image", manifests: strings.Replace(pod("kube-apiserver"), "registry.k8s.io/kube-apiserver", "example/wrapper", 1), flag: "audit-log-maxage", want: "366"},
		{name: "decided by a file", manifests: pod("kube-apiserver", "--authentication-config=/f"), flag: "anonymous-auth", want: "unknown"},
		{name: "flag beside a file", manifests: pod("kube-apiserver", "--authentication-config=/f", "--anonymous-auth=false"), flag: "anonymous-auth", want: "false written"},
		{name: "authorization file", manifests: pod("kube-apiserver", "--authorization-config=/f"), flag: "authorization-mode", want: "unknown"},
		{name: "OpenShift", manifests: pod("hyperkube", "kube-apiserver", "--openshift-config=/f"), flag: "profiling", want: "unknown"},
		{name: "scheduler ignores the flag", manifests: pod("kube-scheduler", "--config=/f", "--profiling=false"), flag: "profiling", want: "unknown written"},
		{name: "scheduler reads the flag", manifests: pod("kube-scheduler", "--config=/f"), flag: "bind-address", want: "0.0.0.0"},
		{name: "etcd with a file", manifests: pod("etcd", "--config-file=/f", "--client-cert-auth=true"), flag: "client-cert-auth", want: "unknown"},
		{name: "kubelet with a file", manifests: pod("kubelet", "--config=/f"), flag: "read-only-port", want: "unknown"},
		{name: "kubelet without", manifests: pod("kubelet"), flag: "read-only-port", want: "10255"},
		{name: "more flags", manifests: pod("sh", "-c", "exec kube-apiserver $X"), flag: "profiling", want: "unknown"},
		{name: "environment of etcd", manifests: pod("etcd") + "    env: [{name: ETCD_AUTO_TLS, value: 'true'}]\n", flag: "auto-tls", want: "true written"},
		{name: "environment from elsewhere", manifests: pod("etcd") + "    envFrom: [{configMapRef: {name: x}}]\n", flag: "auto-tls", want: "unknown"},
		{name: "kubeadm", kind: "ClusterConfiguration", manifests: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n", flag: "authorization-mode", want: "Node,RBAC"},
		{name: "kubeadm with a file", kind: "ClusterConfiguration", manifests: "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {extraArgs: [{name: authorization-config, value: /f}]}\n", flag: "authorization-mode", want: "unknown"},
		{name: "kubeadm of old", kind: "ClusterConfiguration", manifests: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer: {extraArgs: {authorization-mode: RBAC}}\n", flag: "authorization-mode", want: "RBAC written"},
		{name: "kubeadm's memory", kind: "ConfigMap", manifests: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata: {ClusterConfiguration: 'apiServer: {}'}\n", flag: "profiling", want: "true", live: true},
		{name: "kubeadm's memory and the pod", kind: "ConfigMap", manifests: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata: {ClusterConfiguration: 'apiServer: {}'}\n---\n" + pod("kube-apiserver"), flag: "profiling", want: "none", live: true},
		{name: "kubeadm's memory, broken", kind: "ConfigMap", manifests: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata: {ClusterConfiguration: 'apiServer: ['}\n", flag: "profiling", want: "unknown", live: true},
		{name: "etcd of an application", manifests: strings.Replace(pod("etcd"), "kube-system", "shop", 1), flag: "auto-tls", want: "none"},
		{name: "etcd beside an API server", kind: "StatefulSet", manifests: "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: etcd, namespace: t}\nspec: {template: {spec: {containers: [{name: e, command: [etcd]}]}}}\n---\n" + strings.Replace(pod("kube-apiserver"), "kube-system", "t", 1), flag: "auto-tls", want: "false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.kind == "" {
				test.kind = "Pod"
			}
			found := read(t, test.kind, test.manifests, test.live)
			have := "none"
			for i := range found {
				if c := &found[i]; i == 0 && (c.Program != ControllerManager && c.Program != Scheduler || test.kind == "Pod") {
					have = show(c.Flag(test.flag))
				}
			}
			if have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

func show(s Setting) string {
	text := s.Value
	if !s.Known {
		text = "unknown"
	}
	if s.Written {
		text += " written"
	}
	return text
}

func TestAdmission(t *testing.T) {
	for _, test := range []struct {
		name, plugin, want string
		flags              []string
	}{
		{name: "on by default", plugin: "PodSecurity", want: "on"},
		{name: "off by default", plugin: "NodeRestriction", want: "off"},
		{name: "named", plugin: "NodeRestriction", flags: []string{"--enable-admission-plugins=PodSecurity,NodeRestriction"}, want: "on"},
		{name: "named in the second of two", plugin: "NodeRestriction", flags: []string{"--enable-admission-plugins=NodeRestriction", "--enable-admission-plugins=X"}, want: "on"},
		{name: "turned off", plugin: "PodSecurity", flags: []string{"--disable-admission-plugins=PodSecurity"}, want: "off"},
		{name: "complete list of old", plugin: "PodSecurity", flags: []string{"--admission-control=NodeRestriction"}, want: "unknown"},
		{name: "list with a variable, named", plugin: "NodeRestriction", flags: []string{"--enable-admission-plugins=NodeRestriction,$(X)"}, want: "on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			manifest := pod(append([]string{"kube-apiserver"}, test.flags...)...) + "    envFrom: [{configMapRef: {name: x}}]\n"
			plugin := read(t, "Pod", manifest, false)[0].Admission(test.plugin)
			have := fmt.Sprint(map[bool]string{true: "on", false: "off"}[plugin.On])
			if !plugin.Known {
				have = "unknown"
			}
			if have != test.want {
				t.Errorf("have %s, want %s", have, test.want)
			}
		})
	}
}
