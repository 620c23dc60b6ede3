package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// capabilityName is how the kernel calls a capability: runtimes take it in any
// case, some of them with the prefix CAP_.
func capabilityName(written corev1.Capability) string {
	return strings.TrimPrefix(strings.ToUpper(string(written)), "CAP_")
}

// capabilityDanger says what a capability gives beyond its container, or "" for
// one that gives no step out of it.
func capabilityDanger(name string) string {
	switch name {
	case "ALL":
		return "every capability, as a privileged container has"
	case "SYS_ADMIN":
		return "it mounts file systems and leaves its namespaces"
	case "SYS_MODULE":
		return "it loads code into the node's kernel"
	case "SYS_RAWIO":
		return "it reads and writes the node's memory and devices"
	case "SYS_BOOT":
		return "it starts another kernel on the node"
	case "SYS_PTRACE":
		return "it reads and changes every process that it sees"
	case "DAC_READ_SEARCH":
		return "it opens files of the node by their handles"
	case "BPF", "PERFMON":
		return "it traces the kernel, and with it every process of the node"
	case "MAC_ADMIN", "MAC_OVERRIDE":
		return "it changes the rules of AppArmor, SELinux or Smack for the node"
	case "NET_ADMIN":
		return "it changes addresses, routes and packet filters"
	case "SYSLOG":
		return "it reads the kernel's log and addresses"
	case "SYS_TIME":
		return "it sets the clock of the node"
	case "CHECKPOINT_RESTORE":
		return "it reads other processes' memory maps"
	default:
		return ""
	}
}

// capabilitySeverity is high for a direct step to the node. What acts within the
// pod's own namespaces is one only where those are the node's.
func capabilitySeverity(name string, spec *corev1.PodSpec) model.Severity {
	switch name {
	case "NET_ADMIN":
		if !spec.HostNetwork {
			return model.Medium
		}
	case "SYS_PTRACE", "CHECKPOINT_RESTORE":
		if !spec.HostPID {
			return model.Medium
		}
	case "SYSLOG", "SYS_TIME":
		return model.Medium
	}
	return model.High
}

// failCapabilities reports the added capabilities that the official check forbids
// and that are dangerous, or are not.
func (p *pod) failCapabilities(c *workload.Container, dangerous bool) {
	add := c.SecurityContext.Capabilities.Add
	for i, written := range add {
		if slices.Index(add, written) < i || !p.forbidsAdding(written) {
			continue
		}
		p.located = true
		name := capabilityName(written)
		danger := capabilityDanger(name)
		if (danger != "") != dangerous {
			continue
		}
		message := "container " + c.Name + " adds " + string(written)
		if dangerous {
			message += ": " + danger
		}
		failure := p.fail(c.Name+"/"+string(written), "%s", message).In(c.Object, (c.Path + ".securityContext.capabilities.add").Index(i), written)
		if dangerous {
			failure.Severity(capabilitySeverity(name, p.holder.Spec))
		}
		p.fixCapabilities(failure, c)
	}
}

// forbidsAdding asks about a container that adds one capability and drops all others.
func (p *pod) forbidsAdding(capability corev1.Capability) bool {
	return p.forbidsSecurity(&corev1.SecurityContext{Capabilities: &corev1.Capabilities{
		Add: []corev1.Capability{capability}, Drop: []corev1.Capability{"ALL"},
	}})
}

// fixCapabilities offers to add no more than the official check allows. It is the
// same patch for each finding on a container, so that fixes can be put together.
func (p *pod) fixCapabilities(failure check.Failure, c *workload.Container) {
	if !p.fixable(c) {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(c.SecurityContext.Capabilities.Add), p.forbidsAdding)
	path := c.Path + ".securityContext.capabilities.add"
	title := "add no capability to container " + c.Name
	if len(kept) == 0 {
		failure.Fix(4, title, check.Remove(c.Object, path))
		return
	}
	names := make([]string, len(kept))
	for i := range kept {
		names[i] = string(kept[i])
	}
	failure.Fix(4, title+" but "+strings.Join(names, ", "), check.Set(c.Object, path, kept))
}

// judgeAddedCapabilities fails what the baseline check forbids to add, in the half
// that is dangerous or in the other one.
func judgeAddedCapabilities(c *check.Case, official *policy.Check, dangerous bool) {
	judge(c, official, func(p *pod) {
		for container := range p.forbidden() {
			p.failCapabilities(container, dangerous)
		}
	})
}
