package main

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

func TestRolesAreGenerated(t *testing.T) {
	for name, want := range files(engine.Reads()) {
		have, err := os.ReadFile(filepath.Join("..", "..", "deploy", "rbac", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != want {
		}
	}
}

func TestResource(t *testing.T) {
	table := kinds.NewTable()
	for gk, want := range map[snapshot.GroupKind]string{
		{Kind: "Endpoints"}:                                        "endpoints",
		{Group: "networking.istio.io", Kind: "Gateway"}:            "gateways",
		{Group: "networking.istio.io", Kind: "ServiceEntry"}:       "serviceentries",
		{Group: "cilium.io", Kind: "CiliumNetworkPolicy"}:          "ciliumnetworkpolicies",
		{Group: "example.com", Kind: "Mesh"}:                       "meshes",
		{Group: "example.com", Kind: "GatewayClass"}:               "gatewayclasses",
		{Group: "gateway.networking.k8s.io", Kind: "GatewayClass"}: "gatewayclasses",
	} {
		if got := resource(table, gk); got != want {
			t.Errorf("%s: %s, want %s", gk, got, want)
		}
	}
}
