package cluster

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
)

// configuring leaves out the pods and ConfigMaps of everything else.
var configuring = check.Filter{Applies: controlplane.Configures}

// subject is a program of the control plane before a check.
type subject struct {
	*controlplane.Component
	c *check.Case
}

// eachComponent judges the programs of that name that an object configures, and
// skips the object when there are none. What passes is Unknown where flags may
// stand that cannot be read.
func eachComponent(p controlplane.Program, judge func(subject)) func(*check.Case) {
	return func(c *check.Case) { judgeComponents(c, judge, p) }
}

func judgeComponents(c *check.Case, judge func(subject), programs ...controlplane.Program) {
	found := controlplane.Of(c.View, c.Object)
	none := true
	for i := range found {
		if !slices.Contains(programs, found[i].Program) {
			continue
		}
		none = false
		judge(subject{Component: &found[i], c: c})
		if found[i].Opaque() {
			c.Unknown()
		}
	}
	if none {
		c.Skip()
	}
}

// known returns the setting of a flag; when it cannot be told the verdict is
// Unknown and ok is false.
func (s subject) known(flag string) (setting controlplane.Setting, ok bool) {
	setting = s.Flag(flag)
	if !setting.Known {
		s.c.Unknown()
	}
	return setting, setting.Known
}

// fail reports a finding on a setting. The message is what the program does, with
// the setting that makes it do so.
func (s subject) fail(setting controlplane.Setting, format string, args ...any) check.Failure {
	return s.failKey(s.Name, setting, format, args...)
}

func (s subject) failKey(key string, setting controlplane.Setting, format string, args ...any) check.Failure {
	return s.c.Fail(key, "%s %s: %s", s.Name, fmt.Sprintf(format, args...), state(setting)).In(setting.Object, setting.Path, setting.Text)
}

// state says how a setting stands: "--profiling is true", "readOnlyPort is not set".
func state(s controlplane.Setting) string {
	switch {
	case s.Kubeadm:
		return "kubeadm sets " + s.Name + " to " + s.Value
	case !s.Written && s.Value == "":
		return s.Name + " is not set"
	case !s.Written:
		return s.Name + " is not set, which means " + s.Value
	case s.Value == "":
		return s.Name + " is empty"
	default:
		return s.Name + " is " + s.Value
	}
}

// and adds a second setting as evidence, if it is written.
func and(f check.Failure, s controlplane.Setting) check.Failure {
	if s.Written {
		f.In(s.Object, s.Path, s.Text)
	}
	return f
}

// fix offers to give a setting a value, where a patch can.
func fix(f check.Failure, s controlplane.Setting, effort int, value any) check.Failure {
	patch, ok := s.Patch(value)
	if !ok {
		return f
	}
	return f.Fix(effort, fmt.Sprintf("Set %s to %s", s.Name, check.Text(value)), patch)
}

// flagMustBe demands a value of a flag. does is what the program does otherwise.
func flagMustBe(p controlplane.Program, flag string, value any, effort int, does string) func(*check.Case) {
	want := check.Text(value)
	return eachComponent(p, func(s subject) {
		if f, ok := s.known(flag); ok && !f.Is(want) {
			fix(s.fail(f, "%s", does), f, effort, value)
		}
	})
}

// flagsMustBeSet demands that every one of the flags has a value.
func flagsMustBeSet(p controlplane.Program, does string, flags ...string) func(*check.Case) {
	return eachComponent(p, func(s subject) { s.mustBeSet(does, flags...) })
}

func (s subject) mustBeSet(does string, flags ...string) {
	for _, flag := range flags {
		if f, ok := s.known(flag); ok && f.Value == "" {
			s.fail(f, "%s", does)
			return
		}
	}
}

// flagMustBeAtLeast demands a number. zero says what 0 means: no limit at all
// where it is fine.
func flagMustBeAtLeast(p controlplane.Program, flag string, least int, zeroIsFine bool, effort int, does string) func(*check.Case) {
	return eachComponent(p, func(s subject) {
		f, ok := s.known(flag)
		if !ok {
			return
		}
		number, err := strconv.Atoi(f.Value)
		switch {
		case err != nil:
			s.c.Unknown()
		case number < least && (number != 0 || !zeroIsFine):
			fix(s.fail(f, "%s", does), f, effort, least)
		}
	})
}

// duration parses a setting; ok is false, and the verdict Unknown, when it is none.
func duration(c *check.Case, s controlplane.Setting) (d time.Duration, ok bool) {
	if s.Value == "0" {
		return 0, true
	}
	d, err := time.ParseDuration(s.Value)
	if err != nil {
		c.Unknown()
	}
	return d, err == nil
}

// pluginMustBeOn demands an admission plugin.
func pluginMustBeOn(name string, effort int, does string) func(*check.Case) {
	return eachComponent(controlplane.APIServer, func(s subject) { s.mustAdmit(name, effort, does) })
}

func (s subject) mustAdmit(name string, effort int, does string) {
	plugin := s.Admission(name)
	switch {
	case !plugin.Known:
		s.c.Unknown()
	case plugin.On:
	case plugin.Name == "--disable-admission-plugins":
		f := s.c.Fail(s.Name+" "+name, "%s %s: %s has %s", s.Name, does, plugin.Name, name).In(plugin.Object, plugin.Path, plugin.Text)
		if plugin.Default {
			s.withoutItem(f, "disable-admission-plugins", name, effort)
		}
	default:
		f := s.c.Fail(s.Name+" "+name, "%s %s: %s lacks %s", s.Name, does, plugin.Name, name).In(plugin.Object, plugin.Path, plugin.Text)
		s.withItem(f, "enable-admission-plugins", name, effort)
	}
}

// withItem offers to add an element to a flag that is a list.
func (s subject) withItem(f check.Failure, flag, item string, effort int) {
	setting := s.Flag(flag)
	value := item
	if setting.Value != "" {
		value = setting.Value + "," + item
	}
	if patch, ok := setting.Patch(value); ok && setting.Known {
		f.Fix(effort, "Add "+item+" to --"+flag, patch)
	}
}

// withoutItem offers to take an element out of a flag that is a list.
func (s subject) withoutItem(f check.Failure, flag, item string, effort int) {
	setting := s.Flag(flag)
	items, known := s.Items(flag)
	rest := ""
	for _, each := range items {
		if each.Path != setting.Path {
			known = false // the flag stands more than once
		}
		if each.Value != item {
			if rest != "" {
				rest += ","
			}
			rest += each.Value
		}
	}
	if patch, ok := setting.Patch(rest); ok && known {
		f.Fix(effort, "Take "+item+" out of --"+flag, patch)
	}
}
