package netpol

import (
	"errors"
	"fmt"
	"strings"
)

// selectorContext says what the labels of a Calico selector are labels of.
type selectorContext uint8

const (
	ofEndpoints selectorContext = iota
	ofNamespaces
)

// maxSelectorDepth bounds the parentheses of a selector.
const maxSelectorDepth = 64

// parseCalicoSelector reads a selector of Calico's policies, such as
//
//	role == 'web' && (has(tier) || zone not in {'a', 'b'})
//
// "" selects all. The grammar is that of
// https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors and
// of libcalico-go/lib/selector: || binds weaker than &&, and that weaker than !. White
// space is blanks and tabs; inside of an operator, as in not in or has( a ), it is more.
func parseCalicoSelector(text string, context selectorContext) (*condition, error) {
	p := &calicoParser{rest: text, context: context}
	p.blanks()
	if p.rest == "" {
		return &condition{op: every}, nil
	}
	c, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, fmt.Errorf("%q is left over at the end of the selector", p.rest)
	}
	return c, nil
}

type calicoParser struct {
	rest    string
	context selectorContext
}

func (p *calicoParser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t") }

// spaces consumes what may stand inside of an operator: \s of libcalico-go's tokenizer.
func (p *calicoParser) spaces() { p.rest = strings.TrimLeft(p.rest, " \t\n\f\r") }

// take consumes a text, and the blanks behind it, if it comes next.
func (p *calicoParser) take(text string) bool {
	rest, ok := strings.CutPrefix(p.rest, text)
	if ok {
		p.rest = rest
		p.blanks()
	}
	return ok
}

func (p *calicoParser) or(depth int) (*condition, error) {
	return p.list(anyOf, "||", func() (*condition, error) {
		return p.list(allOf, "&&", func() (*condition, error) { return p.operation(depth) })
	})
}

// list reads one or more parts with an operator in between.
func (p *calicoParser) list(op conditionOp, operator string, part func() (*condition, error)) (*condition, error) {
	var parts []*condition
	for {
		c, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		if !p.take(operator) {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &condition{op: op, of: parts}, nil
}

func (p *calicoParser) operation(depth int) (*condition, error) {
	if depth > maxSelectorDepth {
		return nil, fmt.Errorf("the selector has more than %d parentheses within each other", maxSelectorDepth)
	}
	negated := false
	for p.take("!") {
		negated = !negated
	}
	c, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	if negated {
		return c.negated(), nil
	}
	return c, nil
}

func (p *calicoParser) operand(depth int) (*condition, error) {
	switch {
	case p.take("("):
		c, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return c, p.need(")")
	case p.take("all("):
		return p.all(), p.second(")")
	case p.take("global("):
		if p.context != ofNamespaces {
			return nil, errors.New("global() selects in a namespaceSelector only")
		}
		return p.all().negated(), p.second(")")
	case p.take("has("):
		p.spaces()
		key := p.label()
		if key == "" {
			return nil, errors.New("has( needs a label")
		}
		return p.property(key, exists), p.second(")")
	}
	key := p.label()
	if key == "" {
		return nil, fmt.Errorf("%q is no operation on a label", p.rest)
	}
	return p.comparison(key)
}

// all selects, of namespaces, whatever is in one: no GlobalNetworkSet, no HostEndpoint.
func (p *calicoParser) all() *condition {
	if p.context == ofNamespaces {
		return &condition{op: has, what: namespaceName, test: exists}
	}
	return &condition{op: every}
}

func (p *calicoParser) need(text string) error {
	if !p.take(text) {
		return fmt.Errorf("%q is missing before %q", text, p.rest)
	}
	return nil
}

// second reads what an operator ends with, as "in" of "not in" and ")" of "has(a)".
func (p *calicoParser) second(text string) error {
	p.spaces()
	return p.need(text)
}

func (p *calicoParser) label() string {
	end := 0
	for end < len(p.rest) && end < 512 && isLabelByte(p.rest[end]) {
		end++
	}
	key := p.rest[:end]
	p.rest = p.rest[end:]
	p.blanks()
	return key
}

func isLabelByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("_./-", b) >= 0
}

// comparison reads what follows a label.
func (p *calicoParser) comparison(key string) (*condition, error) {
	switch {
	case p.take("=="):
		return p.compare(key, oneOf)
	case p.take("!="):
		c, err := p.compare(key, oneOf)
		if err != nil {
			return nil, err
		}
		return c.negated(), nil
	case p.take("contains"):
		return p.compare(key, contain)
	case p.take("starts"):
		if err := p.second("with"); err != nil {
			return nil, err
		}
		return p.compare(key, startsWith)
	case p.take("ends"):
		if err := p.second("with"); err != nil {
			return nil, err
		}
		return p.compare(key, endsWith)
	case p.take("not"):
		if err := p.second("in"); err != nil {
			return nil, err
		}
		c, err := p.in(key)
		if err != nil {
			return nil, err
		}
		return c.negated(), nil
	case p.take("in"):
		return p.in(key)
	default:
		return nil, fmt.Errorf("%q is no operator for label %s", p.rest, key)
	}
}

func (p *calicoParser) compare(key string, t test) (*condition, error) {
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	return p.property(key, t, value), nil
}

func (p *calicoParser) in(key string) (*condition, error) {
	if err := p.need("{"); err != nil {
		return nil, err
	}
	var values []string
	for strings.HasPrefix(p.rest, "'") || strings.HasPrefix(p.rest, `"`) {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if !p.take(",") {
			break
		}
	}
	return p.property(key, oneOf, values...), p.need("}")
}

func (p *calicoParser) literal() (string, error) {
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		return "", fmt.Errorf("%q is no text in quotes", p.rest)
	}
	value, rest, closed := strings.Cut(p.rest[1:], p.rest[:1])
	if !closed {
		return "", fmt.Errorf("%s: the quote is not closed", p.rest)
	}
	p.rest = rest
	p.blanks()
	return value, nil
}

// property is a test of a label. Calico gives endpoints some labels of its own:
// libcalico-go/lib/apis/v3 and lib/backend/k8s/conversion.
func (p *calicoParser) property(key string, t test, values ...string) *condition {
	c := &condition{op: has, key: key, test: t, values: values}
	switch {
	case p.context == ofNamespaces && key == "projectcalico.org/name":
		c.what, c.key = namespaceName, ""
	case p.context == ofNamespaces:
		c.what = namespaceLabel
	case key == "projectcalico.org/namespace":
		c.what, c.key = namespaceName, ""
	case key == "projectcalico.org/serviceaccount":
		c.what, c.key = account, ""
	case key == "projectcalico.org/orchestrator":
		c.what = orchestrator
	case strings.HasPrefix(key, "pcns."):
		c.what, c.key = namespaceLabel, strings.TrimPrefix(key, "pcns.")
		if c.key == "projectcalico.org/name" {
			c.what, c.key = namespaceName, ""
		}
	case strings.HasPrefix(key, "pcsa."):
		return &condition{op: unknowable, key: key}
	}
	return c
}

// unknown reports what of a condition may select any; "" if nothing.
func (c *condition) unknown() string {
	if c.op == unknowable {
		return c.key
	}
	for _, part := range c.of {
		if key := part.unknown(); key != "" {
			return key
		}
	}
	return ""
}
