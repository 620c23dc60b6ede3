package kinds

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	podsecurityv1 "k8s.io/pod-security-admission/admission/api/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/go-json-experiment/json"

	"holdfast.dev/holdfast/internal/snapshot"
)

// The readers of the kinds that checks and analyses look at.
var (
	Pods                              = Of[corev1.Pod]("", "Pod")
	PodTemplates                      = Of[corev1.PodTemplate]("", "PodTemplate")
	ReplicationControllers            = Of[corev1.ReplicationController]("", "ReplicationController")
	Services                          = Of[corev1.Service]("", "Service")
	Endpoints                         = Of[corev1.Endpoints]("", "Endpoints")
	ConfigMaps                        = Of[corev1.ConfigMap]("", "ConfigMap")
	Secrets                           = Of[Secret]("", "Secret")
	ServiceAccounts                   = Of[corev1.ServiceAccount]("", "ServiceAccount")
	PersistentVolumeClaims            = Of[corev1.PersistentVolumeClaim]("", "PersistentVolumeClaim")
	ResourceQuotas                    = Of[corev1.ResourceQuota]("", "ResourceQuota")
	LimitRanges                       = Of[corev1.LimitRange]("", "LimitRange")
	Namespaces                        = Of[corev1.Namespace]("", "Namespace")
	Nodes                             = Of[corev1.Node]("", "Node")
	PersistentVolumes                 = Of[corev1.PersistentVolume]("", "PersistentVolume")
	Deployments                       = Of[appsv1.Deployment]("apps", "Deployment")
	StatefulSets                      = Of[appsv1.StatefulSet]("apps", "StatefulSet")
	DaemonSets                        = Of[appsv1.DaemonSet]("apps", "DaemonSet")
	ReplicaSets                       = Of[appsv1.ReplicaSet]("apps", "ReplicaSet")
	Jobs                              = Of[batchv1.Job]("batch", "Job")
	CronJobs                          = Of[batchv1.CronJob]("batch", "CronJob")
	HorizontalPodAutoscalers          = Of[autoscalingv2.HorizontalPodAutoscaler]("autoscaling", "HorizontalPodAutoscaler")
	PodDisruptionBudgets              = Of[policyv1.PodDisruptionBudget]("policy", "PodDisruptionBudget")
	NetworkPolicies                   = Of[networkingv1.NetworkPolicy]("networking.k8s.io", "NetworkPolicy")
	AdminNetworkPolicies              = Of[policyv1alpha1.AdminNetworkPolicy]("policy.networking.k8s.io", "AdminNetworkPolicy")
	BaselineAdminNetworkPolicies      = Of[policyv1alpha1.BaselineAdminNetworkPolicy]("policy.networking.k8s.io", "BaselineAdminNetworkPolicy")
	ClusterNetworkPolicies            = Of[policyv1alpha2.ClusterNetworkPolicy]("policy.networking.k8s.io", "ClusterNetworkPolicy")
	Ingresses                         = Of[networkingv1.Ingress]("networking.k8s.io", "Ingress")
	IngressClasses                    = Of[networkingv1.IngressClass]("networking.k8s.io", "IngressClass")
	Gateways                          = Of[gatewayv1.Gateway]("gateway.networking.k8s.io", "Gateway")
	HTTPRoutes                        = Of[gatewayv1.HTTPRoute]("gateway.networking.k8s.io", "HTTPRoute")
	GRPCRoutes                        = Of[gatewayv1.GRPCRoute]("gateway.networking.k8s.io", "GRPCRoute")
	Roles                             = Of[rbacv1.Role]("rbac.authorization.k8s.io", "Role")
	RoleBindings                      = Of[rbacv1.RoleBinding]("rbac.authorization.k8s.io", "RoleBinding")
	ClusterRoles                      = Of[rbacv1.ClusterRole]("rbac.authorization.k8s.io", "ClusterRole")
	ClusterRoleBindings               = Of[rbacv1.ClusterRoleBinding]("rbac.authorization.k8s.io", "ClusterRoleBinding")
	StorageClasses                    = Of[storagev1.StorageClass]("storage.k8s.io", "StorageClass")
	CSIDrivers                        = Of[storagev1.CSIDriver]("storage.k8s.io", "CSIDriver")
	ValidatingWebhookConfigurations   = Of[admissionregistrationv1.ValidatingWebhookConfiguration]("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")
	MutatingWebhookConfigurations     = Of[admissionregistrationv1.MutatingWebhookConfiguration]("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
	ValidatingAdmissionPolicies       = Of[admissionregistrationv1.ValidatingAdmissionPolicy]("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")
	ValidatingAdmissionPolicyBindings = Of[admissionregistrationv1.ValidatingAdmissionPolicyBinding]("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding")
	MutatingAdmissionPolicies         = Of[admissionregistrationv1.MutatingAdmissionPolicy]("admissionregistration.k8s.io", "MutatingAdmissionPolicy")
	MutatingAdmissionPolicyBindings   = Of[admissionregistrationv1.MutatingAdmissionPolicyBinding]("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding")
	PriorityClasses                   = Of[schedulingv1.PriorityClass]("scheduling.k8s.io", "PriorityClass")
	RuntimeClasses                    = Of[nodev1.RuntimeClass]("node.k8s.io", "RuntimeClass")
	EncryptionConfigurations          = Of[apiserverv1.EncryptionConfiguration]("apiserver.config.k8s.io", "EncryptionConfiguration")
	AdmissionConfigurations           = Of[apiserverv1.AdmissionConfiguration]("apiserver.config.k8s.io", "AdmissionConfiguration")
	AuthenticationConfigurations      = Of[apiserverv1.AuthenticationConfiguration]("apiserver.config.k8s.io", "AuthenticationConfiguration")
	AuthorizationConfigurations       = Of[apiserverv1.AuthorizationConfiguration]("apiserver.config.k8s.io", "AuthorizationConfiguration")
	PodSecurityConfigurations         = Of[podsecurityv1.PodSecurityConfiguration]("pod-security.admission.config.k8s.io", "PodSecurityConfiguration")
	AuditPolicies                     = Of[auditv1.Policy]("audit.k8s.io", "Policy")
	KubeletConfigurations             = Of[kubeletv1beta1.KubeletConfiguration]("kubelet.config.k8s.io", "KubeletConfiguration")
	KubeSchedulerConfigurations       = Of[schedulerv1.KubeSchedulerConfiguration]("kubescheduler.config.k8s.io", "KubeSchedulerConfiguration")
	KubeProxies                       = Of[KubeProxy]("kubeproxy.config.k8s.io", "KubeProxyConfiguration")
	KubeadmClusters                   = Of[KubeadmCluster]("kubeadm.k8s.io", "ClusterConfiguration")
	KubeadmInits                      = Of[KubeadmInit]("kubeadm.k8s.io", "InitConfiguration")
	KubeadmJoins                      = Of[KubeadmJoin]("kubeadm.k8s.io", "JoinConfiguration")
	Kubeconfigs                       = Of[Kubeconfig]("", "Config")
)

// Of makes the Kind that reads objects as *T, with the defaults of Default.
func Of[T any](group, kind string) snapshot.Kind[*T] {
	return snapshot.Kind[*T]{Group: group, Kind: kind, Decode: func(raw []byte) (*T, error) {
		value := new(T)
		if err := json.Unmarshal(raw, value); err != nil {
			return nil, err
		}
		Default(value)
		return value, nil
	}}
}
