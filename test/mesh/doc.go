// Package mesh compares internal/analysis/mesh with what istiod makes of generated
// clusters and of the golden ones: the listeners and clusters of the proxies, matched
// as Envoy matches them, and the policies of ztunnel. It is a module of its own, so
// that Istio's dependencies stay out of Holdfast's; tools/test runs it.
//
// It is built with the tag agent, without which istiod links every extension of Envoy
// for nobody: go test -tags agent .
package mesh
