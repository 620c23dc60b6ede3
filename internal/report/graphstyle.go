package report

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// swatch is the colour of a kind of node or of a severity, on light and on dark: ink
// for lines and small text, paper for what lies below them.
type swatch struct{ ink, paper, darkInk, darkPaper string }

// kindSwatches colour the kinds of nodes in the order that they come; then they
// repeat. The kind is also written in each node.
func kindSwatches() []swatch {
	return []swatch{
		{"#1f4fbf", "#e9effc", "#8fb4ff", "#1d2a45"},
		{"#0b6158", "#e0f3f0", "#6fd3c6", "#0f2e2c"},
		{"#6234b5", "#f1eafc", "#c3a6ff", "#2a1f45"},
		{"#4d586b", "#eceff3", "#b3bccb", "#232b37"},
		{"#4a6008", "#eff5d9", "#b9d36a", "#252d10"},
		{"#8a2c7a", "#fbe9f7", "#f09be0", "#3a1835"},
	}
}

// severitySwatch is a severity's colour, the same as in the report of a scan.
func severitySwatch(s model.Severity) swatch {
	switch s {
	case model.Critical:
		return swatch{"#9f1239", "#fdeaf0", "#ff8aa5", "#3a1522"}
	case model.High:
		return swatch{"#a83a08", "#fff0e6", "#ffa474", "#3a2013"}
	case model.Medium:
		return swatch{"#7a5400", "#fdf4d7", "#f1c75c", "#332809"}
	case model.Low:
		return swatch{"#1b5a9c", "#e7f1fb", "#8cc0f8", "#142a41"}
	default:
		return swatch{"#4d586b", "#eceff3", "#b3bccb", "#232b37"}
	}
}

// graphColours are the ink and paper of a node on light. Its severity goes before
// its kind.
func graphColours(n *GraphNode, kind int) (ink, paper string) {
	s := kindSwatches()[kind%len(kindSwatches())]
	if n.Severity != nil {
		s = severitySwatch(*n.Severity)
	}
	return s.ink, s.paper
}

func kindClass(kind int) string { return fmt.Sprintf("kind%d", kind%len(kindSwatches())) }

func severityClass(s model.Severity) string { return "severity-" + s.String() }

const (
	graphLight = `.graph{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}
.graph .paper{fill:#ffffff}
.graph text{fill:#18202e}
.graph .heading{font-size:20px;font-weight:700}
.graph .label{font-size:14px;font-weight:700}
.graph .detail,.graph .note,.graph .via{font-size:12px}
.graph .kind{font-size:11px}
.graph .rank{font-size:11px;font-weight:700}
.graph .note,.graph .detail{fill:#525d72}
.graph .box{stroke-width:1.25}
.graph .line{fill:none;stroke:#6b7688;stroke-width:1.5}
.graph .tip{fill:#6b7688;stroke:none}
.graph .possible .line{stroke-dasharray:5 4}
.graph .via-box{fill:#ffffff;stroke:#dce1e9}
.graph .edge:hover .line{stroke:#1f4fbf;stroke-width:2.5}
.graph .edge:hover .tip{fill:#1f4fbf}
`
	graphDark = `.graph .paper{fill:#171d27}
.graph text{fill:#e5e9f1}
.graph .note,.graph .detail{fill:#a3adbf}
.graph .line{stroke:#8b97aa}
.graph .tip{fill:#8b97aa}
.graph .via-box{fill:#171d27;stroke:#3a4556}
.graph .edge:hover .line{stroke:#8fb4ff}
.graph .edge:hover .tip{fill:#8fb4ff}
`
)

// graphStyle is the style sheet of a picture. It names colours in place, not by
// variables, so that programs which draw SVG without being browsers understand it;
// these and printers take the light one.
func graphStyle() string {
	var light, dark strings.Builder
	rules := func(b *strings.Builder, class, ink, paper string) {
		fmt.Fprintf(b, ".graph .%s .box{fill:%s;stroke:%s}\n", class, paper, ink)
		fmt.Fprintf(b, ".graph .%s .stripe,.graph .%s .pill{fill:%s}\n", class, class, ink)
		fmt.Fprintf(b, ".graph .%s .kind{fill:%s}\n", class, ink)
		fmt.Fprintf(b, ".graph .%s .rank{fill:%s}\n", class, paper)
	}
	add := func(class string, s swatch) {
		rules(&light, class, s.ink, s.paper)
		rules(&dark, class, s.darkInk, s.darkPaper)
	}
	for i, s := range kindSwatches() {
		add(kindClass(i), s)
	}
	for _, s := range model.Severities() {
		add(severityClass(s), severitySwatch(s))
	}
	return graphLight + light.String() + "@media screen and (prefers-color-scheme:dark){\n" + graphDark + dark.String() + "}\n"
}
