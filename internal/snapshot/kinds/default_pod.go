package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

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

// defaultVolume makes a volume without a source an emptyDir. The defaults of the
// removed in-tree drivers are left alone.
func defaultVolume(source *corev1.VolumeSource) {
	if *source == (corev1.VolumeSource{}) {
		source.EmptyDir = &corev1.EmptyDirVolumeSource{}
	}
	const readable = 0o644
	switch {
	case source.HostPath != nil:
		setDefault(&source.HostPath.Type, corev1.HostPathUnset)
	case source.ConfigMap != nil:
		setDefault(&source.ConfigMap.DefaultMode, readable)
	case source.Secret != nil:
		setDefault(&source.Secret.DefaultMode, readable)
	case source.DownwardAPI != nil:
		setDefault(&source.DownwardAPI.DefaultMode, readable)
		for i := range source.DownwardAPI.Items {
			defaultFieldRef(source.DownwardAPI.Items[i].FieldRef)
		}
	case source.Ephemeral != nil && source.Ephemeral.VolumeClaimTemplate != nil:
		setDefault(&source.Ephemeral.VolumeClaimTemplate.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	case source.Projected != nil:
		defaultProjected(source.Projected, readable)
	}
}

func defaultProjected(volume *corev1.ProjectedVolumeSource, mode int32) {
	setDefault(&volume.DefaultMode, mode)
	for i := range volume.Sources {
		source := &volume.Sources[i]
		if source.ServiceAccountToken != nil {
			setDefault(&source.ServiceAccountToken.ExpirationSeconds, 3600)
		}
		if source.DownwardAPI != nil {
			for j := range source.DownwardAPI.Items {
				defaultFieldRef(source.DownwardAPI.Items[j].FieldRef)
			}
		}
	}
}

func defaultFieldRef(ref *corev1.ObjectFieldSelector) {
	if ref != nil {
		setString(&ref.APIVersion, "v1")
	}
}

func defaultContainer(c *corev1.Container, hostNetwork bool) {
	defaultPullPolicy(&c.ImagePullPolicy, c.Image)
	setString(&c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	setString(&c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil {
			defaultFieldRef(from.FieldRef)
		}
	}
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
	defaultLifecycle(c.Lifecycle)
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
	defaultHTTPGet(probe.HTTPGet)
	if probe.GRPC != nil {
		setDefault(&probe.GRPC.Service, "")
	}
}

func defaultLifecycle(lifecycle *corev1.Lifecycle) {
	if lifecycle == nil {
		return
	}
	for _, handler := range []*corev1.LifecycleHandler{lifecycle.PostStart, lifecycle.PreStop} {
		if handler != nil {
			defaultHTTPGet(handler.HTTPGet)
		}
	}
}

func defaultHTTPGet(get *corev1.HTTPGetAction) {
	if get != nil {
		setString(&get.Path, "/")
		setString(&get.Scheme, corev1.URISchemeHTTP)
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
