package manifest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// The functions that guarded templates call.
const (
	tickName  = "holdfastTick"
	enterName = "holdfastEnter"
	leaveName = "holdfastLeave"
)

const (
	maxTicks   = 500_000   // turns of loops and calls of named templates in one chart
	maxCalls   = 2_000     // named templates within each other
	maxText    = 32 << 20  // bytes that one function makes
	maxNumbers = 1_000_000 // numbers that one function makes
)

// sandbox replaces the template functions that would make two renderings differ,
// take long, or make more than memory holds. One serves one rendering.
type sandbox struct {
	done   <-chan struct{} // stops the rendering when closed
	ticks  int
	calls  int
	random uint64
}

func (s *sandbox) functions() template.FuncMap {
	f := template.FuncMap{
		tickName:  s.tick,
		enterName: s.enter,
		leaveName: func() string { s.calls--; return "" },
	}
	maps.Copy(f, s.randomFunctions())
	maps.Copy(f, boundedFunctions())
	return f
}

var errEndless = errors.New("the chart does not come to an end: its templates were stopped")

func (s *sandbox) tick() (string, error) {
	s.ticks++
	select {
	case <-s.done:
		return "", errEndless
	default:
	}
	if s.ticks > maxTicks {
		return "", errEndless
	}
	return "", nil
}

func (s *sandbox) enter() (string, error) {
	if s.calls++; s.calls > maxCalls {
		return "", errEndless
	}
	return s.tick()
}

