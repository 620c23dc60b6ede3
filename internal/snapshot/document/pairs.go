package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxMerges bounds the maps that "<<" brings into one, which aliases could make
// endless.
const maxMerges = 20

// pairs returns the keys and values of a map as they count: key, value, key,
// value. Of keys that stand twice the last counts, as for kubectl, and what "<<"
// merges counts where the map itself does not have the key. Keys are scalars.
func (w *walk) pairs(node *yaml.Node) []*yaml.Node {
	if plainKeys(node.Content) {
		return node.Content
	}
	m := merging{walk: w}
	m.own(node)
	return m.pairs
}

// plainKeys reports whether all keys are scalars that stand once. Nearly all maps
// are short, and for those looking back is faster than a Go map.
func plainKeys(content []*yaml.Node) bool {
	if len(content) > 64 {
		seen := make(map[string]bool, len(content)/2)
		for i := 0; i+1 < len(content); i += 2 {
			if !plainKey(content[i]) || seen[content[i].Value] {
				return false
			}
			seen[content[i].Value] = true
		}
		return true
	}
	for i := 0; i+1 < len(content); i += 2 {
		if !plainKey(content[i]) {
			return false
		}
		for j := 0; j < i; j += 2 {
			if content[j].Value == content[i].Value {
				return false
			}
		}
	}
	return true
}

func plainKey(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.Tag != mergeTag }

const mergeTag = "!!merge"

// merging collects the pairs of a map that is not plain.
type merging struct {
	walk    *walk // nil: nothing is reported
	pairs   []*yaml.Node
	known   map[string]int // key -> its place in pairs
	sources int
}

// own collects the map's own keys, then those that it merges.
func (m *merging) own(node *yaml.Node) {
	m.known = make(map[string]int, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := resolve(node.Content[i]), node.Content[i+1]
		switch at, twice := m.known[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			m.problem(key, "a key is "+describe(key, true)+", the API needs text")
		case key.Tag == mergeTag:
		case twice:
			if m.walk != nil {
				m.problem(key, fmt.Sprintf("key %q stands twice, first on line %d: tools differ in which one they take", cut(key.Value, 60), m.walk.line(m.pairs[at].Line)))
			}
			m.pairs[at+1] = value
		default:
			m.add(key, value)
		}
	}
	m.merge(node)
}

func (m *merging) problem(node *yaml.Node, reason string) {
	if m.walk != nil {
		m.walk.problem(node.Line, reason)
	}
}

func (m *merging) add(key, value *yaml.Node) {
	m.known[key.Value] = len(m.pairs)
	m.pairs = append(m.pairs, key, value)
}

// merge collects what the "<<" keys of a map bring.
func (m *merging) merge(node *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Tag != mergeTag || node.Content[i].Kind != yaml.ScalarNode {
			continue
		}
		source := resolve(node.Content[i+1])
		if source.Kind != yaml.SequenceNode {
			m.source(source)
			continue
		}
		for _, each := range source.Content {
			m.source(resolve(each))
		}
	}
}

// source adds the keys of one merged map that are not there yet.
func (m *merging) source(node *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		m.problem(node, "<<: is "+describe(node, true)+", YAML merges maps only")
		return
	}
	if m.sources++; m.sources > maxMerges {
		if m.sources == maxMerges+1 {
			m.problem(node, fmt.Sprintf("<<: more than %d maps are merged", maxMerges))
		}
		return
	}
	before := len(m.pairs)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := resolve(node.Content[i]), node.Content[i+1]
		if !plainKey(key) || m.walk != nil && !m.walk.spend(key.Line) {
			continue
		}
		if at, known := m.known[key.Value]; !known {
			m.add(key, value)
		} else if at >= before {
			m.pairs[at+1] = value
		}
	}
	m.merge(node)
}

// find returns the value of a key as pairs would, without saying what is wrong
// with the map; nil when there is none.
func find(node *yaml.Node, key string) *yaml.Node {
	if node = resolve(node); node.Kind != yaml.MappingNode {
		return nil
	}
	merges := false
	for i := len(node.Content) - 2; i >= 0; i -= 2 {
		switch k := resolve(node.Content[i]); {
		case k.Kind != yaml.ScalarNode:
		case k.Tag == mergeTag:
			merges = true
		case k.Value == key:
			return resolve(node.Content[i+1])
		}
	}
	if !merges {
		return nil
	}
	m := merging{}
	m.own(node)
	if at, ok := m.known[key]; ok {
		return resolve(m.pairs[at+1])
	}
	return nil
}
