package kinds

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Secret is a Secret as a snapshot holds it: everything but the values. The
// source replaces each value by a SecretKey before the object leaves it.
type Secret struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Type              string               `json:"type,omitempty"`
	Immutable         *bool                `json:"immutable,omitempty"`
	Keys              map[string]SecretKey `json:"keys,omitempty"`
}

// SecretKey describes one value of a Secret without holding it. HMAC is
// HMAC-SHA-256 of the value under a key of the installation, so that equal values
// are seen to be equal by those who hold that key and by nobody else. StandsIn says
// that the value is no secret itself but stands for one: it is empty, a template, a
// placeholder, or encrypted by SOPS.
type SecretKey struct {
	SizeBytes   int          `json:"sizeBytes"`
	HMAC        string       `json:"hmac"`
	StandsIn    bool         `json:"standsIn,omitempty"`
	PrivateKey  bool         `json:"privateKey,omitempty"` // a private key in PEM
	Certificate *Certificate `json:"certificate,omitempty"`
}

// Certificate is the public part of the first X.509 certificate in a value.
type Certificate struct {
	Subject            string    `json:"subject"`
	Issuer             string    `json:"issuer"`
	DNSNames           []string  `json:"dnsNames,omitempty"`
	NotBefore          time.Time `json:"notBefore"`
	NotAfter           time.Time `json:"notAfter"`
	PublicKeyAlgorithm string    `json:"publicKeyAlgorithm"`
	PublicKeyBits      int       `json:"publicKeyBits,omitempty"`
	SignatureAlgorithm string    `json:"signatureAlgorithm"`
	IsCA               bool      `json:"isCA,omitempty"`
}

// KeyPath is the field of a Secret that a key is written in: data, or stringData
// where the file has it there.
func KeyPath(o *snapshot.Object, key string) model.Path {
	if o.Origin != nil {
		if written := model.Path("stringData").Child(key); o.Origin.Lines.Has(written) {
			return written
		}
	}
	return model.Path("data").Child(key)
}
