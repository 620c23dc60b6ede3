package report

import (
	"bufio"
	"cmp"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	projectURL   = "https://holdfast.dev"
	sourceRoot   = "%SRCROOT%"
	fingerprint1 = "holdfast/v1"
)

// sarif writes a SARIF 2.1.0 log with one run, as code scanning services read it.
//
// An object that stands in no file gets a made-up artifact, because such services
// drop results without one: cluster/shop/Deployment.apps/web. It is marked by the
// property "synthetic", and is stable, so that a result keeps its identity.
type sarif struct {
	*encoder
	scan  Scan
	rules map[string]int // control id -> index

	judged []frameworkOutcome
}

func writeSARIF(w *bufio.Writer, scan Scan) error {
	s := sarif{newEncoder(w, layoutJSON), scan, map[string]int{}, scan.frameworks()}
	s.object()
	s.str("$schema", sarifSchema)
	s.str("version", "2.1.0")
	s.key("runs")
	s.list()
	s.object()
	s.tool()
	s.invocation()
	if scan.Root != "" {
		s.key("originalUriBaseIds")
		s.object()
		s.key(sourceRoot)
		s.object()
		s.str("uri", "file://"+escapePath(strings.TrimSuffix(scan.Root, "/"))+"/")
		s.end()
		s.end()
	}
	s.taxonomies()
	s.str("columnKind", "unicodeCodePoints")
	s.key("results")
	s.list()
	for i := range scan.Result.Findings {
		s.result(&scan.Result.Findings[i], false)
	}
	for i := range scan.Result.Excepted {
		s.result(&scan.Result.Excepted[i], true)
	}
	s.end()
	s.end()
	s.end()
	s.end()
	return s.err
}

// message writes the member name as a message with plain text. A consumer takes
// "[text](target)" in it for a link: text of others must not make one.
func (s sarif) message(name, text string) {
	if strings.Contains(text, "](") {
		text = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(text)
	}
	s.key(name)
	s.object()
	s.str("text", text)
	s.end()
}

func (s sarif) tool() {
	s.key("tool")
	s.object()
	s.key("driver")
	s.object()
	s.str("name", s.scan.toolName())
	s.str("informationUri", projectURL)
	if v := s.scan.Tool.Version; v != "" {
		s.str("version", v)
	}
	if v := strings.TrimPrefix(s.scan.Tool.Version, "v"); semantic(v) {
		s.str("semanticVersion", v)
	}
	s.key("rules")
	s.list()
	for i, id := range s.scan.controlIDs() {
		s.rules[id] = i
		s.rule(s.scan.control(id))
	}
	s.end()
	s.supportedTaxonomies()
	s.key("notifications")
	s.list()
	for _, n := range [][2]string{{"gap", "Something that was asked for could not be read or decided."}, {"refused", "Input was judged that the API server would refuse."}, {"skipped", "Input was met that was not asked for."}} {
		s.object()
		s.str("id", n[0])
		s.message("shortDescription", n[1])
		s.end()
	}
	s.end()
	s.end()
	s.end()
}

// semantic reports whether v looks like MAJOR.MINOR.PATCH.
func semantic(v string) bool {
	core, _, _ := strings.Cut(v, "-")
	parts := strings.Split(core, ".")
	for _, part := range parts {
		if _, err := strconv.ParseUint(part, 10, 32); err != nil {
			return false
		}
	}
	return len(parts) == 3
}

func (s sarif) rule(c model.Control) {
	s.object()
	s.str("id", c.ID)
	s.message("shortDescription", c.Title)
	s.message("fullDescription", cmp.Or(c.Rationale, c.Title))
	s.key("help")
	s.object()
	s.str("text", cmp.Or(strings.TrimSpace(c.Rationale+"\n\n"+c.Remediation), c.Title))
	s.str("markdown", helpMarkdown(c))
	s.end()
	for _, r := range c.References {
		if u := link(r); u != "" {
			s.str("helpUri", u)
			break
		}
	}
	s.relationships(c.ID)
	s.key("defaultConfiguration")
	s.object()
	s.str("level", sarifLevel(c.Severity))
	s.end()
	s.key("properties")
	s.object()
	s.key("tags")
	s.list()
	for _, tag := range ruleTags(c) {
		s.text(tag)
	}
	s.end()
	s.str("precision", "very-high")
	s.str("problem.severity", problemSeverity(c.Severity))
	s.str("security-severity", securitySeverity(c.Severity))
	s.end()
	s.end()
}

