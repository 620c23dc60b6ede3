package kinds

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Default writes the API server's defaults into a decoded object, as the
// defaulting functions of k8s.io/kubernetes/pkg/apis/*/v1/defaults.go do when it is
// created. A pod template also gets the defaults that its pods will get, since it
// is judged in their place. What admission plugins add is not a default.
func Default(object any) {
	switch o := object.(type) {
	case *corev1.Pod:
		defaultPodSpec(&o.Spec)
	case *corev1.PodTemplate:
		defaultPodSpec(&o.Template.Spec)
	case *corev1.ReplicationController:
		if o.Spec.Template != nil {
			defaultPodSpec(&o.Spec.Template.Spec)
		}
		setDefault(&o.Spec.Replicas, 1)
	case *appsv1.Deployment:
		defaultDeployment(&o.Spec)
	case *appsv1.StatefulSet:
		defaultStatefulSet(&o.Spec)
	case *appsv1.ReplicaSet:
		defaultPodSpec(&o.Spec.Template.Spec)
		setDefault(&o.Spec.Replicas, 1)
	case *appsv1.DaemonSet:
		defaultDaemonSet(&o.Spec)
	case *batchv1.Job:
		defaultJob(&o.Spec)
	case *batchv1.CronJob:
		defaultCronJob(&o.Spec)
	default:
		defaultOther(object)
	}
}

func defaultOther(object any) {
	switch o := object.(type) {
	case *corev1.Service:
		defaultService(&o.Spec)
	case *corev1.PersistentVolumeClaim:
		setDefault(&o.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	case *corev1.PersistentVolume:
		setDefault(&o.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
		setString(&o.Spec.PersistentVolumeReclaimPolicy, corev1.PersistentVolumeReclaimRetain)
		if o.Spec.HostPath != nil {
			setDefault(&o.Spec.HostPath.Type, corev1.HostPathUnset)
		}
	case *corev1.Namespace:
		defaultNamespace(o)
	case *corev1.LimitRange:
		for i := range o.Spec.Limits {
			defaultLimitRange(&o.Spec.Limits[i])
		}
	case *storagev1.StorageClass:
		setDefault(&o.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)
		setDefault(&o.VolumeBindingMode, storagev1.VolumeBindingImmediate)
	case *storagev1.CSIDriver:
		defaultCSIDriver(&o.Spec)
	case *networkingv1.NetworkPolicy:
		defaultNetworkPolicy(&o.Spec)
	case *rbacv1.RoleBinding:
		defaultSubjects(o.Subjects)
		defaultRoleRef(&o.RoleRef)
	case *rbacv1.ClusterRoleBinding:
		defaultSubjects(o.Subjects)
		defaultRoleRef(&o.RoleRef)
	case *autoscalingv2.HorizontalPodAutoscaler:
		defaultAutoscaler(&o.Spec)
	case *schedulingv1.PriorityClass:
		setDefault(&o.PreemptionPolicy, corev1.PreemptLowerPriority)
	default:
		defaultAdmission(object)
	}
}

func setDefault[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

func setString[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}

func defaultService(spec *corev1.ServiceSpec) {
	setString(&spec.Type, corev1.ServiceTypeClusterIP)
	setString(&spec.SessionAffinity, corev1.ServiceAffinityNone)
	if spec.SessionAffinity == corev1.ServiceAffinityClientIP {
		setDefault(&spec.SessionAffinityConfig, corev1.SessionAffinityConfig{})
		setDefault(&spec.SessionAffinityConfig.ClientIP, corev1.ClientIPConfig{})
		setDefault(&spec.SessionAffinityConfig.ClientIP.TimeoutSeconds, corev1.DefaultClientIPServiceAffinitySeconds)
	}
	for i := range spec.Ports {
		setString(&spec.Ports[i].Protocol, corev1.ProtocolTCP)
		if port := &spec.Ports[i]; port.TargetPort.IntVal == 0 && port.TargetPort.StrVal == "" {
			port.TargetPort.IntVal = port.Port
		}
	}
	if spec.Type != corev1.ServiceTypeExternalName {
		setDefault(&spec.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster)
	}
	if spec.Type == corev1.ServiceTypeNodePort || spec.Type == corev1.ServiceTypeLoadBalancer || len(spec.ExternalIPs) > 0 {
		setString(&spec.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster)
	}
	if spec.Type == corev1.ServiceTypeLoadBalancer {
		setDefault(&spec.AllocateLoadBalancerNodePorts, true)
	}
}

// defaultLimitRange: a maximum is the default limit, a default limit or a minimum
// the default request.
func defaultLimitRange(item *corev1.LimitRangeItem) {
	if item.Type != corev1.LimitTypeContainer {
		return
	}
	addMissing(&item.Default, item.Max)
	addMissing(&item.DefaultRequest, item.Default)
	addMissing(&item.DefaultRequest, item.Min)
}

func addMissing(list *corev1.ResourceList, from corev1.ResourceList) {
	for resource, quantity := range from {
		if _, ok := (*list)[resource]; ok {
			continue
		}
		if *list == nil {
			*list = corev1.ResourceList{}
		}
		(*list)[resource] = quantity
	}
}

// defaultNamespace writes the label that NamespaceDefaultLabelName sets.
func defaultNamespace(ns *corev1.Namespace) {
	if ns.Labels == nil {
		ns.Labels = map[string]string{}
	}
	ns.Labels[corev1.LabelMetadataName] = ns.Name
}

func defaultNetworkPolicy(spec *networkingv1.NetworkPolicySpec) {
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, rule := range spec.Ingress {
		defaultPolicyPorts(rule.Ports)
	}
	for _, rule := range spec.Egress {
		defaultPolicyPorts(rule.Ports)
	}
}

func defaultPolicyPorts(ports []networkingv1.NetworkPolicyPort) {
	for i := range ports {
		setDefault(&ports[i].Protocol, corev1.ProtocolTCP)
	}
}

func defaultRoleRef(ref *rbacv1.RoleRef) { setString(&ref.APIGroup, rbacv1.GroupName) }

func defaultSubjects(subjects []rbacv1.Subject) {
	for i := range subjects {
		if subjects[i].Kind != rbacv1.ServiceAccountKind {
			setString(&subjects[i].APIGroup, rbacv1.GroupName)
		}
	}
}

// defaultCSIDriver follows pkg/apis/storage/v1/defaults.go.
func defaultCSIDriver(spec *storagev1.CSIDriverSpec) {
	setDefault(&spec.AttachRequired, true)
	setDefault(&spec.PodInfoOnMount, false)
	setDefault(&spec.StorageCapacity, false)
	setDefault(&spec.FSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
	setDefault(&spec.RequiresRepublish, false)
	setDefault(&spec.SELinuxMount, false)
	if len(spec.VolumeLifecycleModes) == 0 {
		spec.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
	}
}

// defaultAutoscaler follows pkg/apis/autoscaling/v2/defaults.go.
func defaultAutoscaler(spec *autoscalingv2.HorizontalPodAutoscalerSpec) {
	setDefault(&spec.MinReplicas, 1)
	if len(spec.Metrics) == 0 {
		utilization := int32(80)
		spec.Metrics = []autoscalingv2.MetricSpec{{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{
				Name:   corev1.ResourceCPU,
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &utilization},
			},
		}}
	}
}
