// Package rbac compares internal/analysis/rbac with the authorizer of
// k8s.io/kubernetes on generated policies. It is a module of its own, so that
// Kubernetes' dependencies stay out of Holdfast's; tools/test runs it.
package rbac
