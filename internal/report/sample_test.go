package report

import (
	"encoding/json"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

func sampleControls() map[string]model.Control {
	list := []model.Control{
		{ID: "privileged-container", Title: "Container runs privileged", Layer: model.LayerWorkload, Severity: model.Critical,
			Rationale:   "A privileged container has every capability and every device of the node. Whoever gets into it owns the node, and with it the credentials of every pod that runs there.",
			Remediation: "Set securityContext.privileged to false and add only the capabilities that the process needs.",
			References:  []model.Reference{model.PSS("Privileged Containers"), model.CIS("5.2.2"), model.MITRE("T1611"), model.CWE("CWE-250")}},
		{ID: "wildcard-clusterrole", Title: "ClusterRole grants every verb on every resource", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "A subject that holds this role administers the cluster. One leaked token is enough.",
			Remediation: "List the resources and verbs that are used; `holdfast rbac least` proposes them.",
			References:  []model.Reference{model.CIS("5.1.3"), model.MITRE("T1078.004"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping")}},
		{ID: "host-path-mount", Title: "Pod mounts a path of the node", Layer: model.LayerWorkload, Severity: model.High,
			Rationale:   "What the pod can write there, the node may run.",
			Remediation: "Use an emptyDir or a persistent volume.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.MITRE("T1611")}},
		{ID: "run-as-root", Title: "Container may run as root", Layer: model.LayerWorkload, Severity: model.High,
			Rationale:   "A process that runs as root in the container is root in every file it mounts, and one kernel flaw away from root on the node.",
			Remediation: "Set runAsNonRoot to true, and a numeric runAsUser where the image names none.",
			References:  []model.Reference{model.PSS("Running as Non-root"), model.CIS("5.2.7"), model.CWE("CWE-250")}},
		{ID: "no-network-policy", Title: "Pods accept connections from everywhere", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale:   "Without a policy every pod of the cluster can reach these pods, so that one that is taken over can move sideways.",
			Remediation: "Add a NetworkPolicy that names who may connect; `holdfast net generate` writes one.",
			References:  []model.Reference{model.CIS("5.3.2"), model.NSA("Network separation and hardening")}},
		{ID: "secret-in-env", Title: "Secret stands in an environment variable", Layer: model.LayerData, Severity: model.Medium,
			Rationale:   "Environment variables end up in logs, crash dumps and child processes.",
			Remediation: "Mount the secret as a file, or let an external store inject it.",
			References:  []model.Reference{model.CIS("5.4.1"), model.CWE("CWE-526")}},
		{ID: "image-without-digest", Title: "Image is named by a tag", Layer: model.LayerSupplyChain, Severity: model.Low,
			Rationale:   "Whoever can push to the registry decides what runs at the next restart.",
			Remediation: "Name the image by digest.",
			References:  []model.Reference{model.CIS("5.5.1"), model.MITRE("T1525")}},
		{ID: "no-resource-limits", Title: "Container has no memory limit", Layer: model.LayerWorkload, Severity: model.Low,
			Rationale:   "One leak takes down its neighbours on the node.",
			Remediation: "Set resources.limits.memory.",
			References:  []model.Reference{model.CWE("CWE-770")}},
		{ID: "default-namespace", Title: "Workload lives in the default namespace", Layer: model.LayerCluster, Severity: model.Info,
			Rationale:   "Policies and quotas of the default namespace fit nobody.",
			Remediation: "Give it a namespace of its own."},
		{ID: "etcd-encryption", Title: "Secrets are not encrypted at rest", Layer: model.LayerData, Severity: model.High,
			Rationale: "A backup of etcd holds every secret in the clear.", Remediation: "Configure an EncryptionConfiguration."},
	}
	byID := map[string]model.Control{}
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID
}

func object(group, version, kind, namespace, name string) model.Ref {
	return model.Ref{ID: model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}, Version: version}
}

// field is a finding of the usual shape: one field, one value, one file.
func field(control string, severity model.Severity, o model.Ref, path, value, file string, line int, message string) model.Finding {
	return model.Finding{Control: control, Message: message, Object: o, Severity: severity,
		Evidence: []model.Evidence{{Object: o, Path: model.Path(path), Value: value, File: file, Line: line}}}
}

// sample is a scan of about sixty findings, as a shop's manifests give them.
func sample() Scan {
	r := &model.Result{Objects: 319}
	web := object("apps", "v1", "Deployment", "shop", "web")
	privileged := field("privileged-container", model.Critical, web, "spec.template.spec.containers[0].securityContext.privileged", "true", "deploy/web.yaml", 21, `container "web" runs privileged`)
	privileged.Key = "web"
	privileged.Fixes = []model.Fix{{Title: `Set privileged to false for container "web"`, Effort: 1,
		Patches: []model.Patch{{Object: web, Op: model.Set, Path: privileged.Evidence[0].Path, Value: json.RawMessage("false")}},
		Edits:   []model.Edit{{File: "deploy/web.yaml", StartLine: 21, StartColumn: 25, EndLine: 21, EndColumn: 29, Text: "false"}}}}
	agent := field("privileged-container", model.Critical, object("apps", "v1", "DaemonSet", "monitoring", "node-agent"), "spec.template.spec.containers[0].securityContext.privileged", "true", "charts/monitoring/templates/agent.yaml", 44, `container "agent" runs privileged`)
	agent.Key = "agent"
	role := object("rbac.authorization.k8s.io", "v1", "ClusterRole", "", "ci-deployer")
	wildcard := field("wildcard-clusterrole", model.Critical, role, "rules[0].resources[0]", "*", "rbac/ci.yaml", 9, "ClusterRole ci-deployer grants every verb on every resource")
	wildcard.Evidence = append(wildcard.Evidence, model.Evidence{Object: role, Path: "rules[0].verbs[0]", Value: "*", File: "rbac/ci.yaml", Line: 11},
		model.Evidence{Object: object("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "", "ci"), Path: "roleRef.name", Value: "ci-deployer", File: "rbac/ci.yaml", Line: 27})
	r.Findings = append(r.Findings, privileged, agent, wildcard)
	r.Findings = append(r.Findings,
		field("host-path-mount", model.High, object("apps", "v1", "DaemonSet", "monitoring", "node-agent"), "spec.template.spec.volumes[0].hostPath.path", "/var/run", "charts/monitoring/templates/agent.yaml", 61, "mounts /var/run of the node"),
		field("host-path-mount", model.High, object("", "v1", "Pod", "default", "debug"), "spec.volumes[0].hostPath.path", "/", "", 0, "mounts / of the node"),
	)
	services := []string{"cart", "catalogue", "checkout", "email", "frontend", "payment", "recommendation", "shipping", "search-indexer", "web"}
	for i, name := range services {
		d := object("apps", "v1", "Deployment", "shop", name)
		file := "deploy/" + name + ".yaml"
		root := field("run-as-root", model.High, d, "spec.template.spec.containers[0].securityContext.runAsNonRoot", "", file, 18+i, fmt.Sprintf("container %q may run as root", name))
		root.Key = name
		root.Fixes = []model.Fix{{Title: "Set runAsNonRoot", Effort: 2, Patches: []model.Patch{{Object: d, Op: model.Set, Path: root.Evidence[0].Path, Value: json.RawMessage("true")}}}}
		r.Findings = append(r.Findings, root,
			field("no-network-policy", model.Medium, d, "spec.template.metadata.labels", "app="+name, file, 12, "no NetworkPolicy selects these pods"),
			field("image-without-digest", model.Low, d, "spec.template.spec.containers[0].image", "registry.example.com/shop/"+name+":1."+fmt.Sprint(i), file, 16, "image is named by a tag"),
			field("no-resource-limits", model.Low, d, "spec.template.spec.containers[0].resources.limits.memory", "", file, 15, "no memory limit"))
	}
	for i, name := range []string{"payment", "email", "checkout"} {
		f := field("secret-in-env", model.Medium, object("apps", "v1", "Deployment", "shop", name), fmt.Sprintf("spec.template.spec.containers[0].env[%d].value", i), fmt.Sprintf("[redacted %d bytes hmac:9f3a1c07]", 24+i), "deploy/"+name+".yaml", 30, "looks like an API key")
		f.Key = "API_KEY"
		r.Findings = append(r.Findings, f)
	}
	for _, name := range []string{"debug", "migrate-2024", "東京-ジョブ"} {
		r.Findings = append(r.Findings, field("default-namespace", model.Info, object("", "v1", "Pod", "default", name), "metadata.namespace", "default", "", 0, "lives in the default namespace"))
	}
	sampleRest(r)
	r.Sort()
	high := model.High
	return Scan{Result: r, Controls: sampleControls(), Tool: Tool{Name: "holdfast", Version: "v0.1.0", Commit: "4de6ca1"},
		Target: "examples/shop", KubernetesVersion: "1.36", FailOn: &high}
}

// sampleRest adds what is not a finding.
func sampleRest(r *model.Result) {
	proxy := field("privileged-container", model.Critical, object("apps", "v1", "DaemonSet", "kube-system", "kube-proxy"), "spec.template.spec.containers[0].securityContext.privileged", "true", "", 0, `container "kube-proxy" runs privileged`)
	proxy.Exception = &model.Exception{Reason: "kube-proxy programs the node's packet filter", Source: "built-in"}
	legacy := field("run-as-root", model.High, object("apps", "v1", "StatefulSet", "shop", "legacy-db"), "spec.template.spec.containers[0].securityContext.runAsUser", "0", "deploy/db.yaml", 22, `container "db" runs as root`)
	legacy.Exception = &model.Exception{Owner: "data-team@example.com", Reason: "migration planned for Q1, SEC-1207", Expires: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC), Source: "holdfast-exceptions.yaml"}
	r.Excepted = []model.Finding{proxy, legacy}
	r.Gaps = []model.Gap{
		{Reason: "could not render the chart: values.yaml: line 3: mapping values are not allowed here", File: "charts/loki/values.yaml", Line: 3},
		{Reason: `secrets is forbidden: User "ci" cannot list resource "secrets" at the cluster scope`, Scope: model.Scope{Kind: "Secret"}},
		{Reason: "spec.template.metadata.labels.debug: true is a boolean where a string belongs", File: "deploy/cart.yaml", Line: 14, Refused: true},
		{Reason: "is no Kubernetes manifest", File: "README.md", Skipped: true},
		{Reason: "is no Kubernetes manifest", File: "charts/loki/dashboard.json", Skipped: true},
	}
	tallies := map[string][4]int{
		"privileged-container": {0, 40, 3, 0}, "wildcard-clusterrole": {0, 22, 1, 0}, "host-path-mount": {0, 41, 2, 0},
		"run-as-root": {0, 30, 11, 2}, "no-network-policy": {0, 3, 10, 0}, "secret-in-env": {4, 36, 3, 0},
		"image-without-digest": {0, 12, 10, 0}, "no-resource-limits": {0, 33, 10, 0}, "default-namespace": {0, 300, 3, 0},
		"etcd-encryption": {1, 0, 0, 0},
	}
	for id, n := range tallies {
		t := model.Tally{Control: id, Count: n}
		for i := range n[model.Unknown] {
			t.Unknown = append(t.Unknown, object("apps", "v1", "Deployment", "loki", fmt.Sprintf("loki-%d", i)))
		}
		if id == "secret-in-env" {
			t.Missing = []model.Scope{{Kind: "Secret"}}
		}
		r.Controls = append(r.Controls, t)
	}
	r.Controls = append(r.Controls, model.Tally{Control: "mtls-off", Missing: []model.Scope{{Group: "security.istio.io", Kind: "PeerAuthentication"}, {Kind: "Namespace"}}})
	entry := model.Fact{Kind: "internet", Object: model.ID{Group: "holdfast.dev", Kind: "Internet", Name: "internet"}}
	pod := model.Fact{Kind: "runs-code-in", Object: model.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"}}
	goal := model.Fact{Kind: "owns-node", Object: model.ID{Kind: "Node", Name: "every node"}, Detail: "root"}
	r.Paths = []model.AttackPath{{Entry: entry, Goal: goal, Cost: 3.5, Steps: []model.Step{
		{Technique: "exposed-service", Needs: []model.Fact{entry}, Yields: pod, Cost: 2.5, Evidence: []model.Evidence{{Object: object("", "v1", "Service", "shop", "web"), Path: "spec.type", Value: "LoadBalancer", File: "deploy/web.yaml", Line: 60}}},
		{Technique: "privileged-container", Needs: []model.Fact{pod}, Yields: goal, Cost: 1, Evidence: []model.Evidence{{Object: object("apps", "v1", "Deployment", "shop", "web"), Path: "spec.template.spec.containers[0].securityContext.privileged", Value: "true", File: "deploy/web.yaml", Line: 21}}},
	}}}
}

// framed is the sample with a framework that was asked for, in which a requirement
// comes out in every way there is.
func framed() Scan {
	scan := sample()
	scan.Result.Controls = append(scan.Result.Controls,
		model.Tally{Control: "proc-mount", Count: [4]int{0, 43, 0, 0}},
		model.Tally{Control: "windows-host-process", Count: [4]int{0, 0, 0, 43}},
		model.Tally{Control: "host-pid", Count: [4]int{0, 42, 1, 0}})
	pid := field("host-pid", model.High, object("apps", "v1", "DaemonSet", "monitoring", "node-agent"), "spec.template.spec.hostPID", "true", "charts/monitoring/templates/agent.yaml", 30, "sees the processes of the node")
	pid.Exception = &model.Exception{Owner: "platform@example.com", Reason: "the profiler reads every process", Expires: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC), Source: "exceptions.yaml"}
	scan.Result.Excepted = append(scan.Result.Excepted, pid)
	scan.Result.Sort()
	scan.Frameworks = []framework.Framework{{ID: "shop-baseline", Title: "Security baseline of the shop", Version: "2.1", Source: "https://example.com/baseline", Requirements: []framework.Requirement{
		{ID: "1.1", Title: "No privileged containers", Controls: []string{"privileged-container"}},
		{ID: "1.2", Title: "No process or network namespace of the node", Controls: []string{"host-pid"}},
		{ID: "1.3", Title: "Containers do not run as root, neither by their image nor because they are told to by the user that their manifest names", Controls: []string{"run-as-root", "proc-mount", "low-uid"}},
		{ID: "1.4", Title: "/proc is masked", Controls: []string{"proc-mount"}},
		{ID: "1.5", Title: "No Windows HostProcess containers", Controls: []string{"windows-host-process"}},
		{ID: "2.1", Title: "Secrets are encrypted at rest", Controls: []string{"etcd-encryption"}},
		{ID: "2.2", Title: "Connections inside the mesh are encrypted", Controls: []string{"mtls-off", "proc-mount"}},
		{ID: "3.1", Title: "Images are signed", Controls: []string{"unsigned-image"}},
		{ID: "3.2", Title: "People are trained"},
	}}}
	return scan
}

// large is a scan of n findings over many objects, each with a fix.
func large(n int) Scan {
	scan := sample()
	ids := []string{"privileged-container", "run-as-root", "no-network-policy", "secret-in-env", "image-without-digest", "no-resource-limits", "host-path-mount"}
	r := &model.Result{Objects: n / 3, Findings: make([]model.Finding, 0, n), Controls: scan.Result.Controls, Gaps: scan.Result.Gaps, Excepted: scan.Result.Excepted}
	for i := range n {
		id := ids[i%len(ids)]
		o := object("apps", "v1", "Deployment", fmt.Sprintf("team-%02d", i%40), fmt.Sprintf("service-%05d", i))
		path := model.Path("spec.template.spec.containers").Index(i % 3).Child("securityContext").Child("runAsNonRoot")
		f := field(id, scan.Controls[id].Severity, o, string(path), fmt.Sprint(i%2 == 0), fmt.Sprintf("apps/%s/%s.yaml", o.Namespace, o.Name), 10+i%90, "container \"app\" of "+o.Name+" is not as it should be")
		f.Key = "app"
		f.Fixes = []model.Fix{{Title: "Set runAsNonRoot", Effort: 1, Patches: []model.Patch{{Object: o, Op: model.Set, Path: path, Value: json.RawMessage("true")}}}}
		r.Findings = append(r.Findings, f)
	}
	r.Sort()
	scan.Result = r
	return scan
}

// hostile is text that tries to leave every format that it is put in.
func hostile() string {
	return "\x1b[2J\x1b]0;owned\a\u009b31m\u202eevil\u2066\u200b</script><img src=x onerror=\"document.title='XSS'\"><!--`|](javascript:alert(1)) @admin #1 \xff\xfe\x00\r\n\u2028]]> &amp; \U000e0041 {{.}} ${x}"
}

// hostileScan carries hostile text in every field that a scanned object or an
// input file decides.
func hostileScan() Scan {
	h := hostile()
	scan := sample()
	o := model.Ref{ID: model.ID{Cluster: h, Group: h, Kind: h, Namespace: h, Name: h}, Version: h, UID: h}
	f := model.Finding{Control: "privileged-container", Key: h, Message: h, Object: o, Severity: model.Critical,
		Evidence: []model.Evidence{{Object: o, Path: model.Path(h), Value: h, File: h, Line: 1}, {Object: o, Path: "spec", Value: h}},
		Fixes: []model.Fix{{Title: h, Effort: 1, Patches: []model.Patch{{Object: o, Op: model.Set, Path: model.Path(h), Value: model.JSON(h)}},
			Edits: []model.Edit{{File: h, StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1, Text: h}}}}}
	accepted := f
	accepted.Exception = &model.Exception{Owner: h, Reason: h, Source: h}
	unknown := f
	unknown.Control = h
	scan.Result = &model.Result{Objects: 1, Findings: []model.Finding{f, unknown}, Excepted: []model.Finding{accepted},
		Controls: []model.Tally{{Control: "run-as-root", Count: [4]int{1, 1, 1, 1}, Unknown: []model.Ref{o}, Missing: []model.Scope{{Kind: h, Namespace: h}}}},
		Gaps:     []model.Gap{{Scope: model.Scope{Cluster: h, Group: h, Kind: h, Namespace: h}, Reason: h, File: h, Line: 3}, {Reason: h, File: h, Skipped: true}},
		Paths:    []model.AttackPath{{Entry: model.Fact{Kind: h, Object: o.ID, Detail: h}, Goal: model.Fact{Kind: h, Object: o.ID}, Steps: []model.Step{{Technique: h, Evidence: f.Evidence, Fixes: f.Fixes}}}}}
	scan.Target, scan.KubernetesVersion, scan.Tool.Version = h, h, h
	scan.Frameworks = []framework.Framework{{ID: h, Title: h, Version: h, Source: h, Requirements: []framework.Requirement{
		{ID: h, Title: h, Controls: []string{"run-as-root", h}}, {ID: "unknown " + h, Title: h, Controls: []string{"x" + h}}}}}
	return scan
}
