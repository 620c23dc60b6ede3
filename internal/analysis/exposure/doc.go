// Package exposure finds the ways from outside of the cluster to its pods, and what
// pods can reach outside of themselves that matters: the internet, the metadata
// service of the cloud, the API server, the kubelets and other namespaces.
//
// Of makes the Model of a snapshot. A Path is one way in: the objects that open it,
// with the fields that say so, who can use it, what encrypts it, and the port of the
// pods that it ends at. What leads nowhere is Broken, and no exposure. A workload
// without a path is NotExposed only if every kind that could open one is known.
//
// The rules come from the API's documentation (k8s.io/api/core/v1 and networking/v1,
// sigs.k8s.io/gateway-api/apis/v1, github.com/openshift/api/route/v1,
// istio.io/api/networking) and from kube-proxy (k8s.io/kubernetes/pkg/proxy).
package exposure
