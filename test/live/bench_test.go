package live

import (
	"bytes"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"holdfast.dev/holdfast/test/cluster"
)

const (
	podsPerWorkload = 10
	podsPerSpace    = 250
)

// BenchmarkScan scans clusters with the whole program: wall time, the program's
// processor time and its peak memory. 5,000 Pods are what 50 to 170 nodes run. The
// API server runs on the same processors.
func BenchmarkScan(b *testing.B) {
	c := cluster.Start(b) // without controllers, which would make and unmake Pods
	u := as(b, c, c.Config())
	made := 0
	for _, count := range []int{1000, 5000, 10_000} {
		fill(b, c, made, count)
		made = count
		b.Run(fmt.Sprintf("pods=%d", count), func(b *testing.B) { scan(b, u, count) })
	}
}

func scan(b *testing.B, u *user, pods int) {
	var cpu time.Duration
	var peak int64
	for b.Loop() {
		command := u.command("scan", "-o", "json", "--fail-on", "none")
		output, err := command.Output()
		if err != nil || !bytes.Contains(output, []byte(fmt.Sprintf("app-%d", pods/podsPerWorkload-1))) {
			b.Fatalf("%v: %.200s", err, output)
		}
		cpu += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		peak = max(peak, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(peak)/1024, "peak-MiB")
}

// fill makes Deployments, their ReplicaSets and the Pods of those, as controllers
// would have, until there are so many Pods.
func fill(b *testing.B, c *cluster.Cluster, from, to int) {
	b.Helper()
	start := time.Now()
	workloads := make(chan int)
	var makers sync.WaitGroup
	for range 16 {
		makers.Go(func() {
			for i := range workloads {
				if err := fillOne(b, c, i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := from / podsPerWorkload; i < to/podsPerWorkload; i++ {
		if i%(podsPerSpace/podsPerWorkload) == 0 {
			c.Namespace(b, namespaceOf(i))
		}
		workloads <- i
	}
	close(workloads)
	makers.Wait()
	b.Logf("%d Pods made in %s", to-from, time.Since(start).Round(time.Second))
}

func namespaceOf(i int) string { return fmt.Sprintf("space-%d", i*podsPerWorkload/podsPerSpace) }

func fillOne(b *testing.B, c *cluster.Cluster, i int) error {
	ctx, namespace, name := b.Context(), namespaceOf(i), fmt.Sprintf("app-%d", i)
	labels := map[string]string{"app": name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bench"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{"prometheus.io/scrape": "true"}}, Spec: podSpec(i)}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
	apps := c.Client().AppsV1()
	deployment, err := apps.Deployments(namespace).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	set, err := apps.ReplicaSets(namespace).Create(ctx, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: name + "-5d8f6c", Labels: labels, OwnerReferences: ownedBy("Deployment", name, deployment.UID)},
		Spec:       appsv1.ReplicaSetSpec{Selector: selector, Template: template},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for pod := range podsPerWorkload {
		_, err := c.Client().CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", set.Name, pod), Labels: labels, Annotations: template.Annotations, OwnerReferences: ownedBy("ReplicaSet", set.Name, set.UID)},
			Spec:       template.Spec,
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
	}
	return nil
}

func ownedBy(kind, name string, uid types.UID) []metav1.OwnerReference {
	yes := true
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: name, UID: uid, Controller: &yes, BlockOwnerDeletion: &yes}}
}

// podSpec is a Pod as common charts write it: two containers, probes, variables,
// resources, a volume; every fourth has something to be found.
func podSpec(i int) corev1.PodSpec {
	privileged, no := i%4 == 0, false
	container := func(name string, port int32) corev1.Container {
		c := corev1.Container{
			Name: name, Image: fmt.Sprintf("registry.example.com/team-%d/%s:1.%d", i%20, name, i%7),
			Args:  []string{"--listen=:8080", "--log-level=info", "--config=/etc/app/config.yaml"},
			Ports: []corev1.ContainerPort{{Name: name, ContainerPort: port}},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("128Mi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("256Mi")},
			},
			SecurityContext: &corev1.SecurityContext{Privileged: &privileged, AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
			VolumeMounts:    []corev1.VolumeMount{{Name: "config", MountPath: "/etc/app"}},
			ReadinessProbe:  &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{}}},
		}
		if privileged {
			c.SecurityContext.AllowPrivilegeEscalation = nil
		}
		c.ReadinessProbe.TCPSocket.Port.IntVal = port
		for v := range 8 {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", v), Value: fmt.Sprintf("https://service-%d.example.com:8443/path", v)})
		}
		return c
	}
	return corev1.PodSpec{
		Containers: []corev1.Container{container("app", 8080), container("proxy", 15001)},
		Volumes: []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: "config"},
		}}}},
	}
}
