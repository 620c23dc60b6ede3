package least

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Outcome is what a log says of a right. The zero value is Undecided.
type Outcome uint8

// The outcomes. Partly is a wildcard that was used for something.
const (
	Undecided Outcome = iota
	Unused
	Partly
	Used
)

// String is the word used in reports.
func (o Outcome) String() string {
	switch o {
	case Unused:
		return "unused"
	case Partly:
		return "partly used"
	case Used:
		return "used"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Holding is what one subject has through one binding.
type Holding struct {
	Subject rbac.Subject
	Binding *snapshot.Object
	Role    *snapshot.Object
	Seen    bool  // some event of the log is the subject's
	Whole   Whole // what could go as a whole
	Rights  []Right
}

// Whole is what nobody used anything of.
type Whole string

// The wholes: each includes the ones before.
const (
	WholeSubject Whole = "subject" // of the binding
	WholeBinding Whole = "binding"
	WholeRole    Whole = "role"
)

// Outcome folds those of the rights: Unused if nothing was used.
func (h *Holding) Outcome() Outcome {
	outcome := Unused
	for i := range h.Rights {
		switch o := h.Rights[i].Outcome; {
		case o == Used || o == Partly:
			return Used
		case o == Undecided:
			outcome = Undecided
		}
	}
	return outcome
}

// AllUnknown is why none of several rights is known to be used or not, if it is one
// reason for all, and else "".
func (h *Holding) AllUnknown() string {
	reason := h.Rights[0].Reason
	for i := range h.Rights {
		if h.Rights[i].Outcome != Undecided || h.Rights[i].Reason != reason {
			return ""
		}
	}
	if len(h.Rights) == 1 {
		return ""
	}
	return reason
}

// Right is one verb on one resource, or URL, of one rule.
type Right struct {
	Grant    rbac.Grant
	Verb     string
	Group    string
	Resource string
	URL      string
	Names    []string // of the rule
	Outcome  Outcome
	UsedFor  []string // what a wildcard was used for: "get pods"
	Reason   string   // why it is not known whether it was used
}

// String renders "get pods", "list deployments.apps" or "get /metrics".
func (r *Right) String() string {
	return describe(cell{verb: r.Verb, group: r.Group, resource: r.Resource, url: r.URL})
}

func describe(c cell) string {
	switch {
	case c.url != "" && !strings.HasPrefix(c.url, "/"):
		return c.verb + " URL " + c.url
	case c.url != "":
		return c.verb + " " + c.url
	case c.group == "":
		return c.verb + " " + c.resource
	default:
		resource, sub, divided := strings.Cut(c.resource, "/")
		text := c.verb + " " + resource + "." + c.group
		if divided {
			text += "/" + sub
		}
		return text
	}
}

// Usage is what a log says of every right that someone has.
type Usage struct {
	Holdings  []Holding          // by subject, binding
	Unbound   []*snapshot.Object // roles that no binding gives to anyone
	Bootstrap int                // bindings of the bootstrap policy, which are left out
	Complete  bool               // all roles and bindings are known
}

// Log is a record and what makes it prove little: Gaps of reading it, and the audit
// policies that decided what is in it.
type Log struct {
	*Record
	Broken   bool // some of it could not be read
	Policies []*auditv1.Policy
}

// rightKey is one rule that a subject has through a binding.
type rightKey struct {
	binding, source *snapshot.Object
	subject, rule   int
}

// ruleUse gathers the uses of a rule, by cell.
type ruleUse struct {
	used  map[cell]map[string]bool
	maybe map[cell]bool // some use was not decided
	more  map[cell]bool // was perhaps used by a name that is not known
}

// Usages says which rights were used. A request counts for every rule that allows
// it, because each alone would have: rights held twice are not called unused. What
// the bootstrap policy gives is left out: the API server restores it.
func Usages(v *snapshot.View, log *Log) *Usage {
	u := &usages{log: log, rules: map[rightKey]*ruleUse{}, seen: map[string]bool{}, groups: map[string]bool{}}
	for _, entry := range log.Entries() {
		u.count(v, entry)
	}
	usage := &Usage{Complete: true}
	bound := map[*snapshot.Object]bool{}
	holdings := map[string]*Holding{}
	for _, subject := range subjectsOf(v) {
		grants, complete := rbac.Rules(v, subject)
		usage.Complete = usage.Complete && complete
		for i := range grants {
			if g := &grants[i]; g.Binding != nil {
				bound[g.Role], bound[g.Source] = true, true
				if g.Subject == subject && !bootstrap(g.Binding) {
					u.add(holdings, g)
				}
			}
		}
	}
	for _, holding := range holdings {
		usage.Holdings = append(usage.Holdings, *holding)
	}
	slices.SortFunc(usage.Holdings, func(a, b Holding) int {
		return cmp.Or(compareSubjects(a.Subject, b.Subject), a.Binding.ID.Compare(b.Binding.ID))
	})
	nameWholes(usage.Holdings, usage.Complete)
	usage.Bootstrap = bootstrapBindings(v)
	if usage.Complete {
		usage.Unbound = unboundRoles(v, bound)
	}
	return usage
}

// nameWholes finds the bindings and roles of which nothing was used. A role of the
// bootstrap policy may be in use by the bindings that are left out, and any by
// bindings that are not known.
func nameWholes(holdings []Holding, complete bool) {
	used := map[*snapshot.Object]bool{}
	for i := range holdings {
		if h := &holdings[i]; h.Outcome() != Unused {
			used[h.Binding], used[h.Role] = true, true
		}
	}
	for i := range holdings {
		h := &holdings[i]
		switch {
		case h.Outcome() != Unused:
		case complete && !used[h.Role] && !bootstrap(h.Role):
			h.Whole = WholeRole
		case !used[h.Binding]:
			h.Whole = WholeBinding
		default:
			h.Whole = WholeSubject
		}
	}
}

func compareSubjects(a, b rbac.Subject) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

type usages struct {
	log    *Log
	rules  map[rightKey]*ruleUse
	seen   map[string]bool // users
	groups map[string]bool
}

func keyOf(g *rbac.Grant) rightKey {
	return rightKey{binding: g.Binding, source: g.Source, subject: g.SubjectIndex, rule: g.RuleIndex}
}

// count marks what an entry used.
func (u *usages) count(v *snapshot.View, e *Entry) {
	u.seen[e.Who.User] = true
	for _, group := range e.Who.Groups {
		u.groups[group] = true
	}
	if e.Verdict == rbac.Denies {
		return
	}
	for _, request := range e.requests() {
		decision := rbac.Authorize(v, e.Who, request)
		for i := range decision.Grants {
			g := &decision.Grants[i]
			if g.Binding == nil {
				continue
			}
			u.of(g).mark(g.Rule, &request, e.Verdict)
		}
	}
	if e.More {
		u.countNamed(v, e)
	}
}

// countNamed marks rules with names that an entry may have used by a name that was
// not kept.
func (u *usages) countNamed(v *snapshot.View, e *Entry) {
	subjects := []rbac.Subject{{Kind: rbacv1.UserKind, Name: e.Who.User}}
	for _, group := range e.Who.Groups {
		subjects = append(subjects, rbac.Subject{Kind: rbacv1.GroupKind, Name: group})
	}
	for _, subject := range subjects {
		grants, _ := rbac.Rules(v, subject)
		for i := range grants {
			g := &grants[i]
			if g.Binding == nil || len(g.Rule.ResourceNames) == 0 {
				continue
			}
			for _, c := range cellsOf(g.Rule) {
				if c.allows(&e.Request) {
					u.of(g).more[c] = true
				}
			}
		}
	}
}

// of is what is known of the use of a grant's rule.
func (u *usages) of(g *rbac.Grant) *ruleUse {
	use := u.rules[keyOf(g)]
	if use == nil {
		use = &ruleUse{used: map[cell]map[string]bool{}, maybe: map[cell]bool{}, more: map[cell]bool{}}
		u.rules[keyOf(g)] = use
	}
	return use
}

func (use *ruleUse) mark(rule *rbacv1.PolicyRule, r *rbac.Request, verdict rbac.Verdict) {
	for _, c := range cellsOf(rule) {
		if !c.allows(r) {
			continue
		}
		if verdict != rbac.Allows {
			use.maybe[c] = true
			continue
		}
		if use.used[c] == nil {
			use.used[c] = map[string]bool{}
		}
		if c.wild() {
			use.used[c][describe(cellOf(r))] = true
		}
	}
}

// cellsOf are the verbs of a rule times its resources, or URLs.
func cellsOf(rule *rbacv1.PolicyRule) []cell {
	var cells []cell
	for _, verb := range rule.Verbs {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				cells = append(cells, cell{verb: verb, group: group, resource: resource})
			}
		}
		for _, url := range rule.NonResourceURLs {
			cells = append(cells, cell{verb: verb, url: url})
		}
	}
	slices.SortFunc(cells, cell.compare)
	return slices.Compact(cells)
}

