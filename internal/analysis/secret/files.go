package secret

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RuleEncryptionKey is the rule of keys that stand in an EncryptionConfiguration.
const RuleEncryptionKey = "encryption-key"

// encryption takes the keys out of an EncryptionConfiguration, whatever they look
// like.
func (d *Detector) encryption(o *snapshot.Object, c *apiserverv1.EncryptionConfiguration) {
	for i := range c.Resources {
		for j := range c.Resources[i].Providers {
			p := &c.Resources[i].Providers[j]
			path := (model.Path("resources").Index(i) + ".providers").Index(j)
			if p.AESGCM != nil {
				d.keys(o, path+".aesgcm.keys", p.AESGCM.Keys)
			}
			if p.AESCBC != nil {
				d.keys(o, path+".aescbc.keys", p.AESCBC.Keys)
			}
			if p.Secretbox != nil {
				d.keys(o, path+".secretbox.keys", p.Secretbox.Keys)
			}
		}
	}
}

func (d *Detector) keys(o *snapshot.Object, path model.Path, keys []apiserverv1.Key) {
	for i := range keys {
		d.whole(o, path.Index(i)+".secret", keys[i].Name, RuleEncryptionKey, &keys[i].Secret)
	}
}

// whole takes out a value that is a secret by its place.
func (d *Detector) whole(o *snapshot.Object, path model.Path, name, rule string, value *string) {
	if *value != "" {
		o.Secrets = append(o.Secrets, d.take(field{path: path, name: name, value: value}, rule, *value, true))
	}
}

func (d *Detector) kubeconfig(o *snapshot.Object, c *kinds.Kubeconfig) {
	var urls []field
	for i := range c.Clusters {
		cluster := &c.Clusters[i].Cluster
		path := model.Path("clusters").Index(i) + ".cluster"
		urls = append(urls, field{path: path + ".server", value: &cluster.Server}, field{path: path + ".proxy-url", value: &cluster.ProxyURL})
	}
	o.Secrets = append(o.Secrets, d.clean(urls)...)
	for i := range c.Users {
		user := &c.Users[i].User
		path := model.Path("users").Index(i) + ".user"
		d.whole(o, path+".token", c.Users[i].Name, RuleToken, &user.Token)
		d.whole(o, path+".password", c.Users[i].Name, RulePassword, &user.Password)
		d.whole(o, path+".client-key-data", c.Users[i].Name, RulePrivateKey, &user.ClientKeyData)
		if user.AuthProvider != nil {
			for _, name := range []string{"access-token", "refresh-token", "id-token", "client-secret"} {
				value := user.AuthProvider.Config[name]
				d.whole(o, (path + ".auth-provider.config").Child(name), c.Users[i].Name, RuleToken, &value)
				if value != "" {
					user.AuthProvider.Config[name] = value
				}
			}
		}
		if user.Exec != nil {
			d.exec(o, path+".exec", user.Exec)
		}
	}
}

func (d *Detector) exec(o *snapshot.Object, path model.Path, exec *kinds.KubeconfigExec) {
	fields := argumentFields(nil, path+".args", exec.Args)
	for i := range exec.Env {
		fields = append(fields, field{path: (path + ".env").Index(i) + ".value", name: exec.Env[i].Name, value: &exec.Env[i].Value})
	}
	o.Secrets = append(o.Secrets, d.clean(fields)...)
}

func (d *Detector) kubeadmInit(o *snapshot.Object, c *kinds.KubeadmInit) {
	for i := range c.BootstrapTokens {
		d.whole(o, model.Path("bootstrapTokens").Index(i)+".token", "token", RuleToken, &c.BootstrapTokens[i].Token)
	}
	d.whole(o, "certificateKey", "certificateKey", RulePrivateKey, &c.CertificateKey)
}

func (d *Detector) kubeadmJoin(o *snapshot.Object, c *kinds.KubeadmJoin) {
	if token := c.Discovery.BootstrapToken; token != nil {
		d.whole(o, "discovery.bootstrapToken.token", "token", RuleToken, &token.Token)
	}
	d.whole(o, "discovery.tlsBootstrapToken", "tlsBootstrapToken", RuleToken, &c.Discovery.TLSBootstrapToken)
	if c.ControlPlane != nil {
		d.whole(o, "controlPlane.certificateKey", "certificateKey", RulePrivateKey, &c.ControlPlane.CertificateKey)
	}
}

// certificate returns the public part of the first certificate in a PEM text.
func certificate(value []byte) *kinds.Certificate {
	for {
		block, rest := pem.Decode(value)
		if block == nil {
			return nil
		}
		if block.Type == "CERTIFICATE" {
			if parsed, err := x509.ParseCertificate(block.Bytes); err == nil {
				return public509(parsed)
			}
		}
		value = rest
	}
}

func public509(c *x509.Certificate) *kinds.Certificate {
	return &kinds.Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), DNSNames: c.DNSNames,
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		PublicKeyAlgorithm: c.PublicKeyAlgorithm.String(), PublicKeyBits: bits(c.PublicKey),
		SignatureAlgorithm: c.SignatureAlgorithm.String(), IsCA: c.IsCA,
	}
}

func bits(key any) int {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen()
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return len(k) * 8
	default:
		return 0
	}
}
