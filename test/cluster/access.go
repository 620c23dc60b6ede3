package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Config is the administrator's client configuration: user kubernetes-admin,
// group system:masters. As with every configuration of this package, requests
// are not slowed down on the client's side.
func (c *Cluster) Config() *rest.Config {
	return rest.CopyConfig(c.config)
}

// Client is the administrator's client.
func (c *Cluster) Client() kubernetes.Interface {
	return c.client
}

// ConfigFor returns the client configuration of a user in the groups, with a
// client certificate that the cluster's CA has signed. What the user may do is
// what RBAC says.
func (c *Cluster) ConfigFor(tb testing.TB, user string, groups ...string) *rest.Config {
	tb.Helper()
	pair, err := c.ca.client(user, groups)
	if err != nil {
		tb.Fatal(err)
	}
	return c.configOf(pair)
}

// ConfigForToken returns the client configuration of who shows the bearer
// token: one of WithTokens, or one that WithAuthentication's issuer has made.
func (c *Cluster) ConfigForToken(token string) *rest.Config {
	config := c.configOf(keyPair{})
	config.BearerToken = token
	return config
}

// ServiceAccountConfig returns the client configuration of a ServiceAccount,
// with a token of the TokenRequest API that is bound to it. The ServiceAccount
// is made if it is not there; its namespace has to be, see Namespace.
func (c *Cluster) ServiceAccountConfig(tb testing.TB, namespace, name string) *rest.Config {
	tb.Helper()
	if err := c.createServiceAccount(tb.Context(), namespace, name); err != nil {
		tb.Fatal(err)
	}
	request, err := c.client.CoreV1().ServiceAccounts(namespace).
		CreateToken(tb.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		tb.Fatalf("request a token for %s/%s: %v", namespace, name, err)
	}
	return c.ConfigForToken(request.Status.Token)
}

// WriteKubeconfig writes a kubeconfig of the configuration, for programs that
// read files, and returns its path.
func (c *Cluster) WriteKubeconfig(tb testing.TB, config *rest.Config) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "kubeconfig")
	if err := writeKubeconfig(path, config); err != nil {
		tb.Fatal(err)
	}
	return path
}

// ServingCertificate writes a certificate for a server of the test's (a
// webhook, for one) with these names and addresses, and its key. The cluster's
// CA has signed it, so CAFile is what its clients trust.
func (c *Cluster) ServingCertificate(tb testing.TB, hosts ...string) (certFile, keyFile string) {
	tb.Helper()
	pair, err := c.ca.server(hosts)
	if err != nil {
		tb.Fatal(err)
	}
	certFile, keyFile, err = pair.save(tb.TempDir(), "server")
	if err != nil {
		tb.Fatal(err)
	}
	return certFile, keyFile
}

// Namespace makes a namespace that is ready for Pods: one that has its
// ServiceAccount "default", which without WithControllers nobody else makes. A
// namespace that is there already is only waited for.
func (c *Cluster) Namespace(tb testing.TB, name string) {
	tb.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := c.client.CoreV1().Namespaces().Create(tb.Context(), namespace, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		tb.Fatalf("create namespace %s: %v", name, err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), startTimeout)
	defer cancel()
	if err := c.awaitNamespace(ctx, name); err != nil {
		tb.Fatal(err)
	}
}

// awaitNamespace waits until a namespace and its default ServiceAccount exist.
func (c *Cluster) awaitNamespace(ctx context.Context, name string) error {
	return c.poll(ctx, func() (bool, string) {
		var err error
		if c.options.controllers {
			_, err = c.client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		} else {
			err = c.createServiceAccount(ctx, name, "default")
		}
		return err == nil, fmt.Sprintf("namespace %s has no default ServiceAccount: %v", name, err)
	})
}

func (c *Cluster) createServiceAccount(ctx context.Context, namespace, name string) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := c.client.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create ServiceAccount %s/%s: %w", namespace, name, err)
	}
	return nil
}

// Stored returns the bytes that etcd holds under a key, as they lie there:
// /registry/secrets/NAMESPACE/NAME, for one. They are nil if there is no such
// key.
func (c *Cluster) Stored(tb testing.TB, key string) []byte {
	tb.Helper()
	value, err := c.etcdGet(tb.Context(), key)
	if err != nil {
		tb.Fatalf("read %s from etcd: %v", key, err)
	}
	return value
}

// etcdGet uses the JSON gateway of etcd's API, which needs no client library.
func (c *Cluster) etcdGet(ctx context.Context, key string) ([]byte, error) {
	body, err := json.Marshal(struct {
		Key []byte `json:"key"`
	}{[]byte(key)})
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.File(etcdSocket))
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://etcd/v3/kv/range", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("etcd answers %s", response.Status)
	}
	var found struct {
		KVs []struct {
			Value []byte `json:"value"`
		} `json:"kvs"`
	}
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		return nil, fmt.Errorf("decode etcd's answer: %w", err)
	}
	if len(found.KVs) == 0 {
		return nil, nil
	}
	return found.KVs[0].Value, nil
}

// configOf is the configuration of who has the key, or of nobody in particular.
func (c *Cluster) configOf(pair keyPair) *rest.Config {
	return &rest.Config{
		Host:            c.URL,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.ca.pem, CertData: pair.cert, KeyData: pair.key},
		QPS:             -1, // no limit
	}
}

func writeKubeconfig(path string, config *rest.Config) error {
	const name = "test"
	file := clientcmdapi.NewConfig()
	file.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	file.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: config.CertData,
		ClientKeyData:         config.KeyData,
		Token:                 config.BearerToken,
	}
	file.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	file.CurrentContext = name
	content, err := clientcmd.Write(*file)
	if err != nil {
		return fmt.Errorf("encode a kubeconfig: %w", err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("write a kubeconfig: %w", err)
	}
	return nil
}
