package mesh_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/analysis/mesh"
)

// Over every golden case: within the ranges of Bounds no verdict changes, and clients
// of one Class fare alike everywhere.
func TestBoundsAndClassesLoseNothing(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	classes, ranges := 0, 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if !strings.HasSuffix(section.Name, ".yaml") || section.Name == "base.yaml" {
				continue
			}
			m := mesh.Of(read(t, archive.Files[0].Data, section.Data).View())
			ports := named(string(archive.Files[0].Data) + string(section.Data))
			clients := append([]*mesh.Workload{nil}, m.Workloads()...)
			for _, server := range m.Workloads() {
				seen := map[int][2]string{} // by class: how it fares, and who
				for _, client := range clients {
					of := m.Bounds(client, server)
					ranges += len(of)
					fares := ""
					for _, port := range ports {
						at := of[start(of, port)]
						got, want := fareOf(m, client, server, at), fareOf(m, client, server, port)
						if got != want {
							t.Fatalf("%s: %s to %s: port %d is %s, and %d of its range %s", section.Name, nameOf(client), nameOf(server), port, want, at, got)
						}
						fares += want + "\n"
					}
					number := m.Class(client, server)
					if known, ok := seen[number]; !ok {
						seen[number] = [2]string{fares, nameOf(client)}
					} else if classes++; known[0] != fares {
						t.Fatalf("%s: %s and %s are of one class, and differ to %s", section.Name, known[1], nameOf(client), nameOf(server))
					}
				}
			}
		}
	}
	if classes == 0 || ranges == 0 {
		t.Error("nothing was compared")
	}
}

// named are the ports that a text may name, with their neighbours.
func named(text string) []uint16 {
	ports := []uint16{1, 9, 15019, 15020, 15021, 15022, 15090, 15091, 40000, 65535}
	for _, word := range regexp.MustCompile(`\d+`).FindAllString(text, -1) {
		if n, err := strconv.Atoi(word); err == nil && n > 1 && n < 65535 && (n < 15007 || n > 15009) {
			ports = append(ports, uint16(n-1), uint16(n), uint16(n+1))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// start is where the range of a port is in bounds.
func start(bounds []uint16, port uint16) int {
	at, found := slices.BinarySearch(bounds, port)
	if !found {
		at--
	}
	return at
}

// fareOf is what Reach says where policies open everything but what a tunnel carries,
// so that it shows which ways there are.
func fareOf(m *mesh.Mesh, client, server *mesh.Workload, port uint16) string {
	var all []string
	for _, open := range []bool{true, false} {
		v := m.Reach(client, server, port, func(_, _ *mesh.Workload, wire uint16) mesh.Access {
			if wire == 15008 && !open {
				return mesh.Denied
			}
			return mesh.Allowed
		})
		all = append(all, fmt.Sprint(v.Transport, v.Access, v.Condition))
	}
	return strings.Join(all, "; ")
}
