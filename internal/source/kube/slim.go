package kube

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"

	"holdfast.dev/holdfast/internal/snapshot"
)

// slimMeta is what is read of the metadata of an object that is kept as JSON.
type slimMeta struct {
	name
	Annotations   map[string]string           `json:"annotations"`
	ManagedFields []metav1.ManagedFieldsEntry `json:"managedFields"`
}

// slim copies an object without what servers and clients write into its metadata
// for themselves. Every other field stays as it is, in its order; apiVersion and
// kind, which lists may leave out, come first.
func slim(item []byte, apiVersion, kind string) (snapshot.JSON, slimMeta, error) {
	var meta slimMeta
	out := make([]byte, 0, len(item)+len(apiVersion)+len(kind)+32)
	out = append(out, `{"apiVersion":`...)
	out = appendQuoted(out, apiVersion)
	out = append(out, `,"kind":`...)
	out = appendQuoted(out, kind)
	err := eachMember(item, func(name string, value jsontext.Value) error {
		switch name {
		case "apiVersion", "kind":
			return nil
		case "metadata":
			if err := json.Unmarshal(value, &meta); err != nil {
				return decodeError(err)
			}
			var err error
			if value, err = without(value, "managedFields"); err != nil {
				return err
			}
		}
		out = appendMember(out, name, value)
		return nil
	})
	return append(out, '}'), meta, err
}

// without copies the metadata of an object without one of its fields and without
// the annotation that holds the object as it was applied.
func without(object jsontext.Value, field string) (jsontext.Value, error) {
	out := make([]byte, 0, len(object))
	err := eachMember(object, func(name string, value jsontext.Value) error {
		if name == field {
			return nil
		}
		if name == "annotations" && value.Kind() == '{' {
			var err error
			if value, err = without(value, corev1.LastAppliedConfigAnnotation); err != nil {
				return err
			}
		}
		out = appendMember(out, name, value)
		return nil
	})
	if len(out) == 0 {
		return jsontext.Value("{}"), err
	}
	out[0] = '{'
	return append(out, '}'), err
}

// appendMember appends `,"name":value`.
func appendMember(out []byte, name string, value jsontext.Value) []byte {
	out = append(out, ',')
	out = appendQuoted(out, name)
	out = append(out, ':')
	return append(out, value...)
}

func appendQuoted(out []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(out, s)
	if err != nil { // invalid UTF-8, which it replaces
		return quoted
	}
	return quoted
}

// eachMember calls f with each member of a JSON object. The value must not be kept.
func eachMember(object []byte, f func(name string, value jsontext.Value) error) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return decodeError(err)
	}
	for decoder.PeekKind() != '}' {
		token, err := decoder.ReadToken()
		if err != nil {
			return decodeError(err)
		}
		name := token.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return decodeError(err)
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	return nil
}

// origin says under which API version the object is maintained: the one that
// kubectl apply last named, or that a server-side apply names, the oldest if they
// differ. It is nil when nobody applies the object. Entries of other writers are
// left alone: they name versions that were used once, perhaps years ago.
func origin(lastApplied string, managed []metav1.ManagedFieldsEntry) *snapshot.Origin {
	oldest := appliedVersion(lastApplied)
	for _, entry := range managed {
		if entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == "" && entry.APIVersion != "" {
			if oldest == "" || older(entry.APIVersion, oldest) {
				oldest = entry.APIVersion
			}
		}
	}
	if oldest == "" {
		return nil
	}
	return &snapshot.Origin{APIVersion: oldest}
}

// appliedVersion reads the apiVersion of the object in the annotation. kubectl
// writes it first, so that most are not parsed.
func appliedVersion(lastApplied string) string {
	if rest, ok := strings.CutPrefix(lastApplied, `{"apiVersion":"`); ok {
		if apiVersion, _, ok := strings.Cut(rest, `"`); ok && !strings.Contains(apiVersion, `\`) {
			return apiVersion
		}
	}
	var object struct {
		APIVersion string `json:"apiVersion"`
	}
	if lastApplied == "" || json.Unmarshal([]byte(lastApplied), &object) != nil {
		return ""
	}
	return object.APIVersion
}

// older orders API versions of one kind. The group extensions, which all kinds have
// left, is older than any other.
func older(a, b string) bool {
	groupA, versionA := cutAPIVersion(a)
	groupB, versionB := cutAPIVersion(b)
	if groupA != groupB {
		return groupA == "extensions"
	}
	return version.CompareKubeAwareVersionStrings(versionA, versionB) < 0
}

func cutAPIVersion(apiVersion string) (group, version string) {
	if group, version, ok := strings.Cut(apiVersion, "/"); ok {
		return group, version
	}
	return "", apiVersion
}
