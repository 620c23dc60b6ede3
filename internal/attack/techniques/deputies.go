package techniques

// The operators that do what others write with rights of their own.

func argoCD() operator {
	return operator{name: "the application controller of Argo CD", image: "argocd", program: "argocd-application-controller", account: "argocd/argocd-application-controller"}
}

func kustomizeController() operator {
	return operator{name: "the kustomize controller of Flux", image: "kustomize-controller", account: "flux-system/kustomize-controller"}
}

func helmController() operator {
	return operator{name: "the helm controller of Flux", image: "helm-controller", account: "flux-system/helm-controller"}
}

// backgroundController is the part of Kyverno that generates and changes objects.
func backgroundController() operator {
	return operator{name: "the background controller of Kyverno", image: "background-controller", account: "kyverno/kyverno-background-controller"}
}

func velero() operator {
	return operator{name: "Velero", image: "velero", program: "server", account: "velero/velero"}
}

func olm() operator {
	return operator{name: "the Operator Lifecycle Manager", image: "olm", program: "olm", account: "olm/olm-operator-serviceaccount"}
}

func crossplane() operator {
	return operator{name: "Crossplane", image: "crossplane", account: "crossplane-system/crossplane"}
}

func providerKubernetes() operator {
	return operator{name: "the Kubernetes provider of Crossplane", image: "provider-kubernetes", account: "crossplane-system/provider-kubernetes"}
}

func certManager() operator {
	return operator{name: "cert-manager", image: "cert-manager-controller", account: "cert-manager/cert-manager"}
}

func gatekeeper() operator {
	return operator{name: "Gatekeeper", image: "gatekeeper", account: "gatekeeper-system/gatekeeper-admin"}
}

func prometheus() operator {
	return operator{name: "Prometheus", image: "prometheus", account: "monitoring/prometheus-k8s"}
}