// wild reports whether a cell stands for more than one thing.
func (c cell) wild() bool {
	return c.verb == rbacv1.VerbAll || c.group == rbacv1.APIGroupAll || c.resource == rbacv1.ResourceAll ||
		strings.HasPrefix(c.resource, "*/") || strings.HasSuffix(c.url, "*")
}

// allows reports whether a cell, wildcards being such, allows a request by any name.
func (c cell) allows(r *rbac.Request) bool {
	asked := cellOf(r)
	if c.verb != rbacv1.VerbAll && c.verb != asked.verb {
		return false
	}
	if asked.url != "" {
		prefix, open := strings.CutSuffix(c.url, "*")
		return c.url == asked.url || open && strings.HasPrefix(asked.url, strings.TrimRight(prefix, "*"))
	}
	if c.url != "" || c.group != rbacv1.APIGroupAll && c.group != asked.group {
		return false
	}
	return c.resource == rbacv1.ResourceAll || c.resource == asked.resource || r.Subresource != "" && c.resource == "*/"+r.Subresource
}

// add adds the rights of a grant to the holding of its subject and binding.
func (u *usages) add(holdings map[string]*Holding, g *rbac.Grant) {
	key := fmt.Sprintf("%s\x00%v\x00%d", g.Binding.ID, g.Subject, g.SubjectIndex)
	holding := holdings[key]
	if holding == nil {
		holding = &Holding{Subject: g.Subject, Binding: g.Binding, Role: g.Role}
		who := g.Subject.Identities()
		holding.Seen = u.seen[who.User] || who.User == "" && u.groups[g.Subject.Name]
		holdings[key] = holding
	}
	for _, c := range cellsOf(g.Rule) {
		right := Right{Grant: *g, Verb: c.verb, Group: c.group, Resource: c.resource, URL: c.url, Names: g.Rule.ResourceNames}
		u.judge(&right, c)
		holding.Rights = append(holding.Rights, right)
	}
}

