package techniques

import (
	"slices"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// project is the part of an AppProject of Argo CD that says what may be deployed.
type project struct {
	Spec struct {
		SourceRepos              []string      `json:"sourceRepos"`
		Destinations             []destination `json:"destinations"`
		ClusterResourceWhitelist []struct {
			Group string `json:"group"`
			Kind  string `json:"kind"`
		} `json:"clusterResourceWhitelist"`
	} `json:"spec"`
}

type destination struct {
	Server    string `json:"server"`
	Namespace string `json:"namespace"`
}

var appProjects = kinds.Of[project]("argoproj.io", "AppProject")

// projects finds a project that lets anything be deployed from anywhere, as the one
// named default does until somebody changes it.
func projects(v *snapshot.View, namespace string) basis {
	all, complete := snapshot.List(v, appProjects, namespace)
	for object, p := range all {
		if p.open() {
			return basis{evidence: []model.Evidence{object.Evidence("spec.sourceRepos", "*")}}
		}
	}
	const condition = "a project lets Argo CD deploy what they want from a source of theirs"
	if !complete {
		return basis{unread: []string{condition + "; not all projects were read"}}
	}
	return basis{conditions: []string{condition}}
}

func (p *project) open() bool {
	anywhere := slices.ContainsFunc(p.Spec.Destinations, func(d destination) bool {
		return d.Namespace == "*" && (d.Server == "*" || d.Server == "https://kubernetes.default.svc")
	})
	return anywhere && slices.Contains(p.Spec.SourceRepos, "*") && len(p.Spec.ClusterResourceWhitelist) > 0 &&
		p.Spec.ClusterResourceWhitelist[0].Group == "*" && p.Spec.ClusterResourceWhitelist[0].Kind == "*"
}
