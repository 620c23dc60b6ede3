package least

import (
	"cmp"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Options say how roles are made.
type Options struct {
	MaxNames int            // of objects in one rule; more give a rule for all objects
	Old      *snapshot.View // the present roles and bindings; nil: not supplied
	Subject  *rbac.Subject  // nil: every service account of the log and of Old
}

// Result is the plan of a subject and what proves it.
type Result struct {
	*Plan
	Proof  Proof
	Beyond []string // what the subject may need that no log shows
	Note   string   // why there is nothing to give, or what is not known
}

// Proof is what was shown of a plan. Kept is about a cluster in which the plan is
// all that RBAC allows; Covered about the subject's present rights.
type Proof struct {
	Requests  int          // different requests of the subject that were allowed
	Kept      int          // of these, what the plan allows
	Lost      []Lost       // the others
	Elsewhere []Elsewhere  // left out, because it is not RBAC that allows them
	Denied    int          // different requests that were denied
	Undecided int          // and of which the log does not say
	Covered   rbac.Verdict // Allows: the present rights allow all that the plan does
	Uncovered []string     // what they do not allow
	Held      int          // rights (verb, resource, rule) that the subject has now
	Unused    int          // of these, what the log does not use
}

// Lost is a request that was allowed and is not under the plan.
type Lost struct {
	Request rbac.Request
	Reason  string
}

// Elsewhere is what another authorizer than RBAC allowed.
type Elsewhere struct {
	By       Authorizer
	Requests int
	Example  string
}

// FromLog makes the roles that allow what was used, by subject. What system:masters
// allowed counts as used: its members need a role once they leave the group. What
// the Node authorizer or another one allowed is left out: they go on doing so.
func FromLog(r *Record, o Options) []Result {
	entries := map[rbac.Subject][]*Entry{}
	for _, subject := range o.subjects(r) {
		entries[subject] = nil
	}
	for _, entry := range r.Entries() {
		for _, subject := range subjectsOfEntry(entry, o.Subject) {
			if _, wanted := entries[subject]; wanted {
				entries[subject] = append(entries[subject], entry)
			}
		}
	}
	held := holdings(r, &o)
	var results []Result
	for _, subject := range slices.SortedFunc(maps.Keys(entries), compareSubjects) {
		results = append(results, fromEntries(subject, entries[subject], held, &o))
	}
	return results
}

// subjects are whom a plan is made for.
func (o *Options) subjects(r *Record) []rbac.Subject {
	if o.Subject != nil {
		return []rbac.Subject{*o.Subject}
	}
	var subjects []rbac.Subject
	for _, entry := range r.Entries() {
		if subject, ok := accountOf(entry.Who.User); ok {
			subjects = append(subjects, subject)
		}
	}
	if o.Old != nil {
		subjects = append(subjects, accounts(o.Old)...)
	}
	return subjects
}

// accounts are the service accounts that were supplied. Whether they are all is not
// asked: who has rights is known by the bindings.
func accounts(v *snapshot.View) []rbac.Subject {
	var subjects []rbac.Subject
	for _, object := range v.Objects(snapshot.GroupKind{Group: kinds.ServiceAccounts.Group, Kind: kinds.ServiceAccounts.Kind}, "") {
		if !object.Implied {
			subjects = append(subjects, rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: cmp.Or(object.Namespace, "default"), Name: object.Name})
		}
	}
	return subjects
}

func accountOf(username string) (rbac.Subject, bool) {
	namespace, name, err := serviceaccount.SplitUsername(username)
	return rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}, err == nil
}

// subjectsOfEntry are who an entry speaks of: its user or account, and the group
// that is asked about.
func subjectsOfEntry(e *Entry, asked *rbac.Subject) []rbac.Subject {
	if asked != nil && asked.Kind == rbacv1.GroupKind {
		if slices.Contains(e.Who.Groups, asked.Name) {
			return []rbac.Subject{*asked}
		}
		return nil
	}
	if account, ok := accountOf(e.Who.User); ok {
		return []rbac.Subject{account}
	}
	return []rbac.Subject{{Kind: rbacv1.UserKind, Name: e.Who.User}}
}

func fromEntries(subject rbac.Subject, entries []*Entry, held map[rbac.Subject]count, o *Options) Result {
	old := newOld(o.Old, subject, entries)
	seen := sightings{}
	proof := Proof{Held: held[subject].held, Unused: held[subject].unused}
	var kept []*Entry
	for _, e := range entries {
		switch {
		case e.Verdict == rbac.Denies:
			proof.Denied += len(e.requests())
		case e.Verdict == rbac.Unknown:
			proof.Undecided += len(e.requests())
		case e.By == Node || e.By == Other:
			proof.elsewhere(e)
		default:
			kept = append(kept, e)
			if e.By == Masters {
				proof.elsewhere(e)
			}
			if ungrantable(&e.Request) == "" {
				seen.see(e)
			}
		}
	}
	plan := seen.plan(subject, o.MaxNames, old.allowsAll)
	proof.keep(plan, kept)
	proof.cover(plan, old)
	result := Result{Plan: plan, Proof: proof, Beyond: beyond(kept)}
	if len(entries) == 0 {
		result.Note = "the log never shows it"
	}
	return result
}