func (u *usages) judge(right *Right, c cell) {
	use := u.rules[keyOf(&right.Grant)]
	if use != nil && use.used[c] != nil {
		right.Outcome = Used
		if c.wild() {
			right.Outcome, right.UsedFor = Partly, slices.Sorted(maps.Keys(use.used[c]))
		}
		return
	}
	switch {
	case u.log.Broken:
		right.Reason = "some of the log could not be read"
	case u.log.Full():
		right.Reason = "the log holds more kinds of requests than are kept"
	case use != nil && use.maybe[c]:
		right.Reason = "a request that it would allow ended before it was decided"
	case use != nil && use.more[c]:
		right.Reason = fmt.Sprintf("more than %d names were used", MaxNames)
	default:
		right.Reason = u.silent(right, c)
	}
	if right.Reason == "" {
		right.Outcome = Unused
	}
}

// silent says which audit policy may have kept uses of a right out of the log.
func (u *usages) silent(right *Right, c cell) string {
	a := asked{who: right.Grant.Subject.Identities(), cell: c, namespace: right.Grant.Namespace(), names: right.Names}
	for _, policy := range u.log.Policies {
		switch rule := unlogged(policy, &a); {
		case rule == len(policy.Rules):
			return "no rule of the audit policy logs all of it"
		case rule >= 0:
			return fmt.Sprintf("rules[%d] of the audit policy keeps some of it out of the log", rule)
		}
	}
	return ""
}
