package framework

import (
	"encoding/json"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Pods of every shape, valid or not, at every version: our controls say what the
// official library says, as a whole and requirement by requirement, and name the
// field that is wrong.
func TestPodSecurityProperty(t *testing.T) {
	levels := standards(t)
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.IntRange(0, checktest.Newest().Minor+2).Draw(t, "minor")
		var changes []snapshot.Change
		for i := range 10 {
			changes = append(changes, snapshot.Change{Put: randomObject(t, fmt.Sprintf("p%d", i))})
		}
		for _, s := range levels {
			failed := s.run(minor, changes)
			for _, change := range changes {
				for _, difference := range s.differences(minor, workload.Template(change.Put), failed[change.Put.ID]) {
					text, _ := change.Put.Encode()
					t.Errorf("%s 1.%d: %s\n%s", s.level, minor, difference, text)
				}
			}
			for _, reason := range failed[model.ID{}] {
				t.Errorf("%s 1.%d: %s", s.level, minor, reason)
			}
		}
	})
}

// Fixes can be put together: with all of them applied at once, in the order of a
// report, none of the findings that they are for is left.
func TestPodSecurityFixesCompose(t *testing.T) {
	restricted := standards(t)[1]
	rapid.Check(t, func(t *rapid.T) {
		settings := snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: rapid.IntRange(0, checktest.Newest().Minor).Draw(t, "minor")}}
		object := randomObject(t, "p")
		snap := snapshot.New(settings, snapshot.Change{Put: object})
		before := restricted.findings(snap)
		var patches []model.Patch
		fixed := map[string]string{}
		for i := range before {
			for _, fix := range before[i].Fixes {
				patches = append(patches, fix.Patches...)
				fixed[before[i].Fingerprint()] = before[i].Message
			}
		}
		changes, err := snap.Resolve(patches...)
		if err != nil {
			t.Fatal(err)
		}
		after := restricted.findings(snap.With(changes...))
		for i := range after {
			if message, ok := fixed[after[i].Fingerprint()]; ok {
				text, _ := object.Encode()
				t.Errorf("%s is still there: %s\n%s", message, after[i].Message, text)
			}
		}
	})
}

func (s *standard) findings(snap *snapshot.Snapshot) []model.Finding {
	findings, _, _ := check.Run(snap, s.checks, check.Options{})
	result := model.Result{Findings: findings}
	result.Sort()
	return result.Findings
}

func randomObject(t *rapid.T, name string) *snapshot.Object {
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: randomAnnotations(t)}, Spec: randomSpec(t)}
	var object any
	ref := model.Ref{ID: model.ID{Namespace: "n", Name: name}, Version: "v1"}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		ref.Group, ref.Kind, object = "apps", "Deployment", &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template}}
	case 1:
		ref.Group, ref.Kind = "batch", "CronJob"
		object = &batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}}}}
	default:
		ref.Kind, object = "Pod", &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return &snapshot.Object{Ref: ref, Body: snapshot.JSON(text)}
}

// maybe draws nothing more often than something, so that pods that pass are met.
func maybe[T any](t *rapid.T, what string, draw func() T) *T {
	if rapid.IntRange(0, 2).Draw(t, what+"?") > 0 {
		return nil
	}
	value := draw()
	return &value
}

func oneOf[T any](t *rapid.T, what string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, what)
}

func optional[T any](t *rapid.T, what string, values ...T) *T {
	return maybe(t, what, func() T { return oneOf(t, what, values...) })
}

func seldom(t *rapid.T, what string) bool { return rapid.IntRange(0, 7).Draw(t, what) == 0 }

func randomAnnotations(t *rapid.T) map[string]string {
	annotations := map[string]string{}
	for _, key := range []string{
		"container.apparmor.security.beta.kubernetes.io/a", "container.apparmor.security.beta.kubernetes.io/gone",
		"seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/a", "container.seccomp.security.alpha.kubernetes.io/gone",
	} {
		if seldom(t, key) {
			annotations[key] = oneOf(t, "value", "", "runtime/default", "docker/default", "localhost/x", "unconfined")
		}
	}
	return annotations
}

