package least

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// random are the characters of random names: rand.SafeEncodeString and rand.String
// of k8s.io/apimachinery/pkg/util/rand use no others.
const random = "bcdfghjklmnpqrstvwxz2456789"

// suffixLength is the length of the suffix that generateName adds
// (k8s.io/apiserver/pkg/storage/names).
const suffixLength = 5

// generated reports whether a name was probably made up by Kubernetes, so that the
// next object of that kind has another one. Of kinds that controllers make, a suffix
// of random characters or of digits (a Job of a CronJob) is enough; of others, whose
// names people choose, the suffix must also have a letter and a digit. A word that
// looks so costs a wider rule, which the proof names.
func generated(group, resource, name string) bool {
	at := strings.LastIndexAny(name, "-.")
	if at < 0 {
		return false
	}
	suffix := name[at+1:]
	switch {
	case group == "" && resource == "events", group == "events.k8s.io" && resource == "events":
		return len(suffix) >= 16 && only(suffix, "0123456789abcdef")
	case madeByControllers(group, resource):
		return len(suffix) >= suffixLength && (only(suffix, random) || only(suffix, "0123456789"))
	default:
		return len(suffix) >= suffixLength && only(suffix, random) && strings.ContainsAny(suffix, "2456789") && !only(suffix, "2456789")
	}
}

func madeByControllers(group, resource string) bool {
	switch group {
	case "":
		return resource == "pods"
	case "apps":
		return resource == "replicasets" || resource == "controllerrevisions"
	case "batch":
		return resource == "jobs"
	case "discovery.k8s.io":
		return resource == "endpointslices"
	case "certificates.k8s.io":
		return resource == "certificatesigningrequests"
	default:
		return false
	}
}

func only(text, characters string) bool {
	return strings.Trim(text, characters) == ""
}

// roleName is the name of the roles and bindings of a subject. Names of RBAC are
// path segments (ValidateRBACName of pkg/apis/rbac/validation): what a user's name
// has that a path segment cannot is replaced, and a hash keeps such names apart.
func roleName(s rbac.Subject) string {
	parts := []string{"least", strings.ToLower(s.Kind)}
	if s.Namespace != "" {
		parts = append(parts, s.Namespace)
	}
	name := strings.NewReplacer("/", "-", "%", "-").Replace(s.Name)
	if name != s.Name {
		sum := sha256.Sum256([]byte(s.Name))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	return strings.Join(append(parts, name), ":")
}
