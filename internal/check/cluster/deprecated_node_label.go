package cluster

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// DeprecatedNodeLabel fails workloads and volumes that choose nodes by labels which
// newer ones have replaced.
func DeprecatedNodeLabel() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "deprecated-node-label",
			Title:    "Nodes are chosen by a label that was replaced",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Once no node has the old label, pods stay pending, and rules that keep pods apart or away from the control plane no " +
				"longer hold.",
			Remediation: "Choose by the new label: kubernetes.io/arch, kubernetes.io/os, topology.kubernetes.io/zone, topology.kubernetes.io/region, node.kubernetes.io/instance-type, node-role.kubernetes.io/control-plane.",
			References:  []model.Reference{model.CWE("CWE-477"), model.Docs("reference/labels-annotations-taints/")},
		},
		On: append([]string{"PersistentVolume"}, workload.Kinds()...),
		Run: func(c *check.Case) {
			j := labelJudge{c: c}
			if c.Object.Kind == "PersistentVolume" {
				pv, err := kinds.PersistentVolumes.Read(c.Object)
				if err != nil {
					c.Unknown()
				} else if pv.Spec.NodeAffinity != nil && pv.Spec.NodeAffinity.Required != nil {
					j.terms(pv.Spec.NodeAffinity.Required.NodeSelectorTerms, "spec.nodeAffinity.required.nodeSelectorTerms")
				}
				return
			}
			w := c.Workload()
			for key, value := range w.Spec.NodeSelector {
				j.label(key, (w.Path + ".nodeSelector").Child(key), value)
			}
			for i := range w.Spec.TopologySpreadConstraints {
				j.label(w.Spec.TopologySpreadConstraints[i].TopologyKey, (w.Path+".topologySpreadConstraints").Index(i)+".topologyKey", "")
			}
			if w.Spec.Affinity != nil {
				j.affinity(w.Spec.Affinity, w.Path+".affinity")
			}
		},
	}
}

type labelJudge struct {
	c    *check.Case
	said map[string]bool
}

func (j *labelJudge) affinity(a *corev1.Affinity, path model.Path) {
	if n := a.NodeAffinity; n != nil {
		if n.RequiredDuringSchedulingIgnoredDuringExecution != nil {
			j.terms(n.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms, path+".nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
		}
		for i := range n.PreferredDuringSchedulingIgnoredDuringExecution {
			at := (path + ".nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution").Index(i) + ".preference"
			j.requirements(n.PreferredDuringSchedulingIgnoredDuringExecution[i].Preference.MatchExpressions, at+".matchExpressions")
		}
	}
	if p := a.PodAffinity; p != nil {
		j.podTerms(p.RequiredDuringSchedulingIgnoredDuringExecution, p.PreferredDuringSchedulingIgnoredDuringExecution, path+".podAffinity")
	}
	if p := a.PodAntiAffinity; p != nil {
		j.podTerms(p.RequiredDuringSchedulingIgnoredDuringExecution, p.PreferredDuringSchedulingIgnoredDuringExecution, path+".podAntiAffinity")
	}
}

func (j *labelJudge) podTerms(required []corev1.PodAffinityTerm, preferred []corev1.WeightedPodAffinityTerm, path model.Path) {
	for i := range required {
		j.label(required[i].TopologyKey, (path+".requiredDuringSchedulingIgnoredDuringExecution").Index(i)+".topologyKey", "")
	}
	for i := range preferred {
		j.label(preferred[i].PodAffinityTerm.TopologyKey, (path+".preferredDuringSchedulingIgnoredDuringExecution").Index(i)+".podAffinityTerm.topologyKey", "")
	}
}

func (j *labelJudge) terms(terms []corev1.NodeSelectorTerm, path model.Path) {
	for i := range terms {
		j.requirements(terms[i].MatchExpressions, path.Index(i)+".matchExpressions")
	}
}

// requirements reads the labels that an affinity names. What keeps pods off nodes
// with an old label beside the new one does no harm.
func (j *labelJudge) requirements(list []corev1.NodeSelectorRequirement, path model.Path) {
	for i := range list {
		if op := list[i].Operator; op != corev1.NodeSelectorOpDoesNotExist && op != corev1.NodeSelectorOpNotIn {
			j.label(list[i].Key, path.Index(i)+".key", "")
		}
	}
}

// label judges one label. value is what the field holds, "" when that is the label.
func (j *labelJudge) label(key string, path model.Path, value string) {
	replacement := newLabel(key)
	if replacement == "" || j.said[key] {
		return
	}
	if j.said == nil {
		j.said = map[string]bool{}
	}
	j.said[key] = true
	j.c.Fail(key, "%s was replaced by %s", key, replacement).At(path, cmp.Or(value, key))
}

// newLabel returns what replaced a label of nodes (kubernetes/pkg/api/node/util.go).
func newLabel(key string) string {
	switch key {
	case "beta.kubernetes.io/arch":
		return "kubernetes.io/arch"
	case "beta.kubernetes.io/os":
		return "kubernetes.io/os"
	case "failure-domain.beta.kubernetes.io/region":
		return "topology.kubernetes.io/region"
	case "failure-domain.beta.kubernetes.io/zone":
		return "topology.kubernetes.io/zone"
	case "beta.kubernetes.io/instance-type":
		return "node.kubernetes.io/instance-type"
	case "node-role.kubernetes.io/master":
		return "node-role.kubernetes.io/control-plane"
	default:
		return ""
	}
}
