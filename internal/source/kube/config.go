package kube

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Config finds the cluster as kubectl does: the file kubeconfig if it is not "",
// else the files of $KUBECONFIG, else ~/.kube/config, and inside a pod its service
// account. context "" is the current one. target says what was found, in words.
func Config(kubeconfig, context string) (config *rest.Config, target string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: context}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, "", loadError(kubeconfig, err)
	}
	name := context
	if name == "" {
		name = raw.CurrentContext
	}
	config, err = loader.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err):
		return nil, "", noCluster(rules)
	case clientcmd.IsContextNotFound(err), context != "" && raw.Contexts[context] == nil:
		return nil, "", fmt.Errorf("the kubeconfig has no context %q: kubectl config get-contexts lists them", name)
	case err != nil:
		return nil, "", fmt.Errorf("the kubeconfig cannot be used: %w", err)
	}
	if raw.Contexts[name] == nil {
		name = "of this pod"
	}
	return config, fmt.Sprintf("cluster %s (%s)", name, address(config)), nil
}

// address is the server of a config without credentials.
func address(config *rest.Config) string {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return config.Host
	}
	return base.Redacted()
}

func loadError(kubeconfig string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the kubeconfig %s does not exist", kubeconfig)
	}
	return fmt.Errorf("read the kubeconfig: %w", err)
}

func noCluster(rules *clientcmd.ClientConfigLoadingRules) error {
	if rules.ExplicitPath != "" {
		return fmt.Errorf("%s names no cluster: it has no current context", rules.ExplicitPath)
	}
	var missing []string
	for _, file := range rules.Precedence {
		if _, err := os.Stat(file); err != nil {
			missing = append(missing, file)
		}
	}
	if len(missing) < len(rules.Precedence) {
		return errors.New("the kubeconfig has no current context: choose one with --context")
	}
	return fmt.Errorf("there is no cluster to read: %s does not exist, and this is not a pod of a cluster: name a kubeconfig with --kubeconfig, or files to read",
		strings.Join(missing, " and "))
}
