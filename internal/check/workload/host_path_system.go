package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathSystem fails volumes of files of the node's operating system.
func HostPathSystem() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-system",
			Title:    "Volume gives files of the node's operating system to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Writing to folders such as /etc, /usr/bin, /root/.ssh or /var/lib/containerd changes what the node runs as root, or the files of " +
				"other containers; reading them gives away password hashes, keys and the configuration of every container.",
			Remediation: "Remove the volume. What an application needs of it (time zone, certificates, kernel modules) comes in its image or is mounted file by file, readOnly: true.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-732"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, systemFiles, weighSystemFiles)
		},
	}
}

// weighSystemFiles knows files that everyone may read, and devices, which the
// container's device rules still guard.
func weighSystemFiles(h *hostPath) (model.Severity, string) {
	switch {
	case h.within("/etc/localtime", "/etc/timezone", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/hosts", "/etc/hostname",
		"/etc/resolv.conf", "/etc/os-release", "/etc/machine-id", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
		"/usr/share", "/usr/lib/os-release", "/usr/src", "/lib/modules", "/usr/lib/modules", "/usr/local/share", "/dev"):
		return h.lower(model.Medium), ""
	case h.within("/run/systemd", "/run/dbus"):
		return model.High, ""
	case h.readOnly:
		return model.Medium, ""
	default:
		return model.High, ""
	}
}
