package netpol

import (
	"fmt"
	"reflect"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/apiversion"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// redefined says why the object objects[i] cannot be taken as it stands: it stands
// somewhere else too, and says something else there. "" if it does not.
func redefined(objects []*snapshot.Object, i int, same func(a, b *snapshot.Object) bool) string {
	for _, other := range objects[i+1:] {
		if other.ID != objects[i].ID {
			break
		}
		if other.InFile() && !same(objects[i], other) {
			return fmt.Sprintf("%s:%d defines it otherwise: which of them is in force is not known", other.Origin.File, other.Origin.Line)
		}
	}
	return ""
}

// alike makes a comparison of objects of a kind by what part takes of them.
func alike[T, P any](kind snapshot.Kind[T], part func(T) P) func(a, b *snapshot.Object) bool {
	return func(a, b *snapshot.Object) bool {
		first, err := kind.Read(a)
		second, err2 := kind.Read(b)
		return err == nil && err2 == nil && reflect.DeepEqual(part(first), part(second))
	}
}

// redefinedEnds says which workloads files define in several ways that policies tell
// apart. Each way is answered for.
func redefinedEnds(ends []*End) []model.Gap {
	var gaps []model.Gap
	var first *End
	for _, e := range ends {
		switch {
		case e.Definition == 0 || !e.Object.InFile():
		case e.Definition == 1:
			first = e
		default:
			gaps = append(gaps, model.Gap{
				Scope: e.Object.Scope(), File: e.Object.Origin.File, Line: e.Object.Origin.Line,
				Reason: fmt.Sprintf("%s is defined otherwise in %s:%d, as %s: which of them is in force is not known, and each counts",
					e, first.Object.Origin.File, first.Object.Origin.Line, first),
			})
		}
	}
	return gaps
}

// unserved says why the API server does not take a policy of a file under the API
// version that is written; "" if it does.
func (p *policy) unserved(version snapshot.Version) string {
	written := p.object.Origin.APIVersion
	if !p.object.InFile() || written == "" || p.object.Group != networkingv1.GroupName && p.object.Group != adminGroup {
		return "" // the kinds of network plugins have servers of their own
	}
	if of, known := apiversion.Of(written, p.object.Kind); known && of.Removed > 0 {
		if !version.IsZero() && version.Less(snapshot.Version{Major: 1, Minor: of.Removed}) {
			return ""
		}
		return fmt.Sprintf("%s is not served since Kubernetes 1.%d: use %s", written, of.Removed, of.Replacement)
	}
	served := adminGroup + "/v1alpha1"
	switch p.object.Kind {
	case "NetworkPolicy":
		served = networkingv1.SchemeGroupVersion.String()
	case "ClusterNetworkPolicy":
		served = adminGroup + "/v1alpha2"
	}
	if written != served {
		return fmt.Sprintf("%s has no %s that is understood: use %s", written, p.object.Kind, served)
	}
	return ""
}

// customPods says of what is in files and of a kind that Kubernetes does not have that
// it makes pods: nothing here sees them. Of a running cluster the pods are there.
func customPods(v *snapshot.View) []model.Gap {
	if v.Settings().Live {
		return nil
	}
	var gaps []model.Gap
	for object := range v.Snapshot().All() {
		if !object.InFile() || len(workload.CustomPods(object)) == 0 {
			continue
		}
		gaps = append(gaps, model.Gap{
			Scope: object.Scope(), File: object.Origin.File, Line: object.Origin.Line,
			Reason: fmt.Sprintf("%s makes pods that are not seen: whom they reach, and who reaches them, is not known", object.ID),
		})
	}
	return gaps
}
