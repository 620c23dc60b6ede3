package controlplane

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// command is what a container starts: a program and its flags.
type command struct {
	program Program
	words   []word // after the program's name
	opaque  bool   // the words are not all, or not understood
}

// start finds the program that a container starts, "" when it is none of a cluster.
func start(c *workload.Container, editable bool) command {
	all := words(c, editable)
	if len(c.Command) == 0 {
		// The image's entry point runs, or these are the arguments of it.
		if len(all) > 0 && program(all[0].text) != "" {
			return command{program: program(all[0].text), words: all[1:]}
		}
		if p := program(imageName(c.Image)); p != "" && (len(all) == 0 || strings.HasPrefix(all[0].text, "-")) {
			return command{program: p, words: all}
		}
		if len(all) == 0 || kindOf(all[0].text) == other {
			return command{}
		}
	}
	found := resolve(all, 0)
	if p := program(imageName(c.Image)); found.program == "" && p != "" && isScript(all[0].text, all) {
		return command{program: p, opaque: true}
	}
	return found
}

// resolve follows wrappers and shells to the program.
func resolve(words []word, depth int) command {
	if len(words) == 0 || depth > 4 {
		return command{}
	}
	if p := program(words[0].text); p != "" {
		return command{program: p, words: words[1:]}
	}
	switch kindOf(words[0].text) {
	case shell:
		return inShell(words, depth)
	case wrapper:
		for i := 1; i < len(words); i++ {
			if p := hyperkube(words[i].text); p != "" {
				return command{program: p, words: words[i+1:]}
			}
			if kindOf(words[i].text) != other {
				return resolve(words[i:], depth+1)
			}
		}
	}
	return command{}
}

func hyperkube(name string) Program {
	switch name {
	case "apiserver":
		return APIServer
	case "controller-manager":
		return ControllerManager
	case "scheduler":
		return Scheduler
	case "proxy":
		return Proxy
	default:
		return program(name)
	}
}

// inShell looks into the script of "sh -c". A script in which the program is
// started in more than one way, or not to be found, leaves its flags unknown.
func inShell(words []word, depth int) command {
	script := -1
	for i := 1; i < len(words) && script < 0; i++ {
		if option := words[i].text; strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--") && strings.Contains(option, "c") {
			script = i + 1
		}
	}
	if script < 0 || script >= len(words) {
		return command{}
	}
	text := words[script]
	lines, ok := commands(text.text)
	var found []command
	for _, line := range lines {
		for i := range line {
			line[i].path = text.path
		}
		if c := resolve(afterKeywords(line), depth+1); c.program != "" {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1 && ok && text.known():
		return found[0]
	case len(found) > 0:
		return command{program: found[0].program, opaque: true}
	default:
		return command{}
	}
}

// afterKeywords drops what may stand before the name of a command: words of the
// shell, and assignments.
func afterKeywords(line []word) []word {
	for len(line) > 0 {
		switch text := line[0].text; text {
		case "exec", "command", "builtin":
			line = afterOptions(line[1:])
		case "then", "else", "do", "{", "!", "if", "while", "until", "time":
			line = line[1:]
		default:
			if name, _, ok := strings.Cut(text, "="); !ok || name == "" || strings.ContainsAny(name, "-/$ ") {
				return line
			}
			line = line[1:]
		}
	}
	return nil
}

// afterOptions drops options such as those of "exec -a name".
func afterOptions(line []word) []word {
	for len(line) > 0 && strings.HasPrefix(line[0].text, "-") {
		if line[0].text == "-a" && len(line) > 1 {
			line = line[1:]
		}
		line = line[1:]
	}
	return line
}

// executable is what a word at the head of a command may be.
type executable uint8

const (
	other executable = iota
	shell
	wrapper
	cluster // one of the programs
)

func kindOf(text string) executable {
	switch name := text[strings.LastIndexByte(text, '/')+1:]; name {
	case "sh", "bash", "ash", "dash", "busybox", "zsh", "ksh":
		return shell
	case "go-runner", "hyperkube", "tini", "dumb-init", "catatonit", "env", "nice", "ionice", "timeout", "nohup", "taskset", "chrt", "setpriv", "watch-termination":
		return wrapper
	default:
		if program(name) != "" {
			return cluster
		}
		return other
	}
}

// isScript reports a command that starts something which cannot be looked into.
func isScript(executable string, words []word) bool {
	switch kindOf(executable) {
	case wrapper:
		return true
	case shell:
		return len(words) > 1 && !strings.HasPrefix(words[1].text, "-")
	default:
		return strings.HasSuffix(executable, ".sh") || strings.HasSuffix(executable, "entrypoint")
	}
}

func imageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name, _, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return name
}

// imageVersion reads the version of Kubernetes from the tag of one of its images.
// Tags of other images number something else.
func imageVersion(p Program, image string) (snapshot.Version, bool) {
	name := imageName(image)
	if p == Etcd || p == CloudControllerManager ||
		!strings.HasPrefix(name, string(p)) && name != "hyperkube" && !strings.Contains(name, "kubernetes") {
		return snapshot.Version{}, false
	}
	image, _, _ = strings.Cut(image, "@")
	_, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	if !ok {
		return snapshot.Version{}, false
	}
	version, err := snapshot.ParseVersion(tag)
	return version, err == nil && version.Major == 1
}

// mayStart is a cheap test that no container that starts a program fails.
func mayStart(c *corev1.Container) bool {
	first := ""
	switch {
	case len(c.Command) > 0:
		first = c.Command[0]
	case len(c.Args) > 0:
		first = c.Args[0]
	}
	if first == "" || first[0] == '-' || strings.HasSuffix(first, ".sh") || strings.HasSuffix(first, "entrypoint") {
		return isImage(c.Image)
	}
	switch kindOf(first) {
	case other:
		return false
	case cluster:
		return true
	default:
		return mentions(c.Command) || mentions(c.Args) || isImage(c.Image)
	}
}

// isImage reports whether an image is named after a program.
func isImage(image string) bool {
	name := image[strings.LastIndexByte(image, '/')+1:]
	if name == "" || name[0] != 'k' && name[0] != 'e' && name[0] != 'c' && !strings.Contains(image, "@") {
		return false
	}
	return program(imageName(image)) != ""
}

func mentions(words []string) bool {
	for _, word := range words {
		if strings.Contains(word, "kube") || strings.Contains(word, "etcd") || strings.Contains(word, "cloud-controller-manager") ||
			word == "apiserver" || word == "controller-manager" || word == "scheduler" || word == "proxy" {
			return true
		}
	}
	return false
}

func set(object *snapshot.Object, path model.Path, value any) model.Patch {
	return model.Patch{Object: object.Ref, Op: model.Set, Path: path, Value: model.JSON(value)}
}

func add(object *snapshot.Object, path model.Path, value any) model.Patch {
	return model.Patch{Object: object.Ref, Op: model.Add, Path: path, Value: model.JSON(value)}
}
