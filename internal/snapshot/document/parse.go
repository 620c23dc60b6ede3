package document

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// parseYAML parses the documents of a part: nearly always one.
func parseYAML(data []byte) (nodes []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			nodes, err = nil, fmt.Errorf("yaml: the parser failed: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		node := &yaml.Node{}
		if err := decoder.Decode(node); err == io.EOF {
			return nodes, nil
		} else if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
}

// maxExplained bounds the texts that are parsed a second time for a better
// explanation of what is wrong with them.
const maxExplained = 1 << 20

// explain words a parse error for the one who wrote the file, and finds the line.
func explain(err error, data []byte) (line int, reason string) {
	if line, reason := badCharacter(data); reason != "" {
		return line, reason
	}
	line, reason = located(err)
	if match := regexp.MustCompile(`^unknown anchor '(.*)' referenced`).FindStringSubmatch(reason); match != nil {
		// The name is not shown: it may be a password that starts with an asterisk.
		return lineOfText(data, "*"+match[1]), "not valid YAML: an alias (*) to an anchor that is not defined: quote the value if it is text"
	}
	if len(data) <= maxExplained {
		// kubectl's parser names the place of the error, where yaml.v3 names the
		// place at which the enclosing block starts, unless the error is that the
		// text ends too early.
		if _, other := sigsyaml.YAMLToJSON(data); other != nil {
			if at, better := located(other); at > 0 && at <= bytes.Count(bytes.TrimSpace(data), []byte("\n"))+1 {
				line, reason = at, better
			}
		}
	}
	lines := bytes.Split(data, []byte("\n"))
	line = min(max(line, 1), len(lines))
	text := lines[line-1]
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	switch {
	case templateLine(data):
		reason = "a Go template that was not rendered (" + reason + "): scan the chart's folder, or the rendered output"
	case bytes.IndexByte(indent, '\t') >= 0:
		reason = "a tab is used for indentation (" + reason + "): use spaces"
	}
	return line, "not valid YAML: " + reason
}

// badCharacter finds what no YAML text may hold (yaml.v3, readerc.go).
func badCharacter(data []byte) (line int, reason string) {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			reason = "not valid UTF-8: save the file as UTF-8"
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85, r >= 0xd800 && r < 0xe000, r == 0xfeff && at > 0, r == 0xfffe, r == 0xffff:
			reason = fmt.Sprintf("not valid YAML: it holds the control character %U", r)
		}
		if reason != "" {
			return 1 + bytes.Count(data[:at], []byte("\n")), reason
		}
		at += size
	}
	return 0, ""
}

func lineOfText(data []byte, text string) int {
	return 1 + bytes.Count(data[:max(0, bytes.Index(data, []byte(text)))], []byte("\n"))
}

// templateLine reports whether a line is, or a value starts with, a template
// action: what no valid YAML document has.
func templateLine(data []byte) bool {
	return regexp.MustCompile(`(?m)(^|:|-)[ \t]*\{\{.*\}\}`).Match(data)
}

// located takes the line out of a parser's error. The parsers count from 0 when
// it is the grammar that is violated, and from 1 when it is the spelling
// (yaml.v3, parser.fail).
func located(err error) (line int, reason string) {
	reason = strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
	match := regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s:.*))$`).FindStringSubmatch(reason)
	if match == nil {
		return 0, reason
	}
	line, _ = strconv.Atoi(match[1])
	if grammar := regexp.MustCompile(`^did not find expected (key|node content|'|<)`); grammar.MatchString(match[2]) {
		line++
	}
	return line, match[2]
}