func randomSpec(t *rapid.T) corev1.PodSpec {
	spec := corev1.PodSpec{
		HostNetwork: seldom(t, "hostNetwork"), HostPID: seldom(t, "hostPID"), HostIPC: seldom(t, "hostIPC"),
		HostUsers: optional(t, "hostUsers", true, false),
	}
	if os := optional(t, "os", corev1.Linux, corev1.Windows); os != nil {
		spec.OS = &corev1.PodOS{Name: *os}
	}
	spec.SecurityContext = maybe(t, "pod context", func() corev1.PodSecurityContext { return randomPodContext(t) })
	for i := range rapid.IntRange(0, 2).Draw(t, "volumes") {
		spec.Volumes = append(spec.Volumes, randomVolume(t, fmt.Sprintf("v%d", i)))
	}
	good := rapid.Bool().Draw(t, "good")
	spec.Containers = []corev1.Container{randomContainer(t, "a", good)}
	if rapid.Bool().Draw(t, "two") {
		spec.Containers = append(spec.Containers, randomContainer(t, "b", good))
	}
	if rapid.Bool().Draw(t, "init") {
		spec.InitContainers = []corev1.Container{randomContainer(t, "i", good)}
	}
	if seldom(t, "ephemeral") {
		spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon(randomContainer(t, "e", good))}}
	}
	return spec
}

func randomPodContext(t *rapid.T) corev1.PodSecurityContext {
	context := corev1.PodSecurityContext{
		RunAsNonRoot: optional(t, "pod runAsNonRoot", true, false), RunAsUser: optional[int64](t, "pod runAsUser", 0, 1000),
		SELinuxOptions: randomSELinux(t), AppArmorProfile: randomAppArmor(t), SeccompProfile: randomSeccomp(t), WindowsOptions: randomWindows(t),
	}
	for range rapid.IntRange(0, 2).Draw(t, "sysctls") {
		name := oneOf(t, "sysctl", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem", "net.ipv4.ip_local_reserved_ports", "kernel.msgmax")
		context.Sysctls = append(context.Sysctls, corev1.Sysctl{Name: name, Value: "1"})
	}
	return context
}

func randomSELinux(t *rapid.T) *corev1.SELinuxOptions {
	return maybe(t, "seLinux", func() corev1.SELinuxOptions {
		return corev1.SELinuxOptions{
			Type: oneOf(t, "type", "", "", "container_t", "container_engine_t", "spc_t"), User: oneOf(t, "user", "", "", "u"), Role: oneOf(t, "role", "", "", "r"),
		}
	})
}

func randomAppArmor(t *rapid.T) *corev1.AppArmorProfile {
	return maybe(t, "appArmor", func() corev1.AppArmorProfile {
		return corev1.AppArmorProfile{Type: oneOf[corev1.AppArmorProfileType](t, "type", "RuntimeDefault", "Localhost", "Unconfined", "")}
	})
}

func randomSeccomp(t *rapid.T) *corev1.SeccompProfile {
	return maybe(t, "seccomp", func() corev1.SeccompProfile {
		return corev1.SeccompProfile{Type: oneOf[corev1.SeccompProfileType](t, "type", "RuntimeDefault", "Localhost", "RuntimeDefault", "Unconfined", "")}
	})
}

func randomWindows(t *rapid.T) *corev1.WindowsSecurityContextOptions {
	return maybe(t, "windows", func() corev1.WindowsSecurityContextOptions {
		return corev1.WindowsSecurityContextOptions{HostProcess: optional(t, "hostProcess", true, false)}
	})
}

// randomContainer makes a container; a good one is hardened, but for what else is drawn.
func randomContainer(t *rapid.T, name string, good bool) corev1.Container {
	c := corev1.Container{Name: name, Image: "registry.example/app:1"}
	c.SecurityContext = maybe(t, "context", func() corev1.SecurityContext { return randomContext(t) })
	if good && c.SecurityContext == nil {
		no, yes := false, true
		c.SecurityContext = &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}
	}
	for range rapid.IntRange(0, 1).Draw(t, "ports") {
		c.Ports = append(c.Ports, corev1.ContainerPort{ContainerPort: 80, HostPort: oneOf[int32](t, "hostPort", 0, 0, 80)})
	}
	c.LivenessProbe, c.ReadinessProbe, c.StartupProbe = randomProbe(t), randomProbe(t), randomProbe(t)
	if seldom(t, "lifecycle") {
		c.Lifecycle = &corev1.Lifecycle{PostStart: randomHook(t), PreStop: randomHook(t)}
	}
	return c
}

