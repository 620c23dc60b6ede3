package workload

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// hostPathClass says what a path of the node gives away. The classes are in the
// order of their danger, and a path belongs to the first that it is in, holds or is
// part of: each hostPath volume is of exactly one class, and one control reports it.
type hostPathClass uint8

const (
	runtimeSocket hostPathClass = iota // the container runtime's socket, or a folder with it
	nodeRoot                           // the whole file system
	kubeletFiles                       // what the node's and the cluster's own components live from
	processFiles                       // /proc and /sys
	logFiles                           // /var/log
	systemFiles                        // what the node's operating system lives from
	otherFiles
)

// hostPath is one volume of a path of the node.
type hostPath struct {
	index    int
	volume   *corev1.Volume
	path     string // absolute, clean, /run for /var/run, / for \ and without a drive on Windows
	holds    string // the file or folder that puts it into its class, when it is not the path itself
	class    hostPathClass
	mounts   []hostMount
	readOnly bool // by every container that mounts it
}

type hostMount struct {
	container string
	object    *snapshot.Object
	path      model.Path
	at        string
	readOnly  bool
	recursive bool // read-only including what is mounted below
}

// judgeHostPaths reports the volumes of one class that the official check on
// hostPath volumes forbids. weigh says how bad one is, and what to add to the
// message.
func judgeHostPaths(c *check.Case, official *policy.Check, class hostPathClass, weigh func(*hostPath) (model.Severity, string)) {
	judge(c, official, func(p *pod) {
		for i, volume := range p.volumes() {
			if volume.HostPath == nil || !p.forbidsVolume(volume) {
				continue
			}
			p.located = true
			found := hostPath{index: i, volume: volume, path: cleanHostPath(volume.HostPath.Path)}
			found.class, found.holds = classify(found.path)
			if found.class == class {
				found.mount(p)
				severity, note := weigh(&found)
				p.failHostPath(&found, severity, note)
			}
		}
	})
}

func (p *pod) failHostPath(found *hostPath, severity model.Severity, note string) {
	message := "volume " + found.volume.Name + " gives " + found.volume.HostPath.Path + " of the node to "
	switch {
	case len(found.mounts) == 0:
		message, note = "volume "+found.volume.Name+" is "+found.volume.HostPath.Path+" of the node, and mounted by no container", ""
		severity = min(severity, model.Low)
	case found.readOnly:
		message += found.users() + " read-only"
	default:
		message += found.users()
	}
	if note != "" {
		message += ": " + note
	}
	failure := p.fail(found.volume.Name, "%s", message).Severity(severity).
		In(p.holder.Object, p.volumePath(found.index)+".hostPath.path", found.volume.HostPath.Path)
	for _, mount := range found.mounts {
		failure.In(mount.object, mount.path+".mountPath", mount.at)
	}
}

// mount finds the containers of the pod that mount the volume.
func (h *hostPath) mount(p *pod) {
	h.readOnly = true
	for _, container := range p.holder.Containers {
		if container.Object != p.holder.Object {
			continue
		}
		for i := range container.VolumeMounts {
			m := &container.VolumeMounts[i]
			if m.Name != h.volume.Name {
				continue
			}
			recursive := m.RecursiveReadOnly != nil && *m.RecursiveReadOnly == corev1.RecursiveReadOnlyEnabled
			h.mounts = append(h.mounts, hostMount{
				container: container.Name, object: container.Object, path: (container.Path + ".volumeMounts").Index(i),
				at: m.MountPath, readOnly: m.ReadOnly, recursive: recursive,
			})
			h.readOnly = h.readOnly && m.ReadOnly
		}
	}
}

// users names the containers that mount the volume, each once.
func (h *hostPath) users() string {
	var names []string
	for _, mount := range h.mounts {
		if !slices.Contains(names, mount.container) {
			names = append(names, mount.container)
		}
	}
	if len(names) == 1 {
		return "container " + names[0]
	}
	return "containers " + strings.Join(names, ", ")
}

// recursive reports whether no container can write what is mounted below either.
func (h *hostPath) recursive() bool {
	for _, mount := range h.mounts {
		if !mount.recursive {
			return false
		}
	}
	return h.readOnly
}

