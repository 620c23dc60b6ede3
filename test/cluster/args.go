package cluster

import (
	"fmt"
	"strings"
)

// etcdArgs are for one member that need not survive a power cut and has nobody
// to wait for in an election.
func (c *Cluster) etcdArgs() []string {
	client, peer := "unix://"+etcdSocket, "unix://"+etcdPeerSocket
	return []string{
		"--name=test",
		"--data-dir=" + c.File("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=test=" + peer,
		"--unsafe-no-fsync",
		"--heartbeat-interval=10",
		"--election-timeout=100",
		"--log-level=warn",
	}
}

// apiServerArgs are what kubeadm sets, as far as it matters without kubelets.
func (c *Cluster) apiServerArgs(port int) []string {
	args := []string{
		"--etcd-servers=unix://" + etcdSocket,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		// The Service "kubernetes" cannot lead to a loopback address.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=" + serviceRange,
		"--client-ca-file=" + c.CAFile,
		"--tls-cert-file=" + c.File("apiserver.crt"),
		"--tls-private-key-file=" + c.File("apiserver.key"),
		"--service-account-issuer=" + tokenIssuer,
		"--service-account-key-file=" + c.File("serviceaccount.key"),
		"--service-account-signing-key-file=" + c.File("serviceaccount.key"),
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
	}
	if !c.options.has(authorizationFlag) {
		args = append(args, "--authorization-mode=Node,RBAC")
	}
	if c.AuditLog != "" {
		args = append(args, "--audit-log-path="+c.AuditLog)
	}
	for _, file := range c.options.files {
		args = append(args, "--"+file.flag+"="+c.File(file.flag))
	}
	return append(append(args, c.gateArgs()...), c.options.apiServer...)
}

func (c *Cluster) controllerManagerArgs() []string {
	return append([]string{
		"--kubeconfig=" + c.File("kube-controller-manager.kubeconfig"),
		"--secure-port=0", // nobody asks it anything
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.File("serviceaccount.key"),
		"--root-ca-file=" + c.CAFile,
		"--cluster-signing-cert-file=" + c.CAFile,
		"--cluster-signing-key-file=" + c.File("ca.key"),
		"--kube-api-qps=200",
		"--kube-api-burst=400",
	}, c.gateArgs()...)
}

func (c *Cluster) schedulerArgs() []string {
	return append([]string{
		"--kubeconfig=" + c.File("kube-scheduler.kubeconfig"),
		"--secure-port=0",
		"--leader-elect=false",
	}, c.gateArgs()...)
}

func (c *Cluster) gateArgs() []string {
	if len(c.options.gates) == 0 {
		return nil
	}
	return []string{"--feature-gates=" + strings.Join(c.options.gates, ",")}
}
