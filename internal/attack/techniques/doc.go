// Package techniques holds one file for each technique: what somebody with certain
// permissions can make of them in a cluster. The list of them is generated; run
// "go generate ./internal/attack/techniques" after adding one.
package techniques

//go:generate go run holdfast.dev/holdfast/tools/listtechniques -o list_gen.go
//go:generate go run holdfast.dev/holdfast/tools/controldocs -techniques . -o ../../../docs/reference/techniques
