package controlplane

import (
	"testing"

	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// A file says what it leaves out, unless it adds to another or kubeadm completes it.
func TestKubeletSetting(t *testing.T) {
	authority := KubeletSetting{Flag: "client-ca-file", Field: "authentication.x509.clientCAFile", Value: func(k *kubeletv1beta1.KubeletConfiguration) string {
		return k.Authentication.X509.ClientCAFile
	}}
	const file = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
	for _, test := range []struct {
		name, file, text, want string
	}{
		{"whole file", "kubelet.yaml", file, ""},
		{"written", "kubelet.yaml", file + "authentication: {x509: {clientCAFile: /ca}}\n", "/ca written"},
		{"drop-in", "kubelet.conf.d/10.conf", file, "does not apply"},
		{"drop-in, written", "kubelet.conf.d/10.conf", file + "authentication: {x509: {clientCAFile: /ca}}\n", "/ca written"},
		{"patch of kubeadm", "patches/kubeletconfiguration+strategic.yaml", file, "does not apply"},
		{"file of kubeadm", "kubeadm.yaml", file + "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n", "/etc/kubernetes/pki/ca.crt"},
		{"ConfigMap", "c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubelet-config-1.23, namespace: kube-system}\ndata: {kubelet: 'authentication: {x509: {clientCAFile: /ca}}'}\n", "/ca written"},
		{"broken ConfigMap", "c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubelet-config, namespace: kube-system}\ndata: {kubelet: '['}\n", "not understood"},
		{"flags", "j.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\nnodeRegistration: {kubeletExtraArgs: {client-ca-file: /ca}}\n", "/ca written"},
		{"other flags", "j.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\nnodeRegistration: {kubeletExtraArgs: {v: '2'}}\n", "does not apply"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var changes []snapshot.Change
			document.NewDecoder("").Decode(document.Text{File: test.file, Data: []byte(test.text)}, func(c snapshot.Change) { changes = append(changes, c) })
			s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
			have := ""
			configs, unknown := Kubelets(s.View(), changes[0].Put)
			if unknown {
				have = "not understood"
			}
			for i := range configs {
				setting, applies := configs[i].Setting(authority)
				if have = show(setting); !applies {
					have = "does not apply"
				}
			}
			if have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}