// ruleTags are unique, as the schema asks.
func ruleTags(c model.Control) []string {
	tags := []string{"security", "kubernetes"}
	if c.Layer != "" {
		tags = append(tags, string(c.Layer))
	}
	for _, r := range c.References {
		tag := strings.ToLower(r.Catalogue) + "/" + r.ID
		if r.Catalogue == "CWE" {
			tag = "external/cwe/" + strings.ToLower(r.ID)
		}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func helpMarkdown(c model.Control) string {
	var b strings.Builder
	b.WriteString("## " + markdownText(c.Title) + "\n")
	if c.Rationale != "" {
		b.WriteString("\n" + markdownDoc(c.Rationale) + "\n")
	}
	if c.Remediation != "" {
		b.WriteString("\n**What to do:** " + markdownDoc(c.Remediation) + "\n")
	}
	if len(c.References) > 0 {
		b.WriteString("\n**References**\n\n")
	}
	for _, r := range c.References {
		b.WriteString("- " + markdownReference(r) + "\n")
	}
	return b.String()
}

func sarifLevel(severity model.Severity) string {
	switch severity {
	case model.Critical, model.High:
		return "error"
	case model.Medium:
		return "warning"
	default:
		return "note"
	}
}

func problemSeverity(severity model.Severity) string {
	if level := sarifLevel(severity); level != "note" {
		return level
	}
	return "recommendation"
}

// securitySeverity is a number in the bands that GitHub reads as critical (over
// 9.0), high (7.0 to 8.9), medium (4.0 to 6.9) and low.
func securitySeverity(severity model.Severity) string {
	switch severity {
	case model.Critical:
		return "9.5"
	case model.High:
		return "8.0"
	case model.Medium:
		return "5.5"
	case model.Low:
		return "3.0"
	default:
		return "0.0"
	}
}

func (s sarif) invocation() {
	s.key("invocations")
	s.list()
	s.object()
	s.flag("executionSuccessful", s.scan.gaps() == 0)
	s.time("endTimeUtc", s.scan.Result.At)
	s.key("toolExecutionNotifications")
	s.list()
	for _, gap := range s.scan.Result.Gaps {
		s.object()
		id, level := "gap", "error"
		switch {
		case gap.Skipped:
			id, level = "skipped", "note"
		case gap.Refused:
			id, level = "refused", "warning"
		}
		s.key("descriptor")
		s.object()
		s.str("id", id)
		s.end()
		s.str("level", level)
		s.message("message", cmp.Or(gap.Reason, "could not be read")+" ("+gap.Scope.String()+")")
		if gap.File != "" {
			s.key("locations")
			s.list()
			s.object()
			s.physical(gap.File, gap.Line)
			s.end()
			s.end()
		}
		s.end()
	}
	s.end()
	s.end()
	s.end()
}

// artifactURI turns a file name into a URI: relative to %SRCROOT% where it can.
func (s sarif) artifactURI(file string) (uri string, relative bool) {
	if root := strings.TrimSuffix(s.scan.Root, "/"); root != "" {
		if rest, ok := strings.CutPrefix(file, root+"/"); ok {
			file = rest
		}
	}
	if path.IsAbs(file) {
		return "file://" + escapePath(file), false
	}
	return escapePath(path.Clean(file)), true
}

// escapePath escapes each segment, colons too: "layer:path" is no scheme.
func escapePath(file string) string {
	segments := strings.Split(file, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(segment), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// physical writes the member physicalLocation.
func (s sarif) physical(file string, line int) {
	s.key("physicalLocation")
	s.object()
	s.artifact(file)
	if line > 0 {
		s.key("region")
		s.object()
		s.num("startLine", line)
		s.end()
	}
	s.end()
}

func (s sarif) artifact(file string) {
	uri, relative := s.artifactURI(file)
	s.key("artifactLocation")
	s.object()
	s.str("uri", uri)
	if relative {
		s.str("uriBaseId", sourceRoot)
	}
	s.end()
}
