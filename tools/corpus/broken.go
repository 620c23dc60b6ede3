package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// damager damages a percentage of the documents, each in one of the ways in
// which files in repositories are damaged. Its randomness is its own: the
// documents that it spares are those of the corpus without damage.
type damager struct {
	seed    uint64
	percent float64
	index   uint64
}

func (d *damager) some(docs []document) {
	for i := range docs {
		d.index++
		r := rand.New(rand.NewPCG(d.seed^0x6461_6d61_6765, d.index))
		if d.percent > 0 && r.Float64()*100 < d.percent {
			docs[i].text = damaged(r, docs[i].text)
			docs[i].broken = true
		}
	}
}

type damage func(r *rand.Rand, lines []string) []string

// damaged returns text so that it is no manifest any more: not YAML, or not
// what a strict decoder takes for an object of its kind.
func damaged(r *rand.Rand, text []byte) []byte {
	ways := []damage{tabbed, truncated, doubled, unquoted, templated, conflicting, shifted}
	for _, i := range r.Perm(len(ways)) {
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if out := ways[i](r, lines); out != nil {
			return []byte(strings.Join(out, "\n") + "\n")
		}
	}
	return []byte(conflict)
}

const conflict = "<<<<<<< HEAD\nkind: ConfigMap\n=======\nkind: Secret\n>>>>>>> main\n"

// structural returns the numbers of the lines that match and that are no part
// of a literal block: those before the first one.
func structural(lines []string, match string) []int {
	re, literal := regexp.MustCompile(match), regexp.MustCompile(`: \|-?$`)
	var out []int
	for i, line := range lines {
		if literal.MatchString(line) {
			break
		}
		if re.MatchString(line) {
			out = append(out, i)
		}
	}
	return out
}

const nested = `^ {2,}[A-Za-z]+: \S`

func tabbed(r *rand.Rand, lines []string) []string {
	at := structural(lines, nested)
	if len(at) == 0 {
		return nil
	}
	i := pick(r, at)
	lines[i] = "\t" + strings.TrimLeft(lines[i], " ")
	return lines
}

// truncated ends within a key, as after a full disk.
func truncated(r *rand.Rand, lines []string) []string {
	at := structural(lines, nested)
	if len(at) < 3 {
		return nil
	}
	i := pick(r, at[2:])
	key, _, _ := strings.Cut(lines[i], ":")
	return append(lines[:i:i], key)
}

func doubled(r *rand.Rand, lines []string) []string {
	at := structural(lines, nested)
	if len(at) == 0 {
		return nil
	}
	i := pick(r, at)
	return append(lines[:i+1:i+1], lines[i:]...)
}

// unquoted puts a boolean or a number where a string belongs.
func unquoted(r *rand.Rand, lines []string) []string {
	at := structural(lines, `^  labels:$`)
	if len(at) == 0 {
		return nil
	}
	value := pick(r, []string{"y", "on", "1e3", "no", "0x1F", "1.10", "true"})
	return append(lines[:at[0]+1:at[0]+1], append([]string{"    corp.example/flag: " + value}, lines[at[0]+1:]...)...)
}

func templated(r *rand.Rand, lines []string) []string {
	at := structural(lines, nested)
	if len(at) == 0 {
		return nil
	}
	i := pick(r, at)
	if chance(r, 0.5) {
		return append(lines[:i:i], append([]string{"{{- if .Values.enabled }}"}, lines[i:]...)...)
	}
	key, _, _ := strings.Cut(lines[i], ":")
	lines[i] = key + ": " + pick(r, []string{"{{ .Values.name }}", "{{ include \"app.name\" . }}", "{{ .Release.Name }}-web"})
	return lines
}

func conflicting(r *rand.Rand, lines []string) []string {
	at := structural(lines, nested)
	if len(at) == 0 {
		return nil
	}
	i := pick(r, at)
	marked := []string{"<<<<<<< HEAD", lines[i], "=======", lines[i] + "-new", ">>>>>>> main"}
	return append(lines[:i:i], append(marked, lines[i+1:]...)...)
}

// shifted indents one line deeper than the key before it, which has a value.
func shifted(r *rand.Rand, lines []string) []string {
	var at []int
	for _, i := range structural(lines, nested) {
		if i > 0 && indent(lines[i]) == indent(lines[i-1]) && !strings.HasSuffix(lines[i-1], ":") {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil
	}
	i := pick(r, at)
	lines[i] = "   " + lines[i]
	return lines
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
