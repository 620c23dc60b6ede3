package document

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// part is one document of a YAML stream, from its "---" line on.
type part struct {
	data []byte
	line int // 1-based line of the stream at which data starts
}

// split cuts a stream at lines that start with "---", as kubectl does
// (k8s.io/apimachinery/pkg/util/yaml, splitYAMLDocument). Content cannot hold
// such a line: block scalars are indented.
func split(data []byte) []part {
	var parts []part
	start, startLine, line := 0, 1, 1
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			end = len(data)
		} else {
			end += at + 1
		}
		if at > start && isSeparator(data[at:end]) {
			parts = append(parts, part{data: data[start:at], line: startLine})
			start, startLine = at, line
		}
		at = end
		line++
	}
	if start < len(data) {
		parts = append(parts, part{data: data[start:], line: startLine})
	}
	return parts
}

func isSeparator(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n'
}

// parseYAML parses the documents of a part: one, or more where "..." ends one.
// The nodes parsed before an error are returned with it.
func parseYAML(data []byte) (nodes []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: the parser failed: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		node := &yaml.Node{}
		if err := decoder.Decode(node); err == io.EOF {
			return nodes, nil
		} else if err != nil {
			return nodes, err
		}
		nodes = append(nodes, node)
	}
}

// shiftLines makes the lines of a part's nodes lines of the stream.
func shiftLines(node *yaml.Node, by int) {
	if by == 0 {
		return
	}
	node.Line += by
	for _, child := range node.Content {
		shiftLines(child, by)
	}
}

func errorLine(err error) int {
	match := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error())
	if match == nil {
		return 0
	}
	line, _ := strconv.Atoi(match[1])
	return line
}

// explain words a parse error for the one who wrote the file.
func explain(err error, data []byte) string {
	reason := regexp.MustCompile(`^yaml: (line \d+: )?`).ReplaceAllString(err.Error(), "")
	switch {
	case bytes.Contains(data, []byte("{{")) && bytes.Contains(data, []byte("}}")):
		return "not valid YAML: a Go template that was not rendered (" + reason + "): scan the chart's folder, or the rendered output"
	case strings.Contains(reason, "cannot start any token"), bytes.Contains(data, []byte("\n\t")):
		return "not valid YAML: a tab is used for indentation (" + reason + "): use spaces"
	default:
		return "not valid YAML: " + reason
	}
}
