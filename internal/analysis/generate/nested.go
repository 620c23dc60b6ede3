package generate

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNesting bounds how deep a file of settings is read.
const maxNesting = 32

// fileSettings reads a file of settings. In YAML and JSON a name is the whole path,
// database.host, in which an entry of a list has its number; in other forms the section
// that a line is in goes before it.
func fileSettings(text string) []setting {
	tree := text
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		tree = strings.ReplaceAll(text, "\t", " ") // which indent JSON, and not YAML
	}
	var list []setting
	for documents := yaml.NewDecoder(strings.NewReader(tree)); ; {
		var document yaml.Node
		switch err := documents.Decode(&document); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil || len(document.Content) != 1 || !isTree(document.Content[0]):
			return lines(text)
		}
		list = append(list, nodeSettings(document.Content[0], "", 0)...)
	}
}

// isTree tells YAML from other forms that can be read as YAML: those are one scalar.
func isTree(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode
}

func nodeSettings(n *yaml.Node, path string, depth int) []setting {
	var list []setting
	switch {
	case depth > maxNesting:
	case n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "\n"): // a file in the file
		for _, inner := range lines(n.Value) {
			list = append(list, setting{within(path, inner.name), inner.value})
		}
	case n.Kind == yaml.ScalarNode:
		list = append(list, setting{path, n.Value})
	case n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode:
		list = append(list, setting{path, n.Alias.Value})
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			list = append(list, nodeSettings(item, within(path, strconv.Itoa(i)), depth+1)...)
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			list = append(list, nodeSettings(n.Content[i+1], within(path, n.Content[i].Value), depth+1)...)
		}
	}
	return list
}

func within(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// lines reads the usual forms of a file of settings: a=b, a: b, "a": "b", below
// [section]. A line of another form has no name.
func lines(text string) []setting {
	var list []setting
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "//") || line[0] == ';' {
			continue
		}
		if name, ok := sectionName(line); ok {
			section = name
			continue
		}
		at := strings.IndexAny(line, "=:")
		if at <= 0 || strings.HasPrefix(line[at:], "://") || strings.ContainsAny(strings.Trim(line[:at], "\"' -\t"), " \t/") {
			list = append(list, setting{"", line})
			continue
		}
		name := strings.Trim(line[:at], "\"' -\t")
		list = append(list, setting{within(section, name), strings.Trim(strings.TrimLeft(line[at:], "=:"), "\"', \t")})
	}
	return list
}

// sectionName reads [database] of an INI file, and [[database]] of TOML. A list of
// values is none, nor is a test of a shell.
func sectionName(line string) (string, bool) {
	name, opened := strings.CutPrefix(line, "[")
	name, closed := strings.CutSuffix(name, "]")
	name = strings.Trim(name, "[] ")
	if !opened || !closed || name == "" || name[0] == '-' || strings.ContainsAny(name, ",:/=$\"'") {
		return "", false
	}
	return name, true
}
