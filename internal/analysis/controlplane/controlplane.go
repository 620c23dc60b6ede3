// Package controlplane finds the programs that a cluster consists of, wherever they
// are configured: in static pods and their mirrors, in the Deployments of hosted
// control planes, and in kubeadm's configuration. It says which value of a flag is
// in force, what the program does when the flag is not set, and where to look.
//
// What cannot be told, because a shell, a variable or a file that is not here
// decides it, is not Known: no verdict may rest on it.
package controlplane

import (
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Program is the name of an executable.
type Program string

// The programs of a cluster.
const (
	APIServer              Program = "kube-apiserver"
	ControllerManager      Program = "kube-controller-manager"
	CloudControllerManager Program = "cloud-controller-manager"
	Scheduler              Program = "kube-scheduler"
	Etcd                   Program = "etcd"
	Kubelet                Program = "kubelet"
	Proxy                  Program = "kube-proxy"
)

// program returns the program that an executable is, or "".
func program(executable string) Program {
	name := strings.TrimSuffix(executable[strings.LastIndexByte(executable, '/')+1:], ".exe")
	switch p := Program(name); p {
	case APIServer, ControllerManager, CloudControllerManager, Scheduler, Etcd, Kubelet, Proxy:
		return p
	default:
		return ""
	}
}

// Kinds lists the kinds that Of can find programs in, as Check.On names them.
func Kinds() []string {
	return []string{
		"Pod", "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet",
		"ConfigMap", "kubeadm.k8s.io/ClusterConfiguration",
	}
}

// Component is one program as one object configures it.
type Component struct {
	Program Program
	Name    string // the container's name; the program's where kubeadm writes the pod
	Object  *snapshot.Object
	Version snapshot.Version // of Kubernetes
	Tagged  bool             // Version is that of the image; else that of the snapshot

	flags        []flag // in the order in which the program reads them
	opaque       bool   // there may be more flags, which may override these
	hidden       bool   // flags that are not written are decided elsewhere
	undetermined bool   // whether the object counts at all is not known
	home         home   // of flags that are not written
}

// flag is one flag as it is written.
type flag struct {
	name, value string
	known       bool // value is all there is: no variable is left in it
	path        model.Path
	text        string // what is written at path
	implied     bool   // nobody wrote it: kubeadm adds it
	set         func(value string) model.Patch
}

// home is where a flag that is not written would be.
type home struct {
	path model.Path
	add  func(name, value string) model.Patch // nil when there is no such place
}

// Setting is the value of a flag, or of a field of a configuration file, that is in
// force. Path is where it is written or would be, Text what stands there, or where
// a list or a text stands that lacks it, which one it lacks.
type Setting struct {
	Name    string // --profiling, or readOnlyPort
	Value   string
	Known   bool
	Written bool // by somebody; kubeadm writes flags of its own besides
	Kubeadm bool // kubeadm writes it
	Object  *snapshot.Object
	Path    model.Path
	Text    string

	patch func(value any) model.Patch
}

// Is reports whether the value is known to be the given one. Booleans are compared
// as such.
func (s Setting) Is(value string) bool {
	if !s.Known {
		return false
	}
	if s.Value == value {
		return true
	}
	want, err := strconv.ParseBool(value)
	have, errHave := strconv.ParseBool(s.Value)
	return err == nil && errHave == nil && have == want && len(value) > 1
}

// Patch returns the patch that gives the setting a value: a string, a boolean, a
// number or a list of strings. ok is false where only a person can do it: in
// a script, in a text within a ConfigMap, in the mirror of a static pod.
func (s Setting) Patch(value any) (patch model.Patch, ok bool) {
	if s.patch == nil {
		return model.Patch{}, false
	}
	return s.patch(value), true
}

// Opaque reports whether there may be flags that are not known and that override
// those that are: what passes is then Unknown.
func (c *Component) Opaque() bool { return c.opaque || c.undetermined }

// Flag returns the setting of a flag: the last one that is written, else what the
// program does without it.
func (c *Component) Flag(name string) Setting {
	for i := len(c.flags) - 1; i >= 0; i-- {
		if c.flags[i].name == name {
			return c.setting(&c.flags[i])
		}
	}
	s := Setting{Name: "--" + name, Object: c.Object, Path: c.home.path, Text: missingFlag(name)}
	if c.home.add != nil {
		s.patch = func(value any) model.Patch { return c.home.add(name, text(value)) }
	}
	if !c.opaque && !c.hidden && !c.undetermined && !c.superseded(name) {
		s.Value, s.Known = defaultOf(c.Program, name, c.Version)
	}
	return s
}

// missingFlag is what there is to see where a flag would stand.
func missingFlag(name string) string { return "--" + name + " is not among the arguments" }

func (c *Component) setting(f *flag) Setting {
	s := Setting{
		Name: "--" + f.name, Value: f.value, Known: f.known && !c.undetermined && !c.ignored(f.name), Written: !f.implied, Kubeadm: f.implied,
		Object: c.Object, Path: f.path, Text: f.text,
	}
	if f.set != nil {
		s.patch = func(value any) model.Patch { return f.set(text(value)) }
	}
	return s
}

// superseded reports whether a file that another flag names decides what the flag
// would.
func (c *Component) superseded(name string) bool {
	switch {
	case c.Program == APIServer && name == "anonymous-auth":
		return c.written("authentication-config")
	case c.Program == APIServer && name == "authorization-mode":
		return c.written("authorization-config")
	default:
		return c.ignored(name)
	}
}

// ignored reports flags that a program does not look at because it has a file.
func (c *Component) ignored(name string) bool {
	return c.Program == Scheduler && name == "profiling" && c.written("config")
}

func (c *Component) written(name string) bool {
	for i := range c.flags {
		if c.flags[i].name == name && c.flags[i].value != "" {
			return true
		}
	}
	return false
}

// Items returns the elements of a flag that is a list separated by commas. Flags
// that stand more than once add up. known is false when there may be more.
func (c *Component) Items(name string) (items []Setting, known bool) {
	known = !c.opaque
	found := false
	for i := range c.flags {
		if f := &c.flags[i]; f.name == name {
			s := c.setting(f)
			found, known = true, known && s.Known
			items = c.appendItems(items, s)
		}
	}
	if !found {
		s := c.Flag(name)
		return c.appendItems(nil, s), s.Known
	}
	return items, known
}

// appendItems splits a list. An element without a variable in it is known even if
// the list is not.
func (c *Component) appendItems(items []Setting, s Setting) []Setting {
	for value := range strings.SplitSeq(s.Value, ",") {
		if value = strings.TrimSpace(value); value != "" {
			item := s
			item.Value = value
			item.Known = s.Known || !c.undetermined && !strings.ContainsAny(value, "$`")
			items = append(items, item)
		}
	}
	return items
}

// Find returns the item of that value.
func Find(items []Setting, value string) (Setting, bool) {
	for _, item := range items {
		if item.Value == value {
			return item, true
		}
	}
	return Setting{}, false
}

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case []string:
		return strings.Join(v, ",")
	default:
		panic("controlplane: a setting is a string, a boolean, a number or a list of strings")
	}
}
