package report

import "slices"

// taxonomies writes each framework as a SARIF taxonomy, its requirements as taxa.
func (s sarif) taxonomies() {
	if len(s.judged) == 0 {
		return
	}
	s.key("taxonomies")
	s.list()
	for i := range s.judged {
		f := &s.judged[i]
		s.object()
		s.str("name", f.ID)
		s.str("version", f.Version)
		s.strIf("informationUri", f.link())
		s.message("shortDescription", f.Title)
		s.key("taxa")
		s.list()
		for j := range f.requirements {
			r := &f.requirements[j]
			s.object()
			s.str("id", r.ID)
			s.message("shortDescription", r.Title)
			s.key("properties")
			s.object()
			s.str("outcome", r.Outcome.String())
			s.num("findings", r.findings)
			s.num("accepted", r.accepted)
			s.end()
			s.end()
		}
		s.end()
		s.end()
	}
	s.end()
}

// supportedTaxonomies says in the driver which taxonomies its rules refer to.
func (s sarif) supportedTaxonomies() {
	if len(s.judged) == 0 {
		return
	}
	s.key("supportedTaxonomies")
	s.list()
	for i := range s.judged {
		s.taxonomy(i)
	}
	s.end()
}

func (s sarif) taxonomy(i int) {
	s.object()
	s.str("name", s.judged[i].ID)
	s.num("index", i)
	s.end()
}

// relationships names the requirements that a rule is a part of.
func (s sarif) relationships(rule string) {
	open := false
	for i := range s.judged {
		for j := range s.judged[i].requirements {
			r := &s.judged[i].requirements[j].Requirement
			if !slices.Contains(r.Controls, rule) {
				continue
			}
			if !open {
				s.key("relationships")
				s.list()
				open = true
			}
			s.object()
			s.key("target")
			s.object()
			s.str("id", r.ID)
			s.num("index", j)
			s.key("toolComponent")
			s.taxonomy(i)
			s.end()
			s.key("kinds")
			s.list()
			s.text("superset") // whatever the rule finds is against the requirement
			s.end()
			s.end()
		}
	}
	if open {
		s.end()
	}
}