// cleanHostPath makes paths comparable. Windows paths lose their drive and get
// slashes; /var/run is /run on every Linux in use. A path that is not absolute is
// refused by container runtimes and taken from the root here.
func cleanHostPath(p string) string {
	if p == "" {
		return ""
	}
	if strings.ContainsRune(p, '\\') || len(p) >= 2 && p[1] == ':' {
		p = strings.ToLower(strings.ReplaceAll(p, `\`, "/"))
		if len(p) >= 2 && p[1] == ':' {
			p = p[2:]
		}
	}
	p = path.Clean("/" + p)
	if rest, ok := inFolder(p, "/var/run"); ok {
		p = path.Clean("/run/" + rest)
	}
	return p
}

// inFolder reports whether p is dir or in it, and what follows.
func inFolder(p, dir string) (rest string, ok bool) {
	if !strings.HasPrefix(p, dir) {
		return "", false
	}
	rest = p[len(dir):]
	if rest == "" || dir == "/" {
		return rest, true
	}
	return rest[1:], rest[0] == '/'
}

// classify finds the class of a clean path, and the file or folder that decides.
func classify(p string) (class hostPathClass, holds string) {
	switch {
	case p == "":
		return otherFiles, ""
	case p == "/":
		return nodeRoot, ""
	}
	if socket, ok := socketIn(p); ok {
		return runtimeSocket, socket
	}
	for _, each := range hostFolders() {
		if _, ok := inFolder(p, each.path); ok {
			return each.class, ""
		}
		if _, ok := inFolder(each.path, p); ok {
			return each.class, each.path
		}
	}
	return otherFiles, ""
}

// socketIn finds the runtime's socket that p is, or that is in the folder p.
func socketIn(p string) (socket string, ok bool) {
	switch path.Base(p) {
	case "docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock", "podman.sock", "buildkitd.sock",
		"docker_engine", "containerd-containerd":
		return "", true
	}
	for _, socket := range runtimeSockets() {
		if _, ok := inFolder(socket, p); ok {
			return socket, true
		}
	}
	return "", false
}

// runtimeSockets are the places of the sockets that obey whoever can open them.
func runtimeSockets() [9]string {
	return [...]string{
		"/run/docker.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock", "/run/podman/podman.sock",
		"/run/dockershim.sock", "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock", "/run/buildkit/buildkitd.sock",
	}
}

type hostFolder struct {
	path  string
	class hostPathClass
}

// hostFolders are the folders that matter, in the order of the classes.
func hostFolders() []hostFolder {
	return []hostFolder{
		{"/etc/kubernetes", kubeletFiles}, {"/var/lib/etcd", kubeletFiles}, {"/var/lib/kubelet", kubeletFiles},
		{"/etc/cni", kubeletFiles}, {"/opt/cni", kubeletFiles}, {"/var/lib/cni", kubeletFiles}, {"/var/lib/rancher", kubeletFiles},
		{"/var/lib/k0s", kubeletFiles}, {"/var/snap/microk8s", kubeletFiles}, {"/usr/libexec/kubernetes", kubeletFiles},
		{"/srv/kubernetes", kubeletFiles}, {"/var/lib/kube-controller-manager", kubeletFiles}, {"/var/lib/kube-scheduler", kubeletFiles},
		{"/var/lib/kube-proxy", kubeletFiles}, {"/k", kubeletFiles},
		{"/proc", processFiles}, {"/sys", processFiles},
		{"/var/log", logFiles},
		{"/etc", systemFiles}, {"/root", systemFiles}, {"/home", systemFiles}, {"/usr", systemFiles}, {"/bin", systemFiles},
		{"/sbin", systemFiles}, {"/lib", systemFiles}, {"/lib32", systemFiles}, {"/lib64", systemFiles}, {"/libx32", systemFiles},
		{"/boot", systemFiles}, {"/dev", systemFiles}, {"/opt/bin", systemFiles},
		{"/var/lib/containerd", systemFiles}, {"/var/lib/docker", systemFiles}, {"/var/lib/containers", systemFiles},
		{"/var/lib/crio", systemFiles}, {"/run/containerd", systemFiles}, {"/run/systemd", systemFiles}, {"/run/dbus", systemFiles},
		{"/var/spool/cron", systemFiles}, {"/var/lib/dpkg", systemFiles}, {"/var/lib/rpm", systemFiles}, {"/var/lib/cloud", systemFiles},
		{"/windows", systemFiles}, {"/program files", systemFiles}, {"/programdata", systemFiles}, {"/users", systemFiles},
	}
}

// within reports whether the path is one of dirs, or in one.
func (h *hostPath) within(dirs ...string) bool {
	for _, dir := range dirs {
		if _, ok := inFolder(h.path, dir); ok {
			return true
		}
	}
	return false
}

// touches reports whether the path is one of dirs, in one, or holds one.
func (h *hostPath) touches(dirs ...string) bool {
	for _, dir := range dirs {
		if _, ok := inFolder(dir, h.path); ok {
			return true
		}
	}
	return h.within(dirs...)
}

// lower is one severity less when no container can write.
func (h *hostPath) lower(severity model.Severity) model.Severity {
	if h.readOnly && severity > model.Info {
		return severity - 1
	}
	return severity
}
