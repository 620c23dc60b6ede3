package cluster

import (
	"strings"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// encryptionKinds are what encryption at rest is configured in.
func encryptionKinds() []string { return []string{"apiserver.config.k8s.io/EncryptionConfiguration"} }

// encryptionConfig reads the object, or makes the verdict Unknown.
func encryptionConfig(c *check.Case) (config *apiserverv1.EncryptionConfiguration, ok bool) {
	config, err := kinds.EncryptionConfigurations.Read(c.Object)
	if err != nil {
		c.Unknown()
	}
	return config, err == nil
}

// eachProvider visits the providers that an EncryptionConfiguration names.
func eachProvider(judge func(c *check.Case, p provider)) func(*check.Case) {
	return func(c *check.Case) {
		config, ok := encryptionConfig(c)
		if !ok {
			return
		}
		for i := range config.Resources {
			for j := range config.Resources[i].Providers {
				judge(c, provider{
					ProviderConfiguration: &config.Resources[i].Providers[j],
					resources:             strings.Join(config.Resources[i].Resources, ", "),
					first:                 j == 0,
					path:                  (model.Path("resources").Index(i) + ".providers").Index(j),
				})
			}
		}
	}
}

// provider is one provider of an EncryptionConfiguration and where it stands.
type provider struct {
	*apiserverv1.ProviderConfiguration
	resources string // that it encrypts
	first     bool   // it writes; the others only read
	path      model.Path
}

// keys returns the name of a provider that has its keys in the file, and the keys.
func (p provider) keys() (name string, keys []apiserverv1.Key) {
	switch {
	case p.AESGCM != nil:
		return "aesgcm", p.AESGCM.Keys
	case p.AESCBC != nil:
		return "aescbc", p.AESCBC.Keys
	case p.Secretbox != nil:
		return "secretbox", p.Secretbox.Keys
	default:
		return "", nil
	}
}

// encrypts reports whether an entry of a resource list covers a resource of the
// core group: secrets, "*." and "*.*".
func encrypts(entry, resource string) bool {
	return entry == resource || entry == "*." || entry == "*.*"
}
