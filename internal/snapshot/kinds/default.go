package kinds

import (
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// Default writes the API server's defaults into a decoded object, as the
// defaulting functions of k8s.io/kubernetes/pkg/apis do when it is created. Kinds
// whose defaults no control depends on are left alone.
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
		defaultPodSpec(&o.Spec.Template.Spec)
		setDefault(&o.Spec.Replicas, 1)
	case *appsv1.StatefulSet:
		defaultPodSpec(&o.Spec.Template.Spec)
		setDefault(&o.Spec.Replicas, 1)
	case *appsv1.ReplicaSet:
		defaultPodSpec(&o.Spec.Template.Spec)
		setDefault(&o.Spec.Replicas, 1)
	case *appsv1.DaemonSet:
		defaultPodSpec(&o.Spec.Template.Spec)
	case *batchv1.Job:
		defaultPodSpec(&o.Spec.Template.Spec)
	case *batchv1.CronJob:
		defaultPodSpec(&o.Spec.JobTemplate.Spec.Template.Spec)
	default:
		defaultOther(object)
	}
}

func defaultOther(object any) {
	switch o := object.(type) {
	case *corev1.Service:
		defaultService(&o.Spec)
	case *corev1.Namespace:
		defaultNamespace(o)
	case *corev1.LimitRange:
		for i := range o.Spec.Limits {
			defaultLimitRange(&o.Spec.Limits[i])
		}
	case *networkingv1.NetworkPolicy:
		defaultNetworkPolicy(&o.Spec)
	case *rbacv1.RoleBinding:
		defaultSubjects(o.Subjects)
		defaultRoleRef(&o.RoleRef)
	case *rbacv1.ClusterRoleBinding:
		defaultSubjects(o.Subjects)
		defaultRoleRef(&o.RoleRef)
	case *admissionregistrationv1.ValidatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setDefault(&w.FailurePolicy, admissionregistrationv1.Fail)
			setDefault(&w.MatchPolicy, admissionregistrationv1.Equivalent)
			setDefault(&w.TimeoutSeconds, 10)
		}
	case *admissionregistrationv1.MutatingWebhookConfiguration:
		for i := range o.Webhooks {
			w := &o.Webhooks[i]
			setDefault(&w.FailurePolicy, admissionregistrationv1.Fail)
			setDefault(&w.MatchPolicy, admissionregistrationv1.Equivalent)
			setDefault(&w.TimeoutSeconds, 10)
			setDefault(&w.ReinvocationPolicy, admissionregistrationv1.NeverReinvocationPolicy)
		}
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

// defaultPodSpec follows pkg/apis/core/v1/defaults.go.
func defaultPodSpec(spec *corev1.PodSpec) {
	setString(&spec.DNSPolicy, corev1.DNSClusterFirst)
	setString(&spec.RestartPolicy, corev1.RestartPolicyAlways)
	setString(&spec.SchedulerName, corev1.DefaultSchedulerName)
	setDefault(&spec.SecurityContext, corev1.PodSecurityContext{})
	setDefault(&spec.TerminationGracePeriodSeconds, 30)
	setDefault(&spec.EnableServiceLinks, true)
	for i := range spec.Volumes {
		defaultVolume(&spec.Volumes[i].VolumeSource)
	}
	for i := range spec.InitContainers {
		defaultContainer(&spec.InitContainers[i], spec.HostNetwork)
	}
	for i := range spec.Containers {
		defaultContainer(&spec.Containers[i], spec.HostNetwork)
	}
	for i := range spec.EphemeralContainers {
		defaultPullPolicy(&spec.EphemeralContainers[i].ImagePullPolicy, spec.EphemeralContainers[i].Image)
	}
}

// defaultVolume makes a volume without a source an emptyDir.
func defaultVolume(source *corev1.VolumeSource) {
	if *source == (corev1.VolumeSource{}) {
		source.EmptyDir = &corev1.EmptyDirVolumeSource{}
	}
	if source.HostPath != nil {
		setDefault(&source.HostPath.Type, corev1.HostPathUnset)
	}
}

func defaultContainer(c *corev1.Container, hostNetwork bool) {
	defaultPullPolicy(&c.ImagePullPolicy, c.Image)
	for i := range c.Ports {
		setString(&c.Ports[i].Protocol, corev1.ProtocolTCP)
		if hostNetwork && c.Ports[i].HostPort == 0 {
			c.Ports[i].HostPort = c.Ports[i].ContainerPort
		}
	}
	for resource, limit := range c.Resources.Limits {
		if _, ok := c.Resources.Requests[resource]; !ok {
			if c.Resources.Requests == nil {
				c.Resources.Requests = corev1.ResourceList{}
			}
			c.Resources.Requests[resource] = limit
		}
	}
	for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		defaultProbe(probe)
	}
}

func defaultProbe(probe *corev1.Probe) {
	if probe == nil {
		return
	}
	for field, value := range map[*int32]int32{&probe.TimeoutSeconds: 1, &probe.PeriodSeconds: 10, &probe.SuccessThreshold: 1, &probe.FailureThreshold: 3} {
		if *field == 0 {
			*field = value
		}
	}
	if probe.HTTPGet != nil {
		setString(&probe.HTTPGet.Path, "/")
		setString(&probe.HTTPGet.Scheme, corev1.URISchemeHTTP)
	}
}

// defaultPullPolicy is Always for the tag "latest" or none, else IfNotPresent.
func defaultPullPolicy(policy *corev1.PullPolicy, image string) {
	if *policy != "" || image == "" {
		return
	}
	*policy = corev1.PullIfNotPresent
	if strings.Contains(image, "@") {
		return
	}
	name := image[strings.LastIndexByte(image, '/')+1:]
	if _, tag, ok := strings.Cut(name, ":"); !ok || tag == "latest" {
		*policy = corev1.PullAlways
	}
}

func defaultService(spec *corev1.ServiceSpec) {
	setString(&spec.Type, corev1.ServiceTypeClusterIP)
	setString(&spec.SessionAffinity, corev1.ServiceAffinityNone)
	for i := range spec.Ports {
		setString(&spec.Ports[i].Protocol, corev1.ProtocolTCP)
		if port := &spec.Ports[i]; port.TargetPort.IntVal == 0 && port.TargetPort.StrVal == "" {
			port.TargetPort.IntVal = port.Port
		}
	}
	if spec.Type == corev1.ServiceTypeNodePort || spec.Type == corev1.ServiceTypeLoadBalancer {
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
