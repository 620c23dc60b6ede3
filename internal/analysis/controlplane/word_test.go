package controlplane

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
)

func TestStart(t *testing.T) {
	for _, test := range []struct {
		name          string
		image         string
		command, args []string
		env           []corev1.EnvVar
		want          string // program, then flags; "?" marks what is not known
	}{
		{name: "kubeadm", command: []string{"kube-apiserver", "--a=b", "--profiling"}, want: "kube-apiserver a=b profiling=true"},
		{name: "two words", command: []string{"/usr/local/bin/kube-apiserver", "--a", "b", "--anonymous-auth", "--c"}, want: "kube-apiserver a=b anonymous-auth=true c=true"},
		{name: "arguments apart", command: []string{"kube-scheduler"}, args: []string{"--a=b"}, want: "kube-scheduler a=b"},
		{name: "entry point of the image", image: "registry.k8s.io/kube-proxy:v1.36.0@sha256:00", args: []string{"--a=b"}, want: "kube-proxy a=b"},
		{name: "entry point and name", image: "example/hyperkube", args: []string{"kube-proxy", "--a=b"}, want: "kube-proxy a=b"},
		{name: "hyperkube", command: []string{"/hyperkube", "apiserver", "--a=b"}, want: "kube-apiserver a=b"},
		{name: "go-runner", command: []string{"/go-runner", "--log-file=/x", "/usr/local/bin/kube-apiserver", "--a=b"}, want: "kube-apiserver a=b"},
		{name: "GKE", command: []string{"/bin/sh", "-c", "exec /usr/local/bin/kube-apiserver --a=b --c='d e' 1>>/var/log/x.log 2>&1"}, want: "kube-apiserver a=b c=d e"},
		{name: "pipe", command: []string{"sh", "-ec", "mkfifo /tmp/p; (tee -a /var/log/x < /tmp/p & ) ; exec etcd \\\n  --a=b \\\n  --client-cert-auth > /tmp/p 2>&1"}, want: "etcd a=b client-cert-auth=true"},
		{name: "assignment and condition", command: []string{"bash", "-c", "# start\nif [ -f /x ]; then X=1 exec kubelet --a=\"b c\"; fi"}, want: "kubelet a=b c"},
		{name: "value not known", command: []string{"sh", "-c", "kube-apiserver --a=$(hostname) --b=$X --c=d"}, want: "kube-apiserver a=? b=? c=d"},
		{name: "flags not known", command: []string{"sh", "-c", "kube-apiserver --a=b $EXTRA"}, want: "kube-apiserver a=b ?"},
		{name: "twice", command: []string{"sh", "-c", "if x; then kube-apiserver --a=b; else kube-apiserver; fi"}, want: "kube-apiserver ?"},
		{name: "here document", command: []string{"sh", "-c", "cat <<EOF > /f\n'\nEOF\nkube-apiserver --a=b"}, want: ""},
		{name: "shell within shell", command: []string{"sh", "-c", "exec bash -c 'kube-scheduler --a=b'"}, want: "kube-scheduler a=b"},
		{name: "script of the image", image: "example/kube-apiserver", command: []string{"/bin/bash", "/start.sh"}, want: "kube-apiserver ?"},
		{name: "variable", command: []string{"kube-apiserver", "--a=$(X)", "--b=$(Y)", "--c=$$(X)", "--d=$(Z)"}, env: []corev1.EnvVar{{Name: "X", Value: "x"}, {Name: "Y", ValueFrom: &corev1.EnvVarSource{}}}, want: "kube-apiserver a=x b=? c=$(X) d=$(Z)"},
		{name: "underscore, single dash", command: []string{"kube-apiserver", "--audit_log_path=/x", "-v=2"}, want: "kube-apiserver audit-log-path=/x v=2"},
		{name: "after two dashes", command: []string{"etcd", "--a=b", "--", "--c=d"}, want: "etcd a=b"},
		{name: "Windows", command: []string{"kube-proxy.exe", "--a=b"}, want: "kube-proxy a=b"},
		{name: "of an application", image: "example/app", command: []string{"/app", "--kube-apiserver=x"}, want: ""},
		{name: "client", image: "registry.k8s.io/etcd:3.6", command: []string{"etcdctl", "get", "/"}, want: ""},
		{name: "talks about it", command: []string{"sh", "-c", "echo kube-apiserver --a=b"}, want: ""},
		{name: "nothing", image: "example/app", want: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := workload.Container{Container: &corev1.Container{Image: test.image, Command: test.command, Args: test.args, Env: test.env}, Object: &snapshot.Object{}}
			if have := describe(&c); have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
			if test.want != "" && !mayStart(c.Container) {
				t.Error("the cheap test rules it out")
			}
		})
	}
}

