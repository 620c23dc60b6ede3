package escalation

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// admin is a subject that can take over the cluster, and how.
type admin struct {
	id         model.ID
	how        *model.Step
	exists     bool
	unsure     string           // what must be so for it to exist, where that was not read
	conditions []string         // under which it exists, where the snapshot cannot show it
	object     *snapshot.Object // of a service account, if it was read
	pods       []holder
	morePods   bool // that were not read may have it
}

// holder is a pod, or in files what makes it, in which the token of a service
// account lies.
type holder struct {
	object *snapshot.Object
	node   string
	path   model.Path
	unsure bool // whether it is mounted depends on the account, which was not read
}

// look finds out whether a service account exists and which pods carry its token.
func (a *admin) look(v *snapshot.View) {
	object, presence := v.Find(model.ID{Kind: a.id.Kind, Namespace: a.id.Namespace, Name: a.id.Name, Cluster: v.Settings().Cluster})
	a.object = object
	switch {
	case presence == snapshot.Present:
	case a.how.Evidence[0].File == "" && !v.Settings().Live:
		// A controller of Kubernetes, whose account is never among files.
		a.conditions = []string{"the controller manager runs with --use-service-account-credentials, as kubeadm and most providers set it up"}
	case presence == snapshot.Absent:
		a.exists = false
	default:
		a.unsure = attack.SubjectOf(a.id).String() + " exists; it was not read"
	}
	a.pods = tokens.Of(v, struct{}{})[a.id]
	a.morePods = !workload.Complete(v, a.id.Namespace)
}

// name is the evidence that names the identity.
func (a *admin) name() model.Evidence {
	value := attack.SubjectOf(a.id).String()
	if a.object != nil {
		return a.object.Evidence(attack.Through, value)
	}
	return model.Evidence{Object: model.Ref{ID: a.id}, Path: attack.Through, Value: value}
}

// reach is how a step gives its subject another identity.
type reach struct {
	evidence []model.Evidence
	unsure   []string // what must be so besides, and was not read
}

// reachedBy reports whether a step gives its subject this identity, and how.
func (a *admin) reachedBy(step *model.Step) (reach, bool) {
	target := step.Yields.Object
	switch attack.Yield(step.Yields.Kind) {
	case attack.Subject:
		return a.reach(nil), covers(target, a.id)
	case attack.Namespace:
		return a.reach(nil), a.inNamespace(target.Name)
	case attack.Sideways:
		if target.Kind != "Pod" || target.Namespace != "" && target.Namespace != a.id.Namespace {
			return reach{}, false
		}
		return a.podWhere(func(h holder) bool { return target.Name == "" || target.Name == h.object.Name })
	case attack.Node:
		return a.podWhere(func(h holder) bool { return target.Name == "" || target.Name == h.node })
	default:
		return reach{}, false
	}
}

func (a *admin) reach(evidence []model.Evidence) reach {
	r := reach{evidence: evidence}
	if a.unsure != "" {
		r.unsure = append(r.unsure, a.unsure)
	}
	return r
}

// inNamespace reports whether a service account of a namespace, with "" of any, has
// the identity, by itself or by its groups.
func (a *admin) inNamespace(namespace string) bool {
	switch a.id.Kind {
	case rbacv1.ServiceAccountKind:
		return namespace == "" || namespace == a.id.Namespace
	case rbacv1.GroupKind:
		own, ok := strings.CutPrefix(a.id.Name, serviceaccount.ServiceAccountGroupPrefix)
		return a.id.Name == serviceaccount.AllServiceAccountsGroup || ok && (namespace == "" || own == namespace)
	default:
		return false
	}
}

// podWhere finds a pod that carries the identity's token, or says that one may.
func (a *admin) podWhere(wanted func(holder) bool) (reach, bool) {
	for _, h := range a.pods {
		if wanted(h) {
			r := a.reach([]model.Evidence{h.object.Evidence(h.path, a.id.Name)})
			if h.unsure {
				r.unsure = append(r.unsure, attack.SubjectOf(a.id).String()+" has its token mounted; it was not read")
			}
			return r, true
		}
	}
	if a.id.Kind != rbacv1.ServiceAccountKind || !a.morePods {
		return reach{}, false
	}
	r := a.reach(nil)
	r.unsure = append(r.unsure, "a pod that runs there carries the token of "+attack.SubjectOf(a.id).String()+"; not all were read")
	return r, true
}

// covers reports whether a target, which may stand for many, is or holds an object.
func covers(target, id model.ID) bool {
	return target.Kind == id.Kind && (target.Namespace == "" || target.Namespace == id.Namespace) && (target.Name == "" || target.Name == id.Name)
}

// tokens finds the workloads that carry a service account's token, those of which it
// is not known last.
var tokens = snapshot.Memo[struct{}, map[model.ID][]holder]{Name: "escalation.tokens", Compute: func(v *snapshot.View, _ struct{}) map[model.ID][]holder {
	found := map[model.ID][]holder{}
	for _, w := range workload.All(v) {
		mounted, known := w.Automount(v)
		projected := projectsToken(w.Spec)
		if !mounted.Mounted && !projected {
			continue
		}
		id := attack.Accounts(w.Namespace(), w.ServiceAccount())
		found[id] = append(found[id], holder{object: w.Object, node: w.Spec.NodeName, path: w.ServiceAccountPath(), unsure: !known && !projected})
	}
	for _, holders := range found {
		slices.SortStableFunc(holders, func(a, b holder) int { return cmp.Compare(unsure(a), unsure(b)) })
	}
	return found
}}

func unsure(h holder) int {
	if h.unsure {
		return 1
	}
	return 0
}

// projectsToken reports whether a volume holds a token that the API server takes:
// one for another audience is of no use there.
func projectsToken(spec *corev1.PodSpec) bool {
	return slices.ContainsFunc(spec.Volumes, func(volume corev1.Volume) bool {
		return volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(source corev1.VolumeProjection) bool {
			return source.ServiceAccountToken != nil && source.ServiceAccountToken.Audience == ""
		})
	})
}

const controlPlaneLabel = model.Path(`metadata.labels["node-role.kubernetes.io/control-plane"]`)

// controlPlaneNode finds a node that the control plane runs on.
func controlPlaneNode(v *snapshot.View) *snapshot.Object {
	all, _ := snapshot.List(v, kinds.Nodes, "")
	for object, node := range all {
		if _, ok := node.Labels["node-role.kubernetes.io/control-plane"]; ok {
			return object
		}
	}
	return nil
}
