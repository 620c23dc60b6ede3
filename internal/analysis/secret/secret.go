// Package secret finds secrets in objects and takes them out, before the objects
// leave the source that read them. What stays is where the secret was, of what
// kind it is, its size and a keyed fingerprint.
//
// Two detectors work together: a structural one, which knows where Kubernetes
// objects carry secrets (a variable named DB_PASSWORD, a password in a URL, a
// --token flag, a line of a properties file), and the specific rules of gitleaks,
// which know the shapes of providers' keys. Gitleaks' generic rule is left out:
// what it could add, the structural detector says with less noise.
package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/zricethezav/gitleaks/v8/detect"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Detector finds and removes secrets. It is safe for concurrent use. Make one
// with NewDetector.
type Detector struct {
	key      []byte
	gitleaks func() *detect.Detector
}

// NewDetector makes a detector that fingerprints under key (at least 16 bytes of
// randomness that belong to the installation).
func NewDetector(key []byte) *Detector {
	return &Detector{key: key, gitleaks: sync.OnceValue(loadGitleaks)}
}

// generic names the rules of gitleaks that match by context rather than by shape.
func generic() []string {
	return []string{"generic-api-key", "hashicorp-tf-password", "kubernetes-secret-yaml", "curl-auth-user", "curl-auth-header"}
}

func loadGitleaks() *detect.Detector {
	detector, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		panic("gitleaks' own configuration does not load: " + err.Error())
	}
	for _, id := range generic() {
		delete(detector.Config.Rules, id)
	}
	return detector
}

// Fingerprint is HMAC-SHA-256 of a value under the installation's key, in hex.
func (d *Detector) Fingerprint(value []byte) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil))
}

// field is one string of an object that may hold a secret.
type field struct {
	path  model.Path
	name  string // what the string is called, where a name says what it is: a variable, a flag, a key
	value *string
}

// clean looks for secrets in the fields, replaces each by a mark, and returns what
// it found.
func (d *Detector) clean(fields []field) []snapshot.FoundSecret {
	var found []snapshot.FoundSecret
	var rest strings.Builder
	offsets := make([]int, 0, len(fields))
	kept := fields[:0:0]
	for _, f := range fields {
		found = d.structural(f, found)
		if worthMatching(*f.value) {
			offsets = append(offsets, rest.Len())
			kept = append(kept, f)
			rest.WriteString(*f.value)
			rest.WriteByte('\n')
		}
	}
	if len(kept) == 0 {
		return found
	}
	return d.specific(kept, offsets, rest.String(), found)
}

// specific runs gitleaks once over all strings of an object: its cost is per call
// more than per byte.
func (d *Detector) specific(fields []field, offsets []int, text string, found []snapshot.FoundSecret) []snapshot.FoundSecret {
	for _, match := range d.gitleaks().DetectString(text) {
		for _, f := range fields {
			if match.Secret != "" && strings.Contains(*f.value, match.Secret) {
				found = append(found, d.take(f, match.RuleID, match.Secret, true))
			}
		}
	}
	return found
}

// take replaces a secret in a field by a mark and says what was there.
func (d *Detector) take(f field, rule, value string, certain bool) snapshot.FoundSecret {
	*f.value = strings.ReplaceAll(*f.value, value, Mark(rule, len(value)))
	return snapshot.FoundSecret{Path: f.path, Name: f.name, Rule: rule, Certain: certain, SizeBytes: len(value), HMAC: d.Fingerprint([]byte(value))}
}

// Mark is the text that stands where a secret was.
func Mark(rule string, size int) string { return fmt.Sprintf("[redacted %s, %d bytes]", rule, size) }

// worthMatching is a cheap test for strings that a provider's key can be in: each
// of gitleaks' specific rules needs a run of at least 15 characters with letters
// and digits, or a key block.
func worthMatching(s string) bool {
	if len(s) < 15 {
		return false
	}
	run, letters, digits := 0, false, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			run, digits = run+1, true
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			run, letters = run+1, true
		case c == '_' || c == '-' || c == '+' || c == '/' || c == '=' || c == '.':
			run++
		default:
			run, letters, digits = 0, false, false
		}
		if run >= 15 && letters && digits {
			return true
		}
	}
	return strings.Contains(s, "-----BEGIN")
}
