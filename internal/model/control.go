package model

// Layer is the part of a cluster that a control looks at.
type Layer string

// The layers.
const (
	LayerWorkload    Layer = "workload"
	LayerCluster     Layer = "cluster"
	LayerNetwork     Layer = "network"
	LayerData        Layer = "data"
	LayerSupplyChain Layer = "supply-chain"
)

// Control is the documentation of one thing that Holdfast judges. Every text is
// for the reader of a report: Title is a short statement of what is wrong
// ("Container runs privileged"), Rationale what an attacker or an accident makes
// of it, Remediation what to do.
type Control struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Layer       Layer       `json:"layer"`
	Severity    Severity    `json:"severity"`
	Rationale   string      `json:"rationale"`
	Remediation string      `json:"remediation"`
	References  []Reference `json:"references,omitempty"`
}

// Reference points into a public catalogue.
type Reference struct {
	Catalogue string `json:"catalogue"` // CIS, NSA, MITRE, CWE, PSS, KEP, Kubernetes
	ID        string `json:"id"`        // 5.2.2, T1611, CWE-250
}

// CIS refers to a recommendation of the CIS Kubernetes Benchmark by number.
func CIS(id string) Reference { return Reference{Catalogue: "CIS", ID: id} }

// NSA refers to a section of the NSA/CISA Kubernetes Hardening Guide.
func NSA(section string) Reference { return Reference{Catalogue: "NSA", ID: section} }

// MITRE refers to a technique of MITRE ATT&CK for containers.
func MITRE(technique string) Reference { return Reference{Catalogue: "MITRE", ID: technique} }

// CWE refers to a weakness of the Common Weakness Enumeration, by "CWE-250".
func CWE(id string) Reference { return Reference{Catalogue: "CWE", ID: id} }

// PSS refers to a control of the Pod Security Standards.
func PSS(control string) Reference { return Reference{Catalogue: "PSS", ID: control} }

// Docs refers to a page of the Kubernetes documentation, by its path below
// https://kubernetes.io/docs/.
func Docs(path string) Reference { return Reference{Catalogue: "Kubernetes", ID: path} }

// Tally counts what one control said, by Outcome, names the objects that it could
// not judge, and the scopes that it needed and that were not completely known.
type Tally struct {
	Control string
	Count   [4]int // indexed by Outcome
	Unknown []Ref
	Missing []Scope
}

// Outcome folds the counts: Fail if any object failed, else Unknown if any is
// unknown or nothing was judged because it was not supplied, else Pass if any
// passed, else NotApplicable.
func (t Tally) Outcome() Outcome {
	switch {
	case t.Count[Fail] > 0:
		return Fail
	case t.Count[Unknown] > 0, len(t.Missing) > 0 && t.Count[Pass] == 0 && t.Count[NotApplicable] == 0:
		return Unknown
	case t.Count[Pass] > 0:
		return Pass
	default:
		return NotApplicable
	}
}
