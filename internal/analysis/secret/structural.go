package secret

import (
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// The rules of the structural detector.
const (
	RulePassword   = "password"     // a value under a name that says password
	RuleToken      = "token"        // a value under a name that says token, key or secret
	RuleURL        = "url-password" // user:password@ in a URL
	RulePrivateKey = "private-key"  // a PEM block of a private key
)

// structural looks at what a string is called and how it is built.
func (d *Detector) structural(f field, found []snapshot.FoundSecret) []snapshot.FoundSecret {
	value := *f.value
	if block := privateKey(value); block != "" {
		found = append(found, d.take(f, RulePrivateKey, block, true))
		value = *f.value
	}
	if rule := ruleOfName(f.name); rule != "" && isLiteral(value) {
		return append(found, d.take(f, rule, value, rule == RulePassword))
	}
	if strings.Contains(value, "://") && strings.Contains(value, "@") {
		for _, password := range urlPasswords(value) {
			found = append(found, d.take(f, RuleURL, password, true))
		}
		value = *f.value
	}
	if strings.ContainsAny(value, "=:") {
		found = d.lines(f, value, found)
	}
	if strings.ContainsAny(value, "=: ") {
		found = d.inline(f, found)
	}
	return found
}

// lines looks into configuration text: properties, ini, dotenv, YAML, JSON, flags.
func (d *Detector) lines(f field, value string, found []snapshot.FoundSecret) []snapshot.FoundSecret {
	if !strings.Contains(value, "\n") && !strings.HasPrefix(value, "-") {
		return found
	}
	for line := range strings.Lines(value) {
		name, text, ok := assignment(line)
		if !ok {
			continue
		}
		if rule := ruleOfName(name); rule != "" && isLiteral(text) {
			secret := d.take(f, rule, text, rule == RulePassword)
			secret.Name = name
			found = append(found, secret)
		}
	}
	return found
}

// assignment reads "name = value", "name: value" or "--name=value" and takes the
// quotes off.
func assignment(line string) (name, value string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' || strings.HasPrefix(line, "//") {
		return "", "", false
	}
	at := strings.IndexAny(line, "=:")
	if at <= 0 || at > 80 {
		return "", "", false
	}
	name = strings.Trim(strings.TrimSpace(line[:at]), `"'-`)
	name = strings.TrimPrefix(name, "export ")
	value = strings.TrimSpace(line[at+1:])
	value = strings.TrimSuffix(value, ",")
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			value = value[1 : 1+end]
		}
	} else if comment := strings.Index(value, " #"); comment >= 0 {
		value = strings.TrimSpace(value[:comment])
	}
	return name, value, name != "" && value != "" && !strings.ContainsAny(name, " \t{}()<>")
}

// ruleOfName says what a name promises: a password, a token, or nothing secret.
func ruleOfName(name string) string {
	if len(name) < 3 || len(name) > 100 {
		return ""
	}
	words := split(name)
	if len(words) == 0 || public(words) {
		return ""
	}
	for i, word := range words {
		switch word {
		case "password", "passwd", "passphrase", "pwd", "pass", "passcode":
			return RulePassword
		case "token", "secret", "apikey", "accesskey", "secretkey", "privatekey", "credential", "credentials":
			return RuleToken
		case "pgpassword", "sshpass", "requirepass":
			return RulePassword
		case "key":
			if i > 0 && secretKey(words[i-1]) {
				return RuleToken
			}
		}
	}
	return ""
}

func secretKey(before string) bool {
	switch before {
	case "api", "access", "secret", "private", "auth", "encryption", "signing", "master", "account", "session", "jwt", "hmac", "app", "license":
		return true
	default:
		return false
	}
}

