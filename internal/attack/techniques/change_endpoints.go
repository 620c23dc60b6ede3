package techniques

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ChangeEndpoints is to send the traffic of services without a selector elsewhere.
func ChangeEndpoints() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-endpoints", Title: "Change endpoints", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "The endpoints of a Service without a selector are what somebody wrote: databases outside the cluster, services of another. Who changes them " +
				"has what pods send there come to a server of theirs. Those of a Service with a selector are written again at once, and proxies read " +
				"EndpointSlices alone.",
			Remediation: "Take endpoints from the roles of those who deploy applications; Kubernetes itself leaves them out of edit since 1.22.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "CVE", ID: "CVE-2021-25740"}, model.Docs("concepts/services-networking/service/#services-without-selectors"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Resource: "endpoints"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeEndpoints,
	}
}

func changeEndpoints(c *attack.Case) {
	for _, s := range sites(c, snapshot.GroupKind{Kind: "Endpoints"}) {
		if manual, ok := withoutSelector(c, s.namespace); ok {
			s.and(manual).yields(c, attack.Integrity, attack.In(s.namespace, "Service", ""), "the Service has no selector")
		}
	}
}

// withoutSelector finds Services whose endpoints somebody writes.
func withoutSelector(c *attack.Case, namespace string) (b basis, ok bool) {
	all, complete := snapshot.List(c.View, kinds.Services, namespace)
	for object, service := range all {
		if len(service.Spec.Selector) > 0 || service.Spec.Type == corev1.ServiceTypeExternalName || !c.On(0, object.Name) || ofServer(object) {
			continue
		}
		b.evidence = append(b.evidence, object.Evidence("spec.selector", ""))
		if len(b.evidence) == examples {
			break
		}
	}
	if len(b.evidence) > 0 || complete {
		return b, len(b.evidence) > 0
	}
	return basis{unread: []string{"there is a Service without a selector; not all were read"}}, true
}

// ofServer reports whether a Service is that of the API servers, which write its
// endpoints themselves every few seconds.
func ofServer(service *snapshot.Object) bool {
	return service.Namespace == metav1.NamespaceDefault && service.Name == "kubernetes"
}
