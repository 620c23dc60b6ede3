package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UserNamespaces fails pods whose users are the node's, where they need not be.
func UserNamespaces() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "user-namespaces",
			Title:    "Users of the pod are users of its node",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "Root of a container that gets out is root of the node, and users of different pods with one number are the same user. In a user " +
				"namespace of its own the pod's users are nobody on the node, and its capabilities hold only within.",
			Remediation: "Set hostUsers: false. It is stable since Kubernetes 1.36, and needs Linux 6.3 and file systems that map owners.",
			References:  []model.Reference{model.CWE("CWE-250"), model.MITRE("T1611"), model.Docs("concepts/workloads/pods/user-namespaces/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			version := c.Settings().Version
			if !version.IsZero() && !version.AtLeast(36) || w.Windows() || needsHostUsers(w) {
				c.Skip()
				return
			}
			if len(c.Missing()) > 0 {
				c.Unknown() // a running pod that was not read may hold a container that needs them
				return
			}
			if w.Spec.HostUsers == nil || *w.Spec.HostUsers {
				path := w.Path + ".hostUsers"
				value := any(nil)
				if w.Spec.HostUsers != nil {
					value = true
				}
				c.Fail("", "the pod does not set hostUsers: false").At(path, value).
					Fix(3, "give the pod users of its own", check.Set(c.Object, path, false))
			}
		},
	}
}

// needsHostUsers reports whether the API server refuses hostUsers: false beside
// the other settings, or it would take what the pod is there for.
func needsHostUsers(w *workload.Workload) bool {
	if w.Spec.HostNetwork || w.Spec.HostPID || w.Spec.HostIPC {
		return true
	}
	for _, c := range w.Containers {
		if len(c.VolumeDevices) > 0 || c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged {
			return true
		}
	}
	return false
}