// next makes bytes that look random and are the same in each rendering.
func (s *sandbox) next(n int) []byte {
	var out []byte
	for len(out) < n {
		s.random++
		sum := sha256.Sum256([]byte("holdfast" + strconv.FormatUint(s.random, 10)))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func (s *sandbox) letters(alphabet string) func(int) (string, error) {
	return func(n int) (string, error) {
		if n < 0 || n > maxText {
			return "", fmt.Errorf("%d random characters are too many", n)
		}
		out := s.next(n)
		for i, b := range out {
			out[i] = alphabet[int(b)%len(alphabet)]
		}
		return string(out), nil
	}
}

// randomFunctions stand for those of sprig that draw random values or ask for the
// time. What they make is recognisable, and nobody's secret.
func (s *sandbox) randomFunctions() template.FuncMap {
	const lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	letters := lower + strings.ToUpper(lower)
	certificate := func() (keyPair, error) { return s.keyPair(), nil }
	return template.FuncMap{
		"randAlphaNum": s.letters(letters + digits),
		"randAlpha":    s.letters(letters),
		"randNumeric":  s.letters(digits),
		"randAscii":    s.letters(letters + digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~"),
		"randBytes": func(n int) (string, error) {
			if n < 0 || n > maxText {
				return "", fmt.Errorf("%d random bytes are too many", n)
			}
			return base64.StdEncoding.EncodeToString(s.next(n)), nil
		},
		"randInt": func(least, limit int) (int, error) {
			if limit <= least {
				return 0, fmt.Errorf("there is no number from %d to %d", least, limit)
			}
			return least + int(s.next(1)[0])%(limit-least), nil
		},
		"shuffle": func(text string) string { return text },
		"uuidv4": func() string {
			id := s.next(16)
			id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
			return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
		},
		"now":      func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"ago":      func(any) string { return "0s" },
		"bcrypt":   func(string) string { return s.hash() },
		"htpasswd": func(user, _ string) string { return user + ":" + s.hash() },
		"encryptAES": func(_, text string) string {
			return base64.StdEncoding.EncodeToString([]byte(text))
		},
		"decryptAES": func(_, text string) (string, error) {
			raw, err := base64.StdEncoding.DecodeString(text)
			return string(raw), err
		},
		"genPrivateKey":            func(string) string { return s.keyPair().Key },
		"genCA":                    func(string, int) (keyPair, error) { return certificate() },
		"genCAWithKey":             func(string, int, string) (keyPair, error) { return certificate() },
		"genSelfSignedCert":        func(string, any, any, int) (keyPair, error) { return certificate() },
		"genSelfSignedCertWithKey": func(string, any, any, int, string) (keyPair, error) { return certificate() },
		"genSignedCert":            func(string, any, any, int, any) (keyPair, error) { return certificate() },
		"genSignedCertWithKey":     func(string, any, any, int, any, string) (keyPair, error) { return certificate() },
		"buildCustomCert": func(cert, key string) (keyPair, error) {
			rawCert, err := base64.StdEncoding.DecodeString(cert)
			rawKey, errKey := base64.StdEncoding.DecodeString(key)
			return keyPair{Cert: string(rawCert), Key: string(rawKey)}, errors.Join(err, errKey)
		},
		"keys":   sortedKeys,
		"values": sortedValues,
	}
}

// keyPair is what sprig's certificate functions return.
type keyPair struct{ Cert, Key string }

// keyPair makes something that looks like a certificate and its key.
func (s *sandbox) keyPair() keyPair {
	block := func(kind string) string {
		return "-----BEGIN " + kind + "-----\n" + base64.StdEncoding.EncodeToString(s.next(48)) + "\n-----END " + kind + "-----\n"
	}
	return keyPair{Cert: block("CERTIFICATE"), Key: block("RSA PRIVATE KEY")}
}

func (s *sandbox) hash() string { return "$2a$10$" + hex.EncodeToString(s.next(27))[:53] }

// sortedKeys and sortedValues are sprig's keys and values, in an order.
func sortedKeys(dicts ...map[string]any) []string {
	all := []string{}
	for _, dict := range dicts {
		all = append(all, slices.Sorted(maps.Keys(dict))...)
	}
	return all
}

func sortedValues(dict map[string]any) []any {
	values := []any{}
	for _, key := range sortedKeys(dict) {
		values = append(values, dict[key])
	}
	return values
}

// boundedFunctions stand for those that make as much text as they are told to.
func boundedFunctions() template.FuncMap {
	return template.FuncMap{
		"repeat": func(count int, text string) (string, error) {
			if count < 0 || len(text) > 0 && count > maxText/len(text) {
				return "", fmt.Errorf("repeat %d times is too much", count)
			}
			return strings.Repeat(text, count), nil
		},
		"indent": indent,
		"nindent": func(spaces int, text string) (string, error) {
			indented, err := indent(spaces, text)
			return "\n" + indented, err
		},
		"until": func(count int) ([]int, error) {
			step := 1
			if count < 0 {
				step = -1
			}
			return untilStep(0, count, step)
		},
		"untilStep": untilStep,
		"seq":       seq,
		"printf":    printf,
	}
}

func indent(spaces int, text string) (string, error) {
	if lines := strings.Count(text, "\n") + 1; spaces < 0 || spaces > maxText/lines {
		return "", fmt.Errorf("indent by %d is too much", spaces)
	}
	pad := strings.Repeat(" ", spaces)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad), nil
}

func untilStep(start, stop, step int) ([]int, error) {
	numbers := []int{}
	if stop < start && step >= 0 || stop > start && step <= 0 {
		return numbers, nil
	}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		if len(numbers) > maxNumbers {
			return nil, fmt.Errorf("the numbers from %d to %d are too many", start, stop)
		}
		numbers = append(numbers, i)
	}
	return numbers, nil
}

// seq is sprig's: the numbers from the first to the last, in text.
func seq(params ...int) (string, error) {
	first, last, step := 1, 0, 1
	switch len(params) {
	case 1:
		last = params[0]
		if last < first {
			step = -1
		}
	case 2:
		first, last = params[0], params[1]
		if last < first {
			step = -1
		}
	case 3:
		first, step, last = params[0], params[1], params[2]
	default:
		return "", nil
	}
	if step == 0 {
		return "", nil
	}
	end := last + 1
	if step < 0 {
		end = last - 1
	}
	numbers, err := untilStep(first, end, step)
	return strings.Trim(fmt.Sprint(numbers), "[]"), err
}

// printf refuses widths that make text out of nothing.
func printf(format string, values ...any) (string, error) {
	if regexp.MustCompile(`[0-9]{6,}|\*`).MatchString(format) {
		return "", fmt.Errorf("printf %.40q is too wide", format)
	}
	return fmt.Sprintf(format, values...), nil
}
