package implied

import (
	_ "embed"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Every role and binding that the API server of Kubernetes 1.36 makes when it
// starts, one a line (plugin/pkg/auth/authorizer/rbac/bootstrappolicy). Made and
// compared with a real one by TestBootstrapIsTheServers.
//
//go:embed bootstrap_rbac.json
var bootstrapRBAC string

const rbacGroup = "rbac.authorization.k8s.io"

func rbacKinds() [4]snapshot.GroupKind {
	return [4]snapshot.GroupKind{
		{Group: rbacGroup, Kind: "ClusterRole"}, {Group: rbacGroup, Kind: "ClusterRoleBinding"},
		{Group: rbacGroup, Kind: "Role"}, {Group: rbacGroup, Kind: "RoleBinding"},
	}
}

// BootstrapRBAC returns the roles and bindings that every cluster has from its
// start. They are those of Kubernetes 1.36, whatever version is judged against:
// from one version to the next a few rights of system components differ.
func BootstrapRBAC() []*snapshot.Object {
	var documents []jsontext.Value
	if err := json.Unmarshal([]byte(bootstrapRBAC), &documents); err != nil {
		panic(fmt.Sprintf("bootstrap_rbac.json: %v", err)) // it is part of the program
	}
	objects := make([]*snapshot.Object, len(documents))
	for i, document := range documents {
		var header struct {
			Kind     string `json:"kind"`
			Metadata struct {
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal(document, &header); err != nil {
			panic(fmt.Sprintf("bootstrap_rbac.json: %v", err))
		}
		id := model.ID{Group: rbacGroup, Kind: header.Kind, Namespace: header.Metadata.Namespace, Name: header.Metadata.Name}
		objects[i] = &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Implied: true, Body: snapshot.JSON(document)}
	}
	return objects
}
