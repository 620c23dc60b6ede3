package controlplane

import "holdfast.dev/holdfast/internal/snapshot"

// defaultOf returns what a program does when a flag is not written. A flag without
// an entry is a file, a list or a limit that is off when it is not set; known is
// false only for flags whose default another setting decides.
//
// Sources: kubernetes/pkg/kubeapiserver/options, apiserver/pkg/server/options,
// kubernetes/cmd/{kube-controller-manager,kube-scheduler,kubelet}/app/options, and
// etcd's server/embed/config.go.
func defaultOf(p Program, name string, version snapshot.Version) (value string, known bool) {
	switch p {
	case APIServer:
		return apiServerDefault(name, version), true
	case ControllerManager:
		return controllerManagerDefault(name, version), true
	case Scheduler:
		return schedulerDefault(name, version), true
	case Etcd:
		return etcdDefault(name), true
	case Kubelet:
		return kubeletDefault(name, version), true
	case Proxy:
		if name == "metrics-bind-address" {
			return "127.0.0.1:10249", true
		}
		return "", true
	default:
		return "", false
	}
}

func apiServerDefault(name string, version snapshot.Version) string {
	switch name {
	case "anonymous-auth", "profiling", "service-account-lookup", "service-account-extend-token-expiration":
		return "true"
	case "authorization-mode":
		return "AlwaysAllow"
	case "enable-bootstrap-token-auth":
		return "false"
	case "request-timeout":
		return "1m0s"
	case "audit-log-maxage":
		return auditDefault(version, "366")
	case "audit-log-maxbackup", "audit-log-maxsize":
		return auditDefault(version, "100")
	case "insecure-port":
		if version.AtLeast(20) {
			return "0" // 1.20 took insecure serving out
		}
		return "8080"
	case "insecure-bind-address":
		return "127.0.0.1"
	case "bind-address":
		return "0.0.0.0"
	default:
		return ""
	}
}

// auditDefault is a limit of the files of the audit log, which had none before.
func auditDefault(version snapshot.Version, limit string) string {
	if version.AtLeast(36) {
		return limit
	}
	return "0"
}

func controllerManagerDefault(name string, version snapshot.Version) string {
	switch name {
	case "profiling":
		return "true"
	case "use-service-account-credentials":
		return "false"
	case "terminated-pod-gc-threshold":
		return "12500"
	case "bind-address", "address":
		return "0.0.0.0"
	case "port":
		if version.AtLeast(22) {
			return "0" // insecure serving ended
		}
		return "10252"
	default:
		return ""
	}
}

func schedulerDefault(name string, version snapshot.Version) string {
	switch name {
	case "profiling":
		return "true"
	case "bind-address", "address":
		return "0.0.0.0"
	case "port":
		if version.AtLeast(23) {
			return "0"
		}
		return "10251"
	default:
		return ""
	}
}

func etcdDefault(name string) string {
	switch name {
	case "client-cert-auth", "auto-tls", "peer-client-cert-auth", "peer-auto-tls":
		return "false"
	case "listen-client-urls":
		return "http://localhost:2379"
	case "listen-peer-urls":
		return "http://localhost:2380"
	default:
		return ""
	}
}

// kubeletDefault holds for a kubelet without --config: applyLegacyDefaults of
// cmd/kubelet/app/options/options.go opens what a configuration file keeps shut.
func kubeletDefault(name string, version snapshot.Version) string {
	switch name {
	case "anonymous-auth", "make-iptables-util-chains":
		return "true"
	case "authorization-mode":
		return "AlwaysAllow"
	case "read-only-port":
		return "10255"
	case "streaming-connection-idle-timeout":
		return "4h0m0s"
	case "event-qps":
		if version.AtLeast(27) {
			return "50"
		}
		return "5"
	case "rotate-certificates", "rotate-server-certificates", "protect-kernel-defaults", "seccomp-default":
		return "false"
	case "pod-max-pids":
		return "-1"
	default:
		return ""
	}
}
