// Package all lists every check. The list is generated from the functions of the
// check folders; run "go generate ./internal/check/all" after adding one.
package all

//go:generate go run holdfast.dev/holdfast/tools/listchecks -o list_gen.go
//go:generate go run holdfast.dev/holdfast/tools/readkinds -o reads_gen.go
//go:generate go run holdfast.dev/holdfast/tools/rbacroles -o ../../../deploy/rbac
//go:generate go run holdfast.dev/holdfast/tools/controldocs -o ../../../docs/reference/controls -checks ..
