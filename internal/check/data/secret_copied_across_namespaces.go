package data

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SecretCopiedAcrossNamespaces fails Secrets with a value that is kept in another
// namespace too.
func SecretCopiedAcrossNamespaces() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-copied-across-namespaces",
			Title:    "Two namespaces hold the same secret value",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "Namespaces separate who may read what: a value that lies in several is as safe as the weakest of them, and where one copy is " +
				"changed the others stay valid.",
			Remediation: "Use a credential for each namespace, or hand one out from a single place (External Secrets, a CSI driver) that also changes all copies.",
			References:  []model.Reference{model.CWE("CWE-522"), model.MITRE("T1552.007"), model.Docs("concepts/security/secrets-good-practices/")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			secret := secretOf(c)
			if secret == nil {
				return
			}
			copies := secretCopies.Of(c.View, struct{}{})
			for name, key := range secret.Keys {
				if !guarded(secret, name, key) {
					continue
				}
				same := copies[key.HMAC]
				// One finding for all copies, on the first.
				if len(same) == 0 || same[0].object != c.Object || same[0].key != name {
					continue
				}
				other := slices.IndexFunc(same, func(o secretCopy) bool { return o.object.Namespace != c.Object.Namespace })
				if other < 0 {
					continue
				}
				failure := c.Fail(name, "%s is also in %s", name, otherNamespaces(same, c.Object.Namespace)).
					At(kinds.KeyPath(c.Object, name), size(key)).In(same[other].object, kinds.KeyPath(same[other].object, same[other].key), size(key))
				if secret.Type == string(corev1.SecretTypeDockerConfigJson) || secret.Type == string(corev1.SecretTypeDockercfg) {
					failure.Severity(model.Info) // each namespace needs its own to pull images
				}
			}
		},
	}
}

// guarded reports whether a value is long enough to be a secret, and none of the
// public things that Secrets also hold.
func guarded(secret *kinds.Secret, name string, key kinds.SecretKey) bool {
	return key.HMAC != "" && key.SizeBytes >= 8 && !key.StandsIn && !public(name, key) && !harmless(name) &&
		secret.Type != string(corev1.SecretTypeServiceAccountToken) && !strings.HasPrefix(secret.Type, "helm.sh/")
}

// public reports values that are no secret: certificates without their key.
func public(name string, key kinds.SecretKey) bool {
	return key.Certificate != nil && !key.PrivateKey || name == "ca.crt" || strings.HasSuffix(name, ".pub")
}

type secretCopy struct {
	object *snapshot.Object
	key    string
}

// secretCopies maps the fingerprint of each value to where it is, sorted.
var secretCopies = snapshot.Memo[struct{}, map[string][]secretCopy]{Name: "check/data.secretCopies", Compute: func(v *snapshot.View, _ struct{}) map[string][]secretCopy {
	index := map[string][]secretCopy{}
	all, _ := snapshot.List(v, kinds.Secrets, "")
	for object, secret := range all {
		for name, key := range secret.Keys {
			if guarded(secret, name, key) {
				index[key.HMAC] = append(index[key.HMAC], secretCopy{object: object, key: name})
			}
		}
	}
	for _, copies := range index {
		slices.SortFunc(copies, func(a, b secretCopy) int {
			return cmp.Or(a.object.ID.Compare(b.object.ID), strings.Compare(a.key, b.key))
		})
	}
	return index
}}

func otherNamespaces(copies []secretCopy, own string) string {
	var others []string
	for _, o := range copies {
		if place := o.object.Namespace + "/" + o.object.Name; o.object.Namespace != own && !slices.Contains(others, place) {
			others = append(others, place)
		}
	}
	return list(others)
}