// public reports names that speak of a secret without holding one: where it is,
// how it is called, how long it lives.
func public(words []string) bool {
	switch words[len(words)-1] {
	case "file", "path", "dir", "directory", "name", "names", "url", "uri", "endpoint", "host", "port", "id", "ttl", "expiry", "expiration",
		"expires", "duration", "lifetime", "timeout", "seconds", "minutes", "hours", "days", "interval", "length", "size", "count", "limit", "max", "min",
		"type", "kind", "mode", "method", "algorithm", "alg", "format", "encoding", "issuer", "audience", "enabled", "disabled", "enable", "disable",
		"required", "policy", "ref", "reference", "selector", "store", "provider", "manager", "engine", "class", "header", "prefix", "suffix",
		"field", "regex", "pattern", "rotation", "refresh", "validation", "version", "namespace", "location", "mount", "env", "server", "service",
		"reset", "hint", "strength", "rules", "command", "helper", "arn", "alias", "label", "annotation", "map", "list", "allowed", "claim":
		return true
	}
	for _, word := range words {
		switch word {
		case "public", "no", "use", "allow", "require", "skip", "disable", "enable", "max", "min", "bypass", "show", "hide":
			return true
		}
	}
	return false
}

// split cuts a name into lower-case words: DB_PASSWORD, dbPassword and db.password
// are alike.
func split(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_' || c == '-' || c == '.' || c == '/' || c == ' ' || c == '[' || c == ']':
			flush(i)
			start = i + 1
		case c >= 'A' && c <= 'Z' && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z':
			flush(i)
			start = i
		}
	}
	flush(len(name))
	return words
}

// isLiteral reports whether a value under a secret's name is a secret itself, and
// no reference, template, path, switch or number.
func isLiteral(value string) bool {
	value = strings.TrimSpace(value)
	switch {
	case len(value) < 3, len(value) > 4096, strings.HasPrefix(value, "[redacted "):
		return false
	case strings.HasPrefix(value, "$"), strings.Contains(value, "{{"), strings.Contains(value, "${"), strings.Contains(value, "$("):
		return false
	case strings.HasPrefix(value, "/"), strings.HasPrefix(value, "./"), strings.HasPrefix(value, "<"), strings.Contains(value, "://"):
		return false
	case strings.HasPrefix(value, "vault:"), strings.HasPrefix(value, "ref+"), strings.HasPrefix(value, "arn:"), strings.HasPrefix(value, "ENC["), strings.HasPrefix(value, "file:"):
		return false
	case strings.ContainsAny(value, " \n\t"), strings.HasPrefix(value, "|"), strings.HasPrefix(value, ">"), strings.HasPrefix(value, "{"), strings.HasPrefix(value, "["):
		return false
	case strings.Contains(value, "(") && strings.HasSuffix(value, ")"):
		return false
	}
	switch strings.ToLower(value) {
	case "true", "false", "yes", "no", "none", "null", "nil", "default", "disabled", "enabled", "optional", "required", "redacted", "string":
		return false
	}
	return !isMask(value)
}

// isMask reports strings such as "********" and "xxxx".
func isMask(value string) bool {
	for i := 1; i < len(value); i++ {
		if value[i] != value[0] {
			return false
		}
	}
	return value[0] == '*' || value[0] == 'x' || value[0] == 'X' || value[0] == '.' || value[0] == '-'
}

// urlPasswords returns the passwords of the URLs in a text.
func urlPasswords(text string) []string {
	var passwords []string
	for rest := text; ; {
		at := strings.Index(rest, "://")
		if at < 0 {
			return passwords
		}
		rest = rest[at+3:]
		authority := rest
		if end := strings.IndexAny(authority, "/ \t\n\"'`?#,<>"); end >= 0 {
			authority = authority[:end]
		}
		user := strings.LastIndexByte(authority, '@')
		if user < 0 {
			continue
		}
		if _, password, ok := strings.Cut(authority[:user], ":"); ok && isLiteral(unescaped(password)) {
			passwords = append(passwords, password)
		}
	}
}

func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// privateKey returns the first PEM block of a private key, or "".
func privateKey(text string) string {
	start := strings.Index(text, "-----BEGIN ")
	for start >= 0 {
		head := text[start:]
		line, _, _ := strings.Cut(head, "\n")
		if strings.Contains(line, "PRIVATE KEY") {
			const end = "-----END "
			if stop := strings.Index(head, end); stop >= 0 {
				if tail := strings.Index(head[stop+len(end):], "-----"); tail >= 0 {
					return head[:stop+len(end)+tail+5]
				}
			}
			return head
		}
		next := strings.Index(head[11:], "-----BEGIN ")
		if next < 0 {
			return ""
		}
		start += 11 + next
	}
	return ""
}
