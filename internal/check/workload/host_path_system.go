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

// weighSystemFiles knows devices, which the container's device rules still guard,
// files that say little and do little, and programs and the like, which everyone
// may read.
func weighSystemFiles(h *hostPath) (model.Severity, string) {
	switch {
	case h.within("/run/systemd", "/run/dbus"):
		return model.High, "services there obey root"
	case h.within("/dev", "/etc/localtime", "/etc/timezone", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id",
		"/usr/share", "/usr/src"):
		return h.lower(model.Medium), ""
	case !h.readOnly:
		return model.High, ""
	case h.within("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
		"/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/os-release", "/etc/systemd"):
		return model.Low, ""
	default:
		return model.Medium, ""
	}
}