// beyond says what uses need that is authorized while they are served, of which the
// log says nothing: pkg/registry/rbac (roles and bindings) and
// plugin/pkg/admission/certificates of k8s.io/kubernetes.
func beyond(entries []*Entry) []string {
	needs := map[string]bool{}
	for _, e := range entries {
		r := &e.Request
		if r.Verb != "create" && r.Verb != "update" && r.Verb != "patch" {
			continue
		}
		switch r.Group + "/" + r.Resource {
		case rbacv1.GroupName + "/roles", rbacv1.GroupName + "/clusterroles":
			needs["to write roles, whoever does must hold all that they give, or may escalate them"] = true
		case rbacv1.GroupName + "/rolebindings", rbacv1.GroupName + "/clusterrolebindings":
			needs["to write bindings, whoever does must hold all that their roles give, or may bind them"] = true
		case "certificates.k8s.io/certificatesigningrequests":
			if r.Subresource != "" {
				needs["to approve or sign a CertificateSigningRequest, whoever does must be allowed approve or sign on its signer"] = true
			}
		case "certificates.k8s.io/clustertrustbundles":
			needs["to write a ClusterTrustBundle of a signer, whoever does must be allowed attest on that signer"] = true
		}
	}
	return slices.Sorted(maps.Keys(needs))
}

func (p *Proof) elsewhere(e *Entry) {
	at := slices.IndexFunc(p.Elsewhere, func(other Elsewhere) bool { return other.By == e.By })
	if at < 0 {
		at = len(p.Elsewhere)
		p.Elsewhere = append(p.Elsewhere, Elsewhere{By: e.By, Example: describe(cellOf(&e.Request))})
	}
	p.Elsewhere[at].Requests += len(e.requests())
}

// ungrantable says why no role can allow a request by itself, or "".
func ungrantable(r *rbac.Request) string {
	switch {
	case !cellOf(r).grantable():
		return "no rule can name it without a wildcard"
	case r.Namespace != "" && len(validation.IsDNS1123Label(r.Namespace)) > 0:
		return "there can be no role in a namespace of that name"
	default:
		return ""
	}
}

// keep asks a cluster that has the plan only for every request.
func (p *Proof) keep(plan *Plan, entries []*Entry) {
	view := plan.Snapshot().View()
	who := plan.Subject.Identities()
	counted := map[rbac.Request]bool{}
	for _, e := range entries {
		for _, request := range e.requests() {
			if counted[request] {
				continue
			}
			counted[request] = true
			p.Requests++
			if rbac.Authorize(view, who, request).Verdict == rbac.Allows {
				p.Kept++
				continue
			}
			reason := ungrantable(&request)
			p.Lost = append(p.Lost, Lost{Request: request, Reason: cmp.Or(reason, "the plan does not allow it")})
		}
	}
}

// cover asks for each right of the plan whether the present ones allow it.
func (p *Proof) cover(plan *Plan, old *old) {
	if old == nil {
		return
	}
	p.Covered = rbac.Allows
	for _, scope := range slices.Sorted(maps.Keys(plan.scopes)) {
		own := plan.scopes[scope]
		for _, c := range own.cells() {
			objects := []string{""}
			if own[c] != nil {
				objects = own[c].sorted()
			}
			for _, name := range objects {
				switch old.allows(scope, c, name) {
				case rbac.Denies:
					p.Covered = rbac.Denies
					p.Uncovered = append(p.Uncovered, place(c, name, scope))
				case rbac.Unknown:
					if p.Covered == rbac.Allows {
						p.Covered = rbac.Unknown
					}
				}
			}
		}
	}
}

func place(c cell, name, scope string) string {
	text := describe(c)
	if name != "" {
		text += " " + name
	}
	if scope != "" {
		text += " in " + scope
	}
	return text
}

// old is what a subject may do now. A nil one is not known.
type old struct {
	view *snapshot.View
	who  rbac.Identity
}

// newOld takes the groups in which the log saw the subject beside those it has by
// what it is.
func newOld(v *snapshot.View, subject rbac.Subject, entries []*Entry) *old {
	if v == nil {
		return nil
	}
	who := subject.Identities()
	if subject.Kind != rbacv1.GroupKind {
		groups := slices.Clone(who.Groups)
		for _, e := range entries {
			groups = append(groups, e.Who.Groups...)
		}
		slices.Sort(groups)
		who.Groups = slices.Compact(groups)
	}
	return &old{view: v, who: who}
}

// allows decides about one object, with name "" about all of them: a rule that
// allows a request without a name has no names. For a right at its finest that is
// what Covers of k8s.io/component-helpers/auth/rbac/validation says.
func (o *old) allows(scope string, c cell, name string) rbac.Verdict {
	if o == nil {
		return rbac.Unknown
	}
	r := rbac.Request{Verb: c.verb, Path: c.url}
	if c.url == "" {
		r = c.request(scope, name)
	}
	return rbac.Authorize(o.view, o.who, r).Verdict
}

func (o *old) allowsAll(scope string, c cell) rbac.Verdict { return o.allows(scope, c, "") }

// count is how many rights a subject has, and how many of them it did not use.
type count struct{ held, unused int }

// holdings counts what subjects have by bindings that name them.
func holdings(r *Record, o *Options) map[rbac.Subject]count {
	counts := map[rbac.Subject]count{}
	if o.Old == nil {
		return counts
	}
	usage := Usages(o.Old, &Log{Record: r})
	for i := range usage.Holdings {
		h := &usage.Holdings[i]
		c := counts[h.Subject]
		for j := range h.Rights {
			c.held++
			if h.Rights[j].Outcome == Unused {
				c.unused++
			}
		}
		counts[h.Subject] = c
	}
	return counts
}

// String renders "get pods web in shop".
func (l Lost) String() string {
	return place(cellOf(&l.Request), l.Request.Name, l.Request.Namespace)
}

// String renders "get pods in shop".
func (w Widening) String() string {
	return place(cell{verb: w.Verb, group: w.Group, resource: w.Resource}, "", w.Namespace)
}
