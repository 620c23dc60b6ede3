package rbac

import (
	"slices"

	certificatesv1beta1 "k8s.io/api/certificates/v1beta1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// vertexKind is a kind of object that the Node authorizer relates to nodes.
type vertexKind uint8

const (
	noVertex vertexKind = iota
	podVertex
	secretVertex
	configMapVertex
	claimVertex // PersistentVolumeClaim
	resourceClaimVertex
	accountVertex
	volumeVertex // PersistentVolume
	attachmentVertex
	sliceVertex
	certificateVertex // PodCertificateRequest
)

// vertex is an object, whether it exists or not.
type vertex struct {
	kind            vertexKind
	namespace, name string
}

var (
	volumeAttachments   = kinds.Of[storagev1.VolumeAttachment]("storage.k8s.io", "VolumeAttachment")
	resourceSlices      = kinds.Of[resourcev1.ResourceSlice]("resource.k8s.io", "ResourceSlice")
	certificateRequests = kinds.Of[certificatesv1beta1.PodCertificateRequest]("certificates.k8s.io", "PodCertificateRequest")
)

// relationsTo lists every way in which nodes are related to an object, as
// plugin/pkg/auth/authorizer/node/graph.go has it, and what is not completely known
// of what could relate others.
func relationsTo(v *snapshot.View, to vertex) (all []Relation, unsure []model.Scope) {
	switch to.kind {
	case volumeVertex:
		return volumeRelations(v, to)
	case attachmentVertex, sliceVertex:
		if to.namespace != "" {
			return nil, nil
		}
		return assigned(assignments.Of(v, assignmentKey{kind: to.kind}), to.name)
	case certificateVertex:
		if to.namespace == "" {
			return nil, nil
		}
		return assigned(assignments.Of(v, assignmentKey{to.kind, to.namespace}), to.name)
	case secretVertex:
		all, unsure = podRelations(v, to)
		more, unsureToo := secretVolumeRelations(v, to)
		return append(all, more...), append(slices.Clip(unsure), unsureToo...)
	default:
		return podRelations(v, to)
	}
}

// podRelations are those through pods of the object's namespace.
func podRelations(v *snapshot.View, to vertex) ([]Relation, []model.Scope) {
	if to.namespace == "" {
		return nil, nil
	}
	index := podUses.Of(v, to.namespace)
	var all []Relation
	for _, use := range index.uses[vertex{kind: to.kind, name: to.name}] {
		all = append(all, use.relation(to.name))
	}
	return all, index.unsure
}

// volumeRelations are those to a PersistentVolume: through the pods that use the
// claim that it is bound to.
func volumeRelations(v *snapshot.View, to vertex) ([]Relation, []model.Scope) {
	if to.namespace != "" {
		return nil, nil
	}
	index := volumes.Of(v, struct{}{})
	volume, ok := index.byName[to.name]
	if !ok {
		return nil, index.unsure
	}
	all, unsure := volume.relations(v)
	return all, append(slices.Clip(unsure), index.unsure...)
}

// secretVolumeRelations are those to a secret that PersistentVolumes name.
func secretVolumeRelations(v *snapshot.View, to vertex) (all []Relation, unsure []model.Scope) {
	index := volumes.Of(v, struct{}{})
	unsure = slices.Clip(index.unsure)
	for _, use := range index.secrets[vertex{kind: secretVertex, namespace: to.namespace, name: to.name}] {
		relations, unsureToo := use.volume.relations(v)
		for i := range relations {
			relations[i].Links = append([]Link{{Object: use.volume.object, Path: use.path, Value: to.name}}, relations[i].Links...)
		}
		all = append(all, relations...)
		unsure = append(unsure, unsureToo...)
	}
	return all, unsure
}

// relations are those of the claim that the volume is bound to.
func (p *volume) relations(v *snapshot.View) ([]Relation, []model.Scope) {
	all, unsure := podRelations(v, vertex{kind: claimVertex, namespace: p.claim.Namespace, name: p.claim.Name})
	for i := range all {
		claim := Link{Object: p.object, Path: "spec.claimRef", Value: p.claim.Namespace + "/" + p.claim.Name}
		all[i].Links = append([]Link{claim}, all[i].Links...)
	}
	return all, unsure
}

// assignment is an object that names its node itself.
type assignment struct {
	object *snapshot.Object
	node   string
}

type assignmentKey struct {
	kind      vertexKind
	namespace string
}

type assignmentIndex struct {
	byName map[string]assignment
	unsure []model.Scope
}

func assigned(index *assignmentIndex, name string) ([]Relation, []model.Scope) {
	a, ok := index.byName[name]
	if !ok {
		return nil, index.unsure
	}
	link := Link{Object: a.object, Path: "spec.nodeName", Value: a.node}
	return []Relation{{Node: a.node, Links: []Link{link}}}, index.unsure
}

// assignments are the VolumeAttachments, the ResourceSlices, or the
// PodCertificateRequests of a namespace.
var assignments = snapshot.Memo[assignmentKey, *assignmentIndex]{Name: "rbac.assignments", Compute: func(v *snapshot.View, key assignmentKey) *assignmentIndex {
	switch key.kind {
	case attachmentVertex:
		return assign(v, volumeAttachments, "", func(a *storagev1.VolumeAttachment) string { return a.Spec.NodeName })
	case sliceVertex:
		return assign(v, resourceSlices, "", func(s *resourcev1.ResourceSlice) string {
			if s.Spec.NodeName == nil {
				return ""
			}
			return *s.Spec.NodeName
		})
	default:
		return assign(v, certificateRequests, key.namespace, func(r *certificatesv1beta1.PodCertificateRequest) string { return string(r.Spec.NodeName) })
	}
}}

func assign[T any](v *snapshot.View, k snapshot.Kind[T], namespace string, nodeOf func(T) string) *assignmentIndex {
	index := &assignmentIndex{byName: map[string]assignment{}}
	all, complete := supplied(v, k, namespace)
	for object, value := range all {
		if node := nodeOf(value); node != "" {
			index.byName[object.Name] = assignment{object: object, node: node}
		}
		complete = complete && !object.Partial
	}
	if !complete {
		index.unsure = []model.Scope{scopeOf(v, k, namespace)}
	}
	return index
}
