package kinds

import (
	"reflect"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	admissionregistrationv1alpha1 "k8s.io/api/admissionregistration/v1alpha1"
	admissionregistrationv1beta1 "k8s.io/api/admissionregistration/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	certificatesv1alpha1 "k8s.io/api/certificates/v1alpha1"
	certificatesv1beta1 "k8s.io/api/certificates/v1beta1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1beta1 "k8s.io/api/networking/v1beta1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	policyv1beta1 "k8s.io/api/policy/v1beta1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	apiserverv1beta1 "k8s.io/apiserver/pkg/apis/apiserver/v1beta1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// version pairs an API version with its Go type.
func version[T any](name string) Version {
	return Version{Name: name, Type: reflect.TypeFor[T]()}
}

// otherShape is a version whose Go type is gone from k8s.io/api and differs from the
// ones that are there. Its objects are kept as JSON; what their fields share with the
// newest version is read.
func otherShape(name string) Version { return Version{Name: name} }

func namespaced(group, kind, resource string, versions ...Version) Info {
	return Info{Group: group, Kind: kind, Resource: resource, Namespaced: true, Versions: versions}
}

func clusterWide(group, kind, resource string, versions ...Version) Info {
	return Info{Group: group, Kind: kind, Resource: resource, Versions: versions}
}

func configFile(group, kind string, versions ...Version) Info {
	return Info{Group: group, Kind: kind, Versions: versions}
}

// List returns every kind that is known by type. Where an older version has the
// shape of the newest one, its type is the newest one's.
func List() []Info {
	var all []Info
	for _, group := range [][]Info{
		coreKinds(), appsKinds(), policyKinds(), networkKinds(), rbacKinds(), storageKinds(),
		admissionKinds(), certificateKinds(), schedulingKinds(), configKinds(),
	} {
		all = append(all, group...)
	}
	return all
}

func coreKinds() []Info {
	return []Info{
		namespaced("", "Pod", "pods", version[corev1.Pod]("v1")),
		namespaced("", "PodTemplate", "podtemplates", version[corev1.PodTemplate]("v1")),
		namespaced("", "ReplicationController", "replicationcontrollers", version[corev1.ReplicationController]("v1")),
		namespaced("", "Service", "services", version[corev1.Service]("v1")),
		namespaced("", "Endpoints", "endpoints", version[corev1.Endpoints]("v1")),
		namespaced("", "ConfigMap", "configmaps", version[corev1.ConfigMap]("v1")),
		namespaced("", "Secret", "secrets", version[corev1.Secret]("v1")),
		namespaced("", "ServiceAccount", "serviceaccounts", version[corev1.ServiceAccount]("v1")),
		namespaced("", "PersistentVolumeClaim", "persistentvolumeclaims", version[corev1.PersistentVolumeClaim]("v1")),
		namespaced("", "ResourceQuota", "resourcequotas", version[corev1.ResourceQuota]("v1")),
		namespaced("", "LimitRange", "limitranges", version[corev1.LimitRange]("v1")),
		namespaced("", "Event", "events", version[corev1.Event]("v1")),
		clusterWide("", "Namespace", "namespaces", version[corev1.Namespace]("v1")),
		clusterWide("", "Node", "nodes", version[corev1.Node]("v1")),
		clusterWide("", "PersistentVolume", "persistentvolumes", version[corev1.PersistentVolume]("v1")),
	}
}

func appsKinds() []Info {
	return []Info{
		namespaced("apps", "Deployment", "deployments", version[appsv1.Deployment]("v1"), version[appsv1.Deployment]("v1beta2"), version[appsv1.Deployment]("v1beta1")),
		namespaced("apps", "StatefulSet", "statefulsets", version[appsv1.StatefulSet]("v1"), version[appsv1.StatefulSet]("v1beta2"), version[appsv1.StatefulSet]("v1beta1")),
		namespaced("apps", "DaemonSet", "daemonsets", version[appsv1.DaemonSet]("v1"), version[appsv1.DaemonSet]("v1beta2"), version[appsv1.DaemonSet]("v1beta1")),
		namespaced("apps", "ReplicaSet", "replicasets", version[appsv1.ReplicaSet]("v1"), version[appsv1.ReplicaSet]("v1beta2"), version[appsv1.ReplicaSet]("v1beta1")),
		namespaced("apps", "ControllerRevision", "controllerrevisions", version[appsv1.ControllerRevision]("v1")),
		namespaced("batch", "Job", "jobs", version[batchv1.Job]("v1")),
		namespaced("batch", "CronJob", "cronjobs", version[batchv1.CronJob]("v1"), version[batchv1.CronJob]("v1beta1"), version[batchv1.CronJob]("v2alpha1")),
		namespaced("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", version[autoscalingv2.HorizontalPodAutoscaler]("v2"), version[autoscalingv2.HorizontalPodAutoscaler]("v2beta2"), version[autoscalingv1.HorizontalPodAutoscaler]("v1"), otherShape("v2beta1")),
	}
}

func policyKinds() []Info {
	return []Info{
		namespaced("policy", "PodDisruptionBudget", "poddisruptionbudgets", version[policyv1.PodDisruptionBudget]("v1"), version[policyv1beta1.PodDisruptionBudget]("v1beta1")),
	}
}

func networkKinds() []Info {
	return []Info{
		namespaced("networking.k8s.io", "NetworkPolicy", "networkpolicies", version[networkingv1.NetworkPolicy]("v1"), version[networkingv1.NetworkPolicy]("v1beta1")),
		clusterWide("policy.networking.k8s.io", "AdminNetworkPolicy", "adminnetworkpolicies", version[policyv1alpha1.AdminNetworkPolicy]("v1alpha1")),
		clusterWide("policy.networking.k8s.io", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", version[policyv1alpha1.BaselineAdminNetworkPolicy]("v1alpha1")),
		clusterWide("policy.networking.k8s.io", "ClusterNetworkPolicy", "clusternetworkpolicies", version[policyv1alpha2.ClusterNetworkPolicy]("v1alpha2")),
		namespaced("networking.k8s.io", "Ingress", "ingresses", version[networkingv1.Ingress]("v1"), version[networkingv1beta1.Ingress]("v1beta1")),
		clusterWide("networking.k8s.io", "IngressClass", "ingressclasses", version[networkingv1.IngressClass]("v1"), version[networkingv1.IngressClass]("v1beta1")),
		clusterWide("networking.k8s.io", "IPAddress", "ipaddresses", version[networkingv1.IPAddress]("v1"), version[networkingv1.IPAddress]("v1beta1")),
		clusterWide("networking.k8s.io", "ServiceCIDR", "servicecidrs", version[networkingv1.ServiceCIDR]("v1"), version[networkingv1.ServiceCIDR]("v1beta1")),
		namespaced("discovery.k8s.io", "EndpointSlice", "endpointslices", version[discoveryv1.EndpointSlice]("v1"), version[discoveryv1.EndpointSlice]("v1beta1")),
		clusterWide("gateway.networking.k8s.io", "GatewayClass", "gatewayclasses", version[gatewayv1.GatewayClass]("v1"), version[gatewayv1.GatewayClass]("v1beta1")),
		namespaced("gateway.networking.k8s.io", "Gateway", "gateways", version[gatewayv1.Gateway]("v1"), version[gatewayv1.Gateway]("v1beta1")),
		namespaced("gateway.networking.k8s.io", "HTTPRoute", "httproutes", version[gatewayv1.HTTPRoute]("v1"), version[gatewayv1.HTTPRoute]("v1beta1")),
		namespaced("gateway.networking.k8s.io", "GRPCRoute", "grpcroutes", version[gatewayv1.GRPCRoute]("v1")),
	}
}

func rbacKinds() []Info {
	return []Info{
		namespaced("rbac.authorization.k8s.io", "Role", "roles", version[rbacv1.Role]("v1"), version[rbacv1.Role]("v1beta1"), version[rbacv1.Role]("v1alpha1")),
		namespaced("rbac.authorization.k8s.io", "RoleBinding", "rolebindings", version[rbacv1.RoleBinding]("v1"), version[rbacv1.RoleBinding]("v1beta1"), version[rbacv1.RoleBinding]("v1alpha1")),
		clusterWide("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", version[rbacv1.ClusterRole]("v1"), version[rbacv1.ClusterRole]("v1beta1"), version[rbacv1.ClusterRole]("v1alpha1")),
		clusterWide("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", version[rbacv1.ClusterRoleBinding]("v1"), version[rbacv1.ClusterRoleBinding]("v1beta1"), version[rbacv1.ClusterRoleBinding]("v1alpha1")),
	}
}

func storageKinds() []Info {
	return []Info{
		clusterWide("storage.k8s.io", "StorageClass", "storageclasses", version[storagev1.StorageClass]("v1"), version[storagev1.StorageClass]("v1beta1")),
		clusterWide("storage.k8s.io", "VolumeAttachment", "volumeattachments", version[storagev1.VolumeAttachment]("v1"), version[storagev1.VolumeAttachment]("v1beta1")),
		clusterWide("storage.k8s.io", "VolumeAttributesClass", "volumeattributesclasses", version[storagev1.VolumeAttributesClass]("v1"), version[storagev1.VolumeAttributesClass]("v1beta1")),
		clusterWide("storage.k8s.io", "CSIDriver", "csidrivers", version[storagev1.CSIDriver]("v1"), version[storagev1.CSIDriver]("v1beta1")),
		clusterWide("storage.k8s.io", "CSINode", "csinodes", version[storagev1.CSINode]("v1")),
		namespaced("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", version[storagev1.CSIStorageCapacity]("v1"), version[storagev1.CSIStorageCapacity]("v1beta1")),
	}
}

func admissionKinds() []Info {
	const group = "admissionregistration.k8s.io"
	return []Info{
		clusterWide(group, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", version[admissionregistrationv1.ValidatingWebhookConfiguration]("v1"), version[admissionregistrationv1beta1.ValidatingWebhookConfiguration]("v1beta1")),
		clusterWide(group, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", version[admissionregistrationv1.MutatingWebhookConfiguration]("v1"), version[admissionregistrationv1beta1.MutatingWebhookConfiguration]("v1beta1")),
		clusterWide(group, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", version[admissionregistrationv1.ValidatingAdmissionPolicy]("v1"), version[admissionregistrationv1.ValidatingAdmissionPolicy]("v1beta1"), version[admissionregistrationv1.ValidatingAdmissionPolicy]("v1alpha1")),
		clusterWide(group, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", version[admissionregistrationv1.ValidatingAdmissionPolicyBinding]("v1"), version[admissionregistrationv1.ValidatingAdmissionPolicyBinding]("v1beta1"), version[admissionregistrationv1.ValidatingAdmissionPolicyBinding]("v1alpha1")),
		clusterWide(group, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", version[admissionregistrationv1.MutatingAdmissionPolicy]("v1"), version[admissionregistrationv1.MutatingAdmissionPolicy]("v1beta1"), version[admissionregistrationv1.MutatingAdmissionPolicy]("v1alpha1")),
		clusterWide(group, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", version[admissionregistrationv1.MutatingAdmissionPolicyBinding]("v1"), version[admissionregistrationv1.MutatingAdmissionPolicyBinding]("v1beta1"), version[admissionregistrationv1.MutatingAdmissionPolicyBinding]("v1alpha1")),
		clusterWide(group, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", version[admissionregistrationv1.MutatingAdmissionPolicy]("v1"), version[admissionregistrationv1beta1.MutatingAdmissionPolicy]("v1beta1"), version[admissionregistrationv1alpha1.MutatingAdmissionPolicy]("v1alpha1")),
		clusterWide(group, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", version[admissionregistrationv1.MutatingAdmissionPolicyBinding]("v1"), version[admissionregistrationv1beta1.MutatingAdmissionPolicyBinding]("v1beta1"), version[admissionregistrationv1alpha1.MutatingAdmissionPolicyBinding]("v1alpha1")),
	}
}

func certificateKinds() []Info {
	return []Info{
		clusterWide("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", version[certificatesv1.CertificateSigningRequest]("v1")),
		clusterWide("certificates.k8s.io", "ClusterTrustBundle", "clustertrustbundles", version[certificatesv1beta1.ClusterTrustBundle]("v1beta1"), version[certificatesv1alpha1.ClusterTrustBundle]("v1alpha1")),
	}
}

func schedulingKinds() []Info {
	return []Info{
		clusterWide("scheduling.k8s.io", "PriorityClass", "priorityclasses", version[schedulingv1.PriorityClass]("v1"), version[schedulingv1.PriorityClass]("v1beta1")),
		clusterWide("node.k8s.io", "RuntimeClass", "runtimeclasses", version[nodev1.RuntimeClass]("v1"), version[nodev1.RuntimeClass]("v1beta1")),
		namespaced("coordination.k8s.io", "Lease", "leases", version[coordinationv1.Lease]("v1"), version[coordinationv1.Lease]("v1beta1")),
		clusterWide("flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", version[flowcontrolv1.FlowSchema]("v1")),
		clusterWide("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "prioritylevelconfigurations", version[flowcontrolv1.PriorityLevelConfiguration]("v1")),
		clusterWide("resource.k8s.io", "DeviceClass", "deviceclasses", version[resourcev1.DeviceClass]("v1"), version[resourcev1.DeviceClass]("v1beta2")),
		namespaced("resource.k8s.io", "ResourceClaim", "resourceclaims", version[resourcev1.ResourceClaim]("v1"), version[resourcev1.ResourceClaim]("v1beta2")),
		namespaced("resource.k8s.io", "ResourceClaimTemplate", "resourceclaimtemplates", version[resourcev1.ResourceClaimTemplate]("v1"), version[resourcev1.ResourceClaimTemplate]("v1beta2")),
		clusterWide("resource.k8s.io", "ResourceSlice", "resourceslices", version[resourcev1.ResourceSlice]("v1"), version[resourcev1.ResourceSlice]("v1beta2")),
	}
}

func configKinds() []Info {
	const apiserver = "apiserver.config.k8s.io"
	return []Info{
		configFile(apiserver, "EncryptionConfiguration", version[apiserverv1.EncryptionConfiguration]("v1")),
		configFile(apiserver, "AdmissionConfiguration", version[apiserverv1.AdmissionConfiguration]("v1")),
		configFile(apiserver, "AuthenticationConfiguration", version[apiserverv1.AuthenticationConfiguration]("v1"), version[apiserverv1beta1.AuthenticationConfiguration]("v1beta1")),
		configFile(apiserver, "AuthorizationConfiguration", version[apiserverv1.AuthorizationConfiguration]("v1"), version[apiserverv1beta1.AuthorizationConfiguration]("v1beta1")),
		configFile("pod-security.admission.config.k8s.io", "PodSecurityConfiguration", version[podsecurityv1.PodSecurityConfiguration]("v1"), version[podsecurityv1.PodSecurityConfiguration]("v1beta1"), version[podsecurityv1.PodSecurityConfiguration]("v1alpha1")),
		configFile("audit.k8s.io", "Policy", version[auditv1.Policy]("v1")),
		configFile("kubelet.config.k8s.io", "KubeletConfiguration", version[kubeletv1beta1.KubeletConfiguration]("v1beta1")),
		configFile("kubescheduler.config.k8s.io", "KubeSchedulerConfiguration", version[schedulerv1.KubeSchedulerConfiguration]("v1")),
		configFile("kubeproxy.config.k8s.io", "KubeProxyConfiguration", version[KubeProxy]("v1alpha1")),
		configFile("kubeadm.k8s.io", "ClusterConfiguration", version[KubeadmCluster]("v1beta4"), version[KubeadmCluster]("v1beta3")),
		configFile("kubeadm.k8s.io", "InitConfiguration", version[KubeadmInit]("v1beta4"), version[KubeadmInit]("v1beta3")),
		configFile("kubeadm.k8s.io", "JoinConfiguration", version[KubeadmJoin]("v1beta4"), version[KubeadmJoin]("v1beta3")),
		configFile("", "Config", version[Kubeconfig]("v1")),
	}
}
