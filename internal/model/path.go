package model

import (
	"fmt"
	"strconv"
	"strings"
)

// Path names a field of an object: spec.containers[0].image, or
// metadata.labels["app.kubernetes.io/name"] where a key holds a character other
// than letters, digits, "-" and "_". The empty Path is the whole object.
type Path string

// Segment is one step of a Path: a key of a map, or an index of a list.
type Segment struct {
	Key   string
	Index int // -1 when the segment is a key
}

// Child appends a field name or map key, quoting it when needed.
func (p Path) Child(key string) Path {
	switch {
	case !plainKey(key):
		return p + Path("["+strconv.Quote(key)+"]")
	case p == "":
		return Path(key)
	default:
		return p + "." + Path(key)
	}
}

// Index appends a list index.
func (p Path) Index(i int) Path {
	return p + Path("["+strconv.Itoa(i)+"]")
}

// Join appends another path.
func (p Path) Join(rest Path) Path {
	switch {
	case rest == "":
		return p
	case p == "" || rest[0] == '[':
		return p + rest
	default:
		return p + "." + rest
	}
}

// Segments splits the path. It fails on a path that Child, Index and Join
// could not have made.
func (p Path) Segments() ([]Segment, error) {
	segments := make([]Segment, 0, strings.Count(string(p), ".")+2)
	err := p.Each(func(segment Segment) { segments = append(segments, segment) })
	if err != nil {
		return nil, err
	}
	return segments, nil
}

// Each calls f with each segment, without making a list of them. It fails as
// Segments does, having called f with what comes before the mistake.
func (p Path) Each(f func(Segment)) error {
	rest := string(p)
	for rest != "" {
		segment, after, err := nextSegment(rest)
		if err != nil {
			return fmt.Errorf("path %q: %w", string(p), err)
		}
		f(segment)
		rest = after
		if strings.HasPrefix(rest, ".") {
			if rest = rest[1:]; rest == "" || rest[0] == '[' || rest[0] == '.' {
				return fmt.Errorf("path %q: a name must follow %q", string(p), ".")
			}
		}
	}
	return nil
}

func nextSegment(s string) (Segment, string, error) {
	if s[0] != '[' {
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return Segment{}, "", fmt.Errorf("empty name")
		}
		return Segment{Key: s[:end], Index: -1}, s[end:], nil
	}
	if strings.HasPrefix(s, `["`) {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil {
			return Segment{}, "", fmt.Errorf("key is not closed: %w", err)
		}
		key, err := strconv.Unquote(quoted)
		if err != nil {
			return Segment{}, "", err
		}
		rest := s[1+len(quoted):]
		if !strings.HasPrefix(rest, "]") {
			return Segment{}, "", fmt.Errorf("%q is missing after %s", "]", quoted)
		}
		return Segment{Key: key, Index: -1}, rest[1:], nil
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return Segment{}, "", fmt.Errorf("%q is not closed", "[")
	}
	index, err := strconv.Atoi(s[1:end])
	if err != nil || index < 0 {
		return Segment{}, "", fmt.Errorf("%q is no index", s[1:end])
	}
	return Segment{Index: index}, s[end+1:], nil
}

func plainKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return key != ""
}
