package exposure

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// large is a cluster of so many workloads in 50 namespaces, each with a Service, of
// which every tenth is a load balancer and every fifth behind an Ingress. With policies
// each namespace denies all ingress but from itself.
func large(services int, policies bool) []snapshot.Change {
	changes := everythingListed()
	put := func(group, kind, namespace, name string, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	for i := range services {
		namespace, name := fmt.Sprintf("ns-%d", i%50), fmt.Sprintf("app-%d", i)
		labels := map[string]string{"app": name, "tier": "web"}
		deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
		deployment.Spec.Replicas = new(int32)
		*deployment.Spec.Replicas = 2
		deployment.Spec.Template.Labels = labels
		deployment.Spec.Template.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}}}
		put("apps", "Deployment", namespace, name, deployment)
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
		service.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, Selector: labels, Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http")}}}
		if i%10 == 0 {
			service.Spec.Type, service.Spec.ExternalTrafficPolicy = corev1.ServiceTypeLoadBalancer, corev1.ServiceExternalTrafficPolicyLocal
		}
		put("", "Service", namespace, name, service)
		if i%5 == 0 {
			class := "nginx"
			ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
			ingress.Spec = networkingv1.IngressSpec{IngressClassName: &class, DefaultBackend: &networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Number: 80}}}}
			put("networking.k8s.io", "Ingress", namespace, name, ingress)
		}
	}
	for i := 0; policies && i < 50; i++ {
		namespace := fmt.Sprintf("ns-%d", i)
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"}}
		policy.Spec = networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}}}
		put("networking.k8s.io", "NetworkPolicy", namespace, "own", policy)
	}
	return changes
}

// What a question costs from parsed objects: the model, the policies of all
// connections, and the standing of each workload.
func BenchmarkExposure(b *testing.B) {
	for _, services := range []int{100, 1000, 5000} {
		for name, policies := range map[string]bool{"open": false, "policies": true} {
			changes := large(services, policies)
			b.Run(fmt.Sprintf("%d services/%s", services, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					v := snapshot.New(snapshot.Settings{Live: true}, changes...).View()
					l := Under(v, netpol.Profile{})
					standings := Of(v, "").Standings(v, l, nil)
					for i := range standings {
						for _, d := range Destinations(v) {
							l.Outbound(standings[i].Workload, &d)
						}
					}
				}
			})
		}
	}
}
