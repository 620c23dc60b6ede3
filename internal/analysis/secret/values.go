package secret

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Mask takes known secrets out of messages.
type Mask []string

// MaskOf collects the secrets of a tree of settings, such as the values of a chart:
// what stands under a name that says so, and the passwords of URLs.
func MaskOf(tree any) Mask {
	var m Mask
	m.collect("", tree)
	// A secret that another one contains must not be taken out of its middle first.
	slices.SortFunc(m, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(m)
}

func (m *Mask) collect(name string, tree any) {
	switch t := tree.(type) {
	case nil, bool:
	case []any:
		for _, value := range t {
			m.collect(name, value)
		}
	default:
		if v := reflect.ValueOf(tree); v.Kind() == reflect.Map {
			for _, key := range v.MapKeys() {
				m.collect(key.String(), v.MapIndex(key).Interface())
			}
			return
		}
		text := fmt.Sprint(t)
		if ruleOfName(name) != "" && isLiteral(text) {
			*m = append(*m, text)
		}
		*m = append(*m, urlPasswords(text)...)
	}
}

// Hide replaces each secret in a message.
func (m Mask) Hide(message string) string {
	for _, secret := range m {
		message = strings.ReplaceAll(message, secret, "[redacted]")
	}
	return message
}
