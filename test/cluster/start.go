package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// startTimeout is for machines that compile at the same time; on one that
	// does not a start takes a tenth of it or less.
	startTimeout = 2 * time.Minute
	pollInterval = 50 * time.Millisecond

	// etcdSocket and etcdPeerSocket are where etcd listens, in Dir: nobody else
	// can take a socket, as they could a free port, nor reach it. etcd demands
	// the form host:port; with a relative path the length does not matter.
	etcdSocket     = "etcd.sock:0"
	etcdPeerSocket = "peer.sock:0"

	serviceRange      = "10.96.0.0/16"
	kubernetesService = "10.96.0.1"
	tokenIssuer       = "https://kubernetes.default.svc.cluster.local"
)

// start brings the components up, one after the other as they need each other.
func (c *Cluster) start(ctx context.Context, binary string) error {
	if err := c.writeFiles(); err != nil {
		return err
	}
	if _, err := c.run(binary, "etcd", c.etcdArgs()); err != nil {
		return err
	}
	if err := c.startAPIServer(ctx, binary); err != nil {
		return err
	}
	if c.options.controllers {
		if err := c.startControllers(binary); err != nil {
			return err
		}
	}
	for _, namespace := range []string{"default", "kube-system", "kube-public", "kube-node-lease"} {
		if err := c.awaitNamespace(ctx, namespace); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles makes the keys, the certificates and the files of the options.
func (c *Cluster) writeFiles() error {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	c.ca = ca
	key, err := encodeKey(ca.key)
	if err != nil {
		return err
	}
	if _, _, err := (keyPair{cert: ca.pem, key: key}).save(c.Dir, "ca"); err != nil {
		return err
	}
	server, err := ca.server([]string{
		"127.0.0.1", "localhost", kubernetesService,
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	})
	if err != nil {
		return err
	}
	if _, _, err := server.save(c.Dir, "apiserver"); err != nil {
		return err
	}
	tokenKey, err := newServiceAccountKey()
	if err != nil {
		return err
	}
	files := append(slices.Clone(c.options.files), flagFile{flag: "serviceaccount.key", content: string(tokenKey)})
	for _, file := range files {
		if err := os.WriteFile(c.File(file.flag), []byte(file.content), 0o600); err != nil {
			return fmt.Errorf("write --%s: %w", file.flag, err)
		}
	}
	return nil
}

// run starts a component and remembers it for Stop.
func (c *Cluster) run(binary, component string, args []string) (*process, error) {
	p, err := startProcess(binary, c.Dir, component, args)
	if err != nil {
		return nil, err
	}
	c.processes = append(c.processes, p)
	return p, nil
}

// startAPIServer starts kube-apiserver and waits until it is ready. It takes
// no port 0, so it gets one that was free a moment ago; the machine may have
// given it to someone else meanwhile, and then another is tried.
func (c *Cluster) startAPIServer(ctx context.Context, binary string) error {
	const tries = 5
	for try := 1; ; try++ {
		port, err := freePort()
		if err != nil {
			return err
		}
		if err := c.useURL(fmt.Sprintf("https://127.0.0.1:%d", port)); err != nil {
			return err
		}
		server, err := c.run(binary, "kube-apiserver", c.apiServerArgs(port))
		if err != nil {
			return err
		}
		err = c.awaitReady(ctx)
		if err == nil {
			return nil
		}
		if try == tries || !server.ended() || !server.logHas("address already in use") {
			return err
		}
		c.processes = slices.DeleteFunc(c.processes, func(p *process) bool { return p == server })
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// useURL makes the administrator's clients for the API server at the URL.
func (c *Cluster) useURL(url string) error {
	c.URL = url
	admin, err := c.ca.client("kubernetes-admin", []string{"system:masters"})
	if err != nil {
		return err
	}
	c.config = c.configOf(admin)
	if c.client, err = kubernetes.NewForConfig(c.config); err != nil {
		return fmt.Errorf("make the administrator's client: %w", err)
	}
	return writeKubeconfig(c.Kubeconfig, c.config)
}

// startControllers runs what WithControllers asks for, each under the user that
// RBAC's bootstrap bindings expect.
func (c *Cluster) startControllers(binary string) error {
	for _, component := range []struct {
		name string
		args []string
	}{
		{"kube-controller-manager", c.controllerManagerArgs()},
		{"kube-scheduler", c.schedulerArgs()},
	} {
		pair, err := c.ca.client("system:"+component.name, nil)
		if err != nil {
			return err
		}
		if err := writeKubeconfig(c.File(component.name+".kubeconfig"), c.configOf(pair)); err != nil {
			return err
		}
		if _, err := c.run(binary, component.name, component.args); err != nil {
			return err
		}
	}
	return nil
}

// awaitReady waits until the API server says that it is ready.
func (c *Cluster) awaitReady(ctx context.Context) error {
	client, err := rest.HTTPClientFor(c.config)
	if err != nil {
		return fmt.Errorf("make a client for /readyz: %w", err)
	}
	return c.poll(ctx, func() (bool, string) {
		ready, body, err := get(ctx, client, c.URL+"/readyz?verbose")
		if err != nil {
			return false, "kube-apiserver does not answer: " + err.Error()
		}
		return ready, "kube-apiserver is not ready:\n" + body
	})
}

// get returns the body of an answer, and whether its status is 200 OK.
func get(ctx context.Context, client *http.Client, url string) (ok bool, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return false, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return false, "", err
	}
	return response.StatusCode == http.StatusOK, string(content), nil
}

// poll asks until done. It gives up when the time is over, with the state that
// was asked for last, or as soon as a component has ended.
func (c *Cluster) poll(ctx context.Context, ask func() (done bool, state string)) error {
	for {
		done, state := ask()
		if done {
			return nil
		}
		for _, p := range c.processes {
			if p.ended() {
				return p.failure()
			}
		}
		select {
		case <-ctx.Done():
			var logs strings.Builder
			for _, p := range c.processes {
				fmt.Fprintf(&logs, "\nthe end of %s:\n%s", filepath.Base(p.logFile), p.tail())
			}
			return fmt.Errorf("%s: %w%s", state, ctx.Err(), logs.String())
		case <-time.After(pollInterval):
		}
	}
}