func randomContext(t *rapid.T) corev1.SecurityContext {
	s := corev1.SecurityContext{
		Privileged: optional(t, "privileged", true, false), AllowPrivilegeEscalation: optional(t, "allowPrivilegeEscalation", true, false),
		RunAsNonRoot: optional(t, "runAsNonRoot", true, false), RunAsUser: optional[int64](t, "runAsUser", 0, 1000),
		ProcMount:      optional[corev1.ProcMountType](t, "procMount", "Default", "Unmasked", ""),
		SELinuxOptions: randomSELinux(t), AppArmorProfile: randomAppArmor(t), SeccompProfile: randomSeccomp(t), WindowsOptions: randomWindows(t),
	}
	names := []corev1.Capability{"ALL", "all", "NET_BIND_SERVICE", "CHOWN", "CAP_CHOWN", "NET_RAW", "SYS_ADMIN", "CAP_SYS_ADMIN", "sys_time", "", "UNHEARD_OF"}
	s.Capabilities = maybe(t, "capabilities", func() corev1.Capabilities {
		return corev1.Capabilities{
			Add:  rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, "add"),
			Drop: rapid.SliceOfN(rapid.SampledFrom(names[:3]), 0, 2).Draw(t, "drop"),
		}
	})
	return s
}

func randomProbe(t *rapid.T) *corev1.Probe {
	if !seldom(t, "probe") {
		return nil
	}
	hook := randomHook(t)
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: hook.HTTPGet, TCPSocket: hook.TCPSocket}}
}

func randomHook(t *rapid.T) *corev1.LifecycleHandler {
	hook := &corev1.LifecycleHandler{}
	host := oneOf(t, "host", "", "", "127.0.0.1", "example.com")
	if rapid.Bool().Draw(t, "http") {
		hook.HTTPGet = &corev1.HTTPGetAction{Host: host, Port: intstr.FromInt32(80)}
	}
	if seldom(t, "tcp") {
		hook.TCPSocket = &corev1.TCPSocketAction{Host: host, Port: intstr.FromInt32(80)}
	}
	return hook
}

// randomVolume makes a volume of any type, now and then of two at once, which the
// API server refuses and the library reads as the more harmless one. A gitRepo
// stands alone: git-repo-volume looks at nothing else.
func randomVolume(t *rapid.T, name string) corev1.Volume {
	volume := corev1.Volume{Name: name}
	for range oneOf(t, "sources", 1, 1, 1, 0, 2) {
		randomSource(t, &volume.VolumeSource)
	}
	return volume
}

func randomSource(t *rapid.T, source *corev1.VolumeSource) {
	if source.GitRepo != nil {
		return
	}
	switch rapid.IntRange(0, 9).Draw(t, "source") {
	case 0:
		source.HostPath = &corev1.HostPathVolumeSource{Path: oneOf(t, "path", "", "/", "/run", "/var/run/docker.sock", "/etc", "/var/lib/kubelet/pods", "/proc/1", "/var/log", "/home/x",
			"/data", "data", "/data/../", `C:\`, `c:\ProgramData\x`, `\\.\pipe\docker_engine`, "//etc//kubernetes/")}
	case 1:
		source.NFS = &corev1.NFSVolumeSource{Server: "s", Path: "/"}
	case 2:
		*source = corev1.VolumeSource{}
		source.GitRepo = &corev1.GitRepoVolumeSource{Repository: "r"}
	case 3:
		source.EmptyDir = &corev1.EmptyDirVolumeSource{}
	case 4:
		source.ConfigMap = &corev1.ConfigMapVolumeSource{}
	case 5:
		source.CSI = &corev1.CSIVolumeSource{Driver: "d"}
	case 6:
		source.Image = &corev1.ImageVolumeSource{Reference: "r"}
	case 7:
		source.FlexVolume = &corev1.FlexVolumeSource{Driver: "d"}
	case 8:
		source.Ephemeral = &corev1.EphemeralVolumeSource{}
	default:
		source.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}
	}
}
