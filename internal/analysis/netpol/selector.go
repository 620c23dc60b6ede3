package netpol

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// selector is a valid label selector. Selectors that are written alike have equal keys.
type selector struct {
	key          string
	requirements []requirement
}

// requirement is one condition on one label.
type requirement struct {
	key    string
	op     metav1.LabelSelectorOperator
	values []string
}

// readSelector checks a selector as the API server does.
func readSelector(s *metav1.LabelSelector) (*selector, error) {
	if errs := validation.ValidateLabelSelector(s, validation.LabelSelectorValidationOptions{}, field.NewPath("selector")); len(errs) > 0 {
		return nil, errs[0]
	}
	read := &selector{requirements: make([]requirement, 0, len(s.MatchLabels)+len(s.MatchExpressions))}
	for key, value := range s.MatchLabels {
		read.requirements = append(read.requirements, requirement{key: key, op: metav1.LabelSelectorOpIn, values: []string{value}})
	}
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		read.requirements = append(read.requirements, requirement{key: e.Key, op: e.Operator, values: e.Values})
	}
	slices.SortFunc(read.requirements, func(a, b requirement) int { return strings.Compare(a.text(), b.text()) })
	texts := make([]string, len(read.requirements))
	for i := range read.requirements {
		texts[i] = read.requirements[i].text()
	}
	read.key = strings.Join(texts, "\x01")
	return read, nil
}

func (r *requirement) text() string {
	return r.key + " " + string(r.op) + " " + strings.Join(r.values, ",")
}

// String renders the selector for people; "everything" when it selects all.
func (s *selector) String() string {
	if s == nil || len(s.requirements) == 0 {
		return "everything"
	}
	var b strings.Builder
	for i := range s.requirements {
		if i > 0 {
			b.WriteString(", ")
		}
		r := &s.requirements[i]
		switch {
		case r.op == metav1.LabelSelectorOpIn && len(r.values) == 1:
			b.WriteString(r.key + "=" + r.values[0])
		case r.op == metav1.LabelSelectorOpExists:
			b.WriteString(r.key)
		case r.op == metav1.LabelSelectorOpDoesNotExist:
			b.WriteString("!" + r.key)
		default:
			b.WriteString(r.key + " " + strings.ToLower(string(r.op)) + " (" + strings.Join(r.values, ", ") + ")")
		}
	}
	return b.String()
}

// holds decides the condition for a label that is there, or is not.
func (r *requirement) holds(value string, present bool) bool {
	switch r.op {
	case metav1.LabelSelectorOpIn:
		return present && slices.Contains(r.values, value)
	case metav1.LabelSelectorOpNotIn:
		return !present || !slices.Contains(r.values, value)
	case metav1.LabelSelectorOpExists:
		return present
	default:
		return !present
	}
}

// match says whether a selector selects what has labels: certainly, or perhaps, because
// not all labels are known.
func (s *selector) match(labels map[string]string, unknown bool) (yes, maybe bool) {
	if s == nil {
		return true, false
	}
	for i := range s.requirements {
		r := &s.requirements[i]
		value, present := labels[r.key]
		switch {
		case !present && unknown:
			maybe = true
		case !r.holds(value, present):
			return false, false
		}
	}
	return !maybe, maybe
}
