package cluster

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// process is a component that was started.
type process struct {
	name    string
	logFile string
	pid     int
	cmd     *exec.Cmd
	// input is the component's standard input, on which nothing is ever
	// written: the component ends when it closes, as the kernel closes it when
	// this process dies.
	input io.Closer
	done  chan struct{} // closed when the component has ended
	err   error         // why, once done
}

// startProcess runs a component of the binary with dir as its working
// directory and a log file there.
func startProcess(binary, dir, component string, args []string) (*process, error) {
	p := &process{name: component, logFile: filepath.Join(dir, component+".log"), done: make(chan struct{})}
	log, err := os.Create(p.logFile)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", component, err)
	}
	defer log.Close() // the child has its own
	p.cmd = exec.Command(binary, append([]string{component}, args...)...)
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = environment(dir)
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", component, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", component, err)
	}
	p.pid = p.cmd.Process.Pid
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// environment is what a component sees. It is made, not inherited: ETCD_* and
// KUBE_* variables change what the components do.
func environment(dir string) []string {
	return []string{"HOLDFAST_PARENT_PIPE=1", "HOME=" + dir, "TMPDIR=" + dir}
}

// stop ends the component and waits for it. There is nothing to save, so it is
// killed. A component that had ended before is an error.
func (p *process) stop() error {
	if p.ended() {
		return p.failure()
	}
	// Both fail only if the component has just ended by itself.
	_ = p.cmd.Process.Kill()
	_ = p.input.Close()
	<-p.done
	return nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure describes a component that has ended.
func (p *process) failure() error {
	return fmt.Errorf("%s ended by itself (%v); the end of its log:\n%s", p.name, p.cmd.ProcessState, p.tail())
}

// tail returns the last lines of the log, indented.
func (p *process) tail() string {
	log, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return "  " + strings.ReplaceAll(lastLines(log, 15), "\n", "\n  ")
}

// logHas tells whether the component has logged the text.
func (p *process) logHas(text string) bool {
	log, err := os.ReadFile(p.logFile)
	return err == nil && bytes.Contains(log, []byte(text))
}
