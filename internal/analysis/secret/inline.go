package secret

import (
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// inline looks for assignments within a line: JSON that was not broken into lines,
// JAVA_OPTS, connection strings, queries of URLs, and Authorization headers.
func (d *Detector) inline(f field, found []snapshot.FoundSecret) []snapshot.FoundSecret {
	text := *f.value
	oneLine := !strings.Contains(text, "\n")
	for at := 1; at < len(text)-1; at++ {
		var name, value string
		switch {
		case text[at] == '=' && oneLine && text[at+1] != '=':
			name, value = nameBefore(text[:at]), valueAfter(text[at+1:])
		case text[at] == ':' && text[at-1] == '"':
			name, value = quotedBefore(text[:at-1]), quotedAfter(text[at+1:])
		default:
			continue
		}
		if rule := ruleOfName(name); rule != "" && isLiteral(value) && !strings.HasPrefix(value, "[redacted") {
			secret := d.take(f, rule, value, rule == RulePassword)
			secret.Name = name
			found = append(found, secret)
		}
	}
	for _, scheme := range []string{"Bearer ", "Basic ", "bearer ", "basic "} {
		if value := credentials(*f.value, scheme); value != "" {
			found = append(found, d.take(f, RuleToken, value, false))
		}
	}
	return found
}

func nameBefore(text string) string {
	start := len(text)
	for start > 0 && isNameByte(text[start-1]) {
		start--
	}
	return strings.TrimLeft(text[start:], "-")
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

func valueAfter(text string) string {
	if text[0] == '"' || text[0] == '\'' {
		value, _, _ := strings.Cut(text[1:], text[:1])
		return value
	}
	if end := strings.IndexAny(text, " \t\"'`;&,|"); end >= 0 {
		return text[:end]
	}
	return text
}

func quotedBefore(text string) string {
	return text[strings.LastIndexByte(text, '"')+1:]
}

func quotedAfter(text string) string {
	text = strings.TrimLeft(text, " \t")
	if text == "" || text[0] != '"' {
		return ""
	}
	for end := 1; end < len(text); end++ {
		switch text[end] {
		case '\\':
			end++
		case '"':
			return text[1:end]
		}
	}
	return text[1:]
}

// credentials returns what follows the scheme of an Authorization header. Words
// are none: "Bearer token", "Basic authentication".
func credentials(text, scheme string) string {
	_, value, ok := strings.Cut(text, scheme)
	if !ok {
		return ""
	}
	end := 0
	for end < len(value) && (isNameByte(value[end]) || strings.IndexByte("~+/=", value[end]) >= 0) {
		end++
	}
	if value = value[:end]; len(value) < 12 || !strings.ContainsAny(value, "0123456789") {
		return ""
	}
	return value
}
