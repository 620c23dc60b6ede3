package data

import (
	"cmp"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// secretReport reports the secrets that the source found in an object and took
// out: one finding for each place and name, with every field as evidence.
type secretReport struct {
	c    *check.Case
	seen map[string]check.Failure
}

// fail reports one secret. What a rule is certain of is high; where only a name
// says that the value is secret, medium.
func (r *secretReport) fail(object *snapshot.Object, found snapshot.FoundSecret, where string) {
	value := fmt.Sprintf("[redacted, %d bytes]", found.SizeBytes)
	key := where + " " + cmp.Or(found.Name, found.Rule)
	if failure, ok := r.seen[key]; ok {
		failure.In(object, found.Path, value)
		return
	}
	severity := model.Medium
	if found.Certain {
		severity = model.High
	}
	if r.seen == nil {
		r.seen = map[string]check.Failure{}
	}
	r.seen[key] = r.c.Fail(key, "%s holds %s", where, describeSecret(found)).In(object, found.Path, value).Severity(severity)
}

func describeSecret(found snapshot.FoundSecret) string {
	what := "a " + strings.ReplaceAll(found.Rule, "-", " ")
	switch {
	case found.Rule == secret.RuleURL:
		what = "a password in a URL"
	case strings.IndexByte("aeio", found.Rule[0]) >= 0:
		what = "an" + what[1:]
	}
	if found.Name != "" {
		what += " (" + found.Name + ")"
	}
	return what
}

// below reports whether a path is in a part of a container.
func below(path, container model.Path, parts ...string) bool {
	rest, ok := strings.CutPrefix(string(path), string(container))
	if !ok {
		return false
	}
	for _, part := range parts {
		if strings.HasPrefix(rest, part) {
			return true
		}
	}
	return false
}
