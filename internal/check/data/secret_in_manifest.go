package data

import (
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SecretInManifest fails Secrets whose values stand in a file.
func SecretInManifest() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-in-manifest",
			Title:    "Values of a Secret stand in a manifest",
			Layer:    model.LayerData,
			Severity: model.High,
			Rationale: "Base64 hides nothing. Whoever reads the repository, a clone, a build log or a backup of it has the credential, and the history " +
				"keeps it after the file was changed.",
			Remediation: "Change the credential, then keep it out of files: External Secrets or a CSI driver that reads a vault, or encrypt it with Sealed Secrets or SOPS.",
			References: []model.Reference{
				model.CIS("5.4.2"), model.CWE("CWE-312"), model.MITRE("T1552.001"),
				model.Docs("concepts/security/secrets-good-practices/#avoid-sharing-secret-manifests"),
			},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			secret := secretOf(c)
			if secret == nil {
				return
			}
			if c.Settings().Live || c.Object.Origin == nil {
				c.Skip()
				return
			}
			names := keyNames(secret, func(name string, key kinds.SecretKey) bool {
				return !key.StandsIn && !public(name, key) && !harmless(name)
			})
			if len(names) == 0 || sops(c) || secret.Type == string(corev1.SecretTypeServiceAccountToken) {
				return
			}
			failure := c.Fail("", "the values of %s stand in the file", list(names))
			if !c.Object.Origin.Editable {
				// A chart may make them up when it is rendered, or take them from values that are not in it.
				failure.Severity(model.Medium)
			}
			for _, name := range names[:min(3, len(names))] {
				failure.At(kinds.KeyPath(c.Object, name), size(secret.Keys[name]))
			}
		},
	}
}

// sops reports whether SOPS encrypted the file: it leaves its own section in it.
func sops(c *check.Case) bool {
	for _, field := range c.Object.Origin.Unknown {
		if field.Path == "sops" || strings.HasPrefix(string(field.Path), "sops.") {
			return true
		}
	}
	return false
}

// bareLetter drops what joins words and lowers letters.
func bareLetter(r rune) rune {
	switch r {
	case '-', '_', '.':
		return -1
	default:
		return unicode.ToLower(r)
	}
}

// harmless reports names of keys that say where and who, not what proves it.
func harmless(name string) bool {
	switch strings.Map(bareLetter, name) {
	case "username", "user", "host", "hostname", "port", "database", "dbname", "db", "endpoint", "region", "bucket", "namespace", "name",
		"type", "project", "tenant", "email", "server", "scheme", "cacrt", "address", "expiration", "usagebootstrapauthentication", "usagebootstrapsigning":
		return true
	default:
		return false
	}
}