func describe(c *workload.Container) string {
	found := start(c, true)
	if found.program == "" {
		return ""
	}
	all, opaque := flags(found.program, found.words)
	parts := []string{string(found.program)}
	for _, f := range all {
		if !f.known {
			f.value = "?"
		}
		parts = append(parts, f.name+"="+f.value)
	}
	if opaque || found.opaque {
		parts = append(parts, "?")
	}
	return strings.Join(parts, " ")
}

// What a container starts must never be ruled out by the cheap test, whatever it is.
func TestMayStartIsNoStricter(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"kube-apiserver", "/x/etcd", "sh", "-c", "--a=b", "exec kubelet --a", "hyperkube", "proxy", "/app", "tini", "--", "run.sh", "/entrypoint", "env", "A=B", "",
	}), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		c := &corev1.Container{
			Image:   rapid.SampledFrom([]string{"example/app:1", "registry.k8s.io/kube-proxy:v1.36.0", ""}).Draw(t, "image"),
			Command: words.Draw(t, "command"), Args: words.Draw(t, "args"),
		}
		found := start(&workload.Container{Container: c, Object: &snapshot.Object{}}, true)
		if found.program != "" && !mayStart(c) {
			t.Fatalf("%s is started and ruled out", found.program)
		}
	})
}

// The shell of this machine must see the same words.
func TestCommandsAgreeWithShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	letters := rapid.SampledFrom([]string{"a", "b", " ", "'", "\"", "\\", "\n", "#", "=", "-", "\t", "\\\n", "'x y'", "\"z\"", ";"})
	rapid.Check(t, func(t *rapid.T) {
		script := "P " + strings.Join(rapid.SliceOfN(letters, 0, 12).Draw(t, "script"), "")
		lines, ok := commands(script)
		var stdout bytes.Buffer
		cmd := exec.Command(shell, "-c", "P() { for a; do printf '<%s>' \"$a\"; done; printf '|'; }\n"+script)
		cmd.Stdout = &stdout
		_ = cmd.Run() // words that are no commands fail, which does not matter
		first, _, ran := strings.Cut(stdout.String(), "|")
		switch {
		case !ran && !ok: // both refuse it
		case !ran:
			t.Skip("the shell refuses what comes later")
		case !ok:
			t.Skip("a quote later is not closed")
		default:
			if have := render(lines[0]); have != first {
				t.Fatalf("%q: have %s, the shell has %s", script, have, first)
			}
		}
	})
}

func render(line []word) string {
	var b strings.Builder
	for _, w := range line[1:] {
		fmt.Fprintf(&b, "<%s>", w.text)
	}
	return b.String()
}

func FuzzCommands(f *testing.F) {
	for _, seed := range []string{"exec kube-apiserver --a=\"$(b 'c')\" # d", "a `b` ${c} $", "x > y 2>&1 &> z", "'", "\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		lines, ok := commands(script)
		if ok && strings.Trim(script, " \t\r\n") == "" && len(lines) > 0 {
			t.Errorf("%q has commands: %v", script, lines)
		}
		for _, line := range lines {
			if slices.ContainsFunc(line, func(w word) bool { return w.opaque > len(w.text) }) {
				t.Errorf("%q: a word is opaque after its end", script)
			}
		}
	})
}
