package netpol

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// decode reads a cluster from a file as it would be written.
func decode(t testing.TB, text string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		changes = append(changes, c)
	})
	return append(changes, implied.OfFiles(changes)...)
}

// files is a snapshot of one file.
func files(t testing.TB, text string) *snapshot.Snapshot {
	t.Helper()
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, decode(t, text)...)
}

// everythingListed says of every kind that Model reads that it was listed completely.
func everythingListed() []snapshot.Change {
	var changes []snapshot.Change
	for _, gk := range Kinds() {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
	}
	return changes
}

// end finds an End by "namespace/name", or fails.
func end(t testing.TB, n *Network, name string) *End {
	t.Helper()
	namespace, name, _ := strings.Cut(name, "/")
	found := n.Find(namespace, "", name)
	if len(found) != 1 {
		t.Fatalf("%d ends are called %s/%s", len(found), namespace, name)
	}
	return found[0]
}

func mustJSON(value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return raw
}

// named finds a peer by "namespace/name", or by an address outside.
func named(t testing.TB, n *Network, name string) Peer {
	if address, err := netip.ParseAddr(name); err == nil {
		return Outside(address)
	}
	return Of(end(t, n, name))
}
