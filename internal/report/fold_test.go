package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Names are broken where they part, and nowhere else while they fit a line.
func TestFold(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"shop/api[Deployment] to shop/db", 13, "shop/api|[Deployment]|to shop/db"},
		{"API-SERVER", 9, "API-|SERVER"},
		{"OTHER-NAMESPACES", 10, "OTHER-|NAMESPACES"},
		{"{ingress-controller}", 18, "{ingress-|controller}"},
		{"shop/{db, node-agent}, every address", 18, "shop/{db,|node-agent}, every|address"},
		{"TCP 1-5431, 5433-65535; UDP all ports", 16, "TCP 1-5431,|5433-65535; UDP|all ports"},
		{"a deploy/production/rbac.yaml:17", 19, "a deploy/|production/rbac.|yaml:17"},
		{"abcdefghij", 4, "abcd|efgh|ij"},
		{"", 4, ""},
	} {
		if got := strings.Join(fold(test.text, test.width), "|"); got != test.want {
			t.Errorf("%q at %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// Nothing gets lost but spaces, and no line is too wide.
func TestFoldKeepsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-cäö世 /:,.\-\[\]]{0,60}`).Draw(t, "text")
		width := rapid.IntRange(2, 30).Draw(t, "width")
		lines := fold(text, width)
		if i := slices.IndexFunc(lines, func(line string) bool { return textWidth(line) > width }); i >= 0 {
			t.Fatalf("line %q is wider than %d", lines[i], width)
		}
		without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := without(strings.Join(lines, "")); got != without(text) {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}
