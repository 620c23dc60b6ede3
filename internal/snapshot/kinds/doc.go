// Package kinds is the list of API kinds that Holdfast knows by type: how each is
// called, where it lives, which Go type holds it, and the defaults that the API
// server would write into it.
//
// Kinds that only one analysis reads, and whose types come with that analysis,
// have their snapshot.Kind beside it instead.
package kinds
