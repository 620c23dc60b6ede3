// Package model holds the words that every other package shares: what an
// object is called, what a finding, a gap and a result are.
//
// It depends on the standard library only and does no work of its own beyond
// naming, ordering and encoding, so that reports, stores and independent
// verifiers can use it without pulling in an analysis.
package model
