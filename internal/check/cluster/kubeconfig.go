package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// kubeconfigKinds are what clients find clusters and credentials in.
func kubeconfigKinds() []string { return []string{"Config"} }

// eachCluster visits the API servers that a kubeconfig names.
func eachCluster(judge func(c *check.Case, cluster *kinds.KubeconfigNamedCluster, path model.Path)) func(*check.Case) {
	return func(c *check.Case) {
		config, err := kinds.Kubeconfigs.Read(c.Object)
		if err != nil {
			c.Unknown()
			return
		}
		for i := range config.Clusters {
			judge(c, &config.Clusters[i], model.Path("clusters").Index(i)+".cluster")
		}
	}
}
