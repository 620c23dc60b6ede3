package netpol

import (
	"strings"
	"testing"
)

func TestCalicoSelector(t *testing.T) {
	labels := map[string]string{"app": "web", "zone": "eu-1", "a.b/c": ""}
	for text, want := range map[string]bool{
		"": true, " ": true, "all()": true, "all( )": true, "!all()": false, "has(app)": true, "has( app )": true, "!has(app)": false,
		"app == 'web'": true, `app=="web"`: true, "app != 'web'": false, "none != 'x'": true, "none == ''": false, "a.b/c == ''": true,
		"app in {'db', 'web'}": true, "app in{'db',}": false, "app in {}": false, "app not in {'db'}": true, "none not in {'x'}": true, "app notin {'web'}": false,
		"zone starts with 'eu'": true, "zone ends with '-1'": true, "zone contains 'u-'": true, "none contains ''": false, "zone startswith 'us'": false,
		"app == 'db' || app == 'web' && zone == 'x'": false, "(app == 'web' || app == 'db') && has(zone)": true, "!!has(app)": true,
		"app not\nin {'db'}": true, "has(\n app\r\n)": true, "all(\n)": true, "zone starts\n\twith 'eu'": true,
		"! (app == 'db') && !has(none)": true, "app == 'web' && !(zone == 'eu-1' || has(none))": false,
	} {
		c, err := parseCalicoSelector(text, ofEndpoints)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if yes, maybe := c.selects(&labelled{labels: labels}); yes != want || maybe {
			t.Errorf("%q selects %t (perhaps %t)", text, yes, maybe)
		}
	}
	for _, text := range []string{
		"app", "app =", "app = 'web'", "app == web", "app == 'web", "has(", "has()", "has(app", "all(", "(all()", "all())", "app in 'web'", "app in {'a'",
		"app in {,}", "&& all()", "all() &&", "all() & all()", "app starts 'x'", "app not 'x'", "app ~ 'x'", "global()", "all()\n", "\nall()", "app ==\n'web'", "app in\n{'web'}", strings.Repeat("(", 100) + "all()" + strings.Repeat(")", 100),
	} {
		if c, err := parseCalicoSelector(text, ofEndpoints); err == nil {
			t.Errorf("%q is taken as %s", text, c)
		}
	}
}

func FuzzCalicoSelector(f *testing.F) {
	for _, seed := range []string{"app == 'web' && (has(zone) || !x not in {'a', \"b\"})", "all() || global()", "zone starts with 'a'", "!!a ends with ''", "pcsa.x == 'y'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, context := range []selectorContext{ofEndpoints, ofNamespaces} {
			c, err := parseCalicoSelector(text, context)
			if err != nil {
				continue
			}
			negated, err := parseCalicoSelector("!("+text+")", context)
			if strings.Trim(text, " \t") == "" {
				continue
			}
			if err != nil {
				if strings.Contains(err.Error(), "parentheses") {
					continue
				}
				t.Fatalf("%q is a selector, its negation is not: %v", text, err)
			}
			l := &labelled{labels: map[string]string{"app": "web", "a": ""}, namespace: &namespace{name: "n", labels: map[string]string{"a": "b"}}}
			yes, maybe := c.selects(l)
			no, maybeNot := negated.selects(l)
			if yes && maybe || maybe != maybeNot || !maybe && yes == no {
				t.Fatalf("%q selects %t, perhaps %t; its negation %t, perhaps %t", text, yes, maybe, no, maybeNot)
			}
		}
	})
}
