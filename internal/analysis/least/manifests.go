package least

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// FromManifests makes the roles that give each service account what its own
// bindings give it, and nothing that nobody can use: wildcards are written out for
// the resources that Kubernetes has or a definition adds, verbs that a resource does
// not have are left out, and rules that others cover. An account that no workload
// runs as, or whose pods get no token, needs nothing.
//
// What a program does is in no manifest: only FromLog takes away rights that exist
// and are not needed. Verbs that RBAC itself asks for (bind, escalate, impersonate,
// approve, sign, attest, use) are kept where a rule names them: a wildcard is no sign
// that they are needed.
func FromManifests(v *snapshot.View, subject *rbac.Subject) ([]Result, []model.Gap) {
	known, gaps := resourcesOf(v)
	subjects := accounts(v)
	for _, s := range subjectsOf(v) {
		if account, ok := asAccount(s); ok && !onlyBootstrap(v, account) {
			subjects = append(subjects, account)
		}
	}
	slices.SortFunc(subjects, compareSubjects)
	subjects = slices.Compact(subjects)
	if subject != nil {
		subjects = []rbac.Subject{*subject}
	}
	var results []Result
	for _, s := range subjects {
		results = append(results, fromManifests(v, known, s))
	}
	return results, gaps
}

func asAccount(s rbac.Subject) (rbac.Subject, bool) {
	if s.Kind == rbacv1.UserKind {
		return accountOf(s.Name)
	}
	return s, s.Kind == rbacv1.ServiceAccountKind
}

// ownGrants are what bindings that name the account give it, and whether there may
// be others.
func ownGrants(v *snapshot.View, account rbac.Subject) (own []rbac.Grant, complete bool) {
	username := serviceaccount.MakeUsername(account.Namespace, account.Name)
	grants, complete := rbac.Rules(v, account)
	for _, g := range grants {
		named := g.Subject == account || g.Subject.Kind == rbacv1.UserKind && g.Subject.Name == username
		if g.Binding != nil && named {
			own = append(own, g)
		}
	}
	return own, complete
}

// onlyBootstrap reports whether an account has nothing but what the bootstrap
// policy gives it.
func onlyBootstrap(v *snapshot.View, account rbac.Subject) bool {
	own, _ := ownGrants(v, account)
	return len(own) > 0 && !slices.ContainsFunc(own, func(g rbac.Grant) bool { return !bootstrap(g.Binding) })
}

func fromManifests(v *snapshot.View, known *resources, account rbac.Subject) Result {
	grants, complete := ownGrants(v, account)
	proof := Proof{}
	for i := range grants {
		proof.Held += len(cellsOf(grants[i].Rule))
	}
	if note := needless(v, account); note != "" {
		proof.Covered, proof.Unused = rbac.Allows, proof.Held
		return Result{Plan: &Plan{Subject: account}, Proof: proof, Note: note}
	}
	x := &expansion{known: known, scopes: map[string]rights{}}
	for i := range grants {
		x.add(&grants[i])
	}
	plan := &Plan{Subject: account, scopes: map[string]rights{}}
	asked := x.requests()
	for _, scope := range slices.Sorted(maps.Keys(x.scopes)) {
		own := x.scopes[scope]
		if scope != "" {
			own.minus(plan.scopes[""])
		}
		if len(own) > 0 {
			plan.scopes[scope] = own
		}
	}
	plan.write()
	view := plan.Snapshot().View()
	for _, request := range asked {
		proof.Requests++
		if rbac.Authorize(view, account.Identities(), request).Verdict == rbac.Allows {
			proof.Kept++
		} else {
			proof.Lost = append(proof.Lost, Lost{Request: request, Reason: "the plan does not allow it"})
		}
	}
	proof.Lost = append(proof.Lost, x.lost...)
	proof.Unused = x.dropped
	proof.cover(plan, newOld(v, account, nil))
	note := ""
	if !complete {
		note = "not all roles and bindings are known: there may be rights that the plan leaves out"
	}
	return Result{Plan: plan, Proof: proof, Note: note}
}

// needless says why an account needs no rights at all, or "". Where that is not
// known for sure it needs them.
func needless(v *snapshot.View, account rbac.Subject) string {
	if !workload.Complete(v, account.Namespace) || customPods(v) {
		return ""
	}
	used := false
	for _, w := range workload.All(v) {
		namespace := w.Namespace()
		if namespace == "" {
			namespace = corev1.NamespaceDefault
		}
		if namespace != account.Namespace || w.ServiceAccount() != account.Name {
			continue
		}
		used = true
		if automount, certain := w.Automount(v); automount.Mounted || !certain || projectsToken(w.Spec) || mountsSecret(w.Spec) {
			return ""
		}
	}
	if used {
		return "no pod that runs as it gets a token"
	}
	return "no workload runs as it"
}

func projectsToken(spec *corev1.PodSpec) bool {
	return slices.ContainsFunc(spec.Volumes, func(volume corev1.Volume) bool {
		return volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(s corev1.VolumeProjection) bool { return s.ServiceAccountToken != nil })
	})
}

// mountsSecret reports whether a pod is given a Secret: it may hold a token.
func mountsSecret(spec *corev1.PodSpec) bool {
	return slices.ContainsFunc(spec.Volumes, func(volume corev1.Volume) bool {
		return volume.Secret != nil || volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(s corev1.VolumeProjection) bool { return s.Secret != nil })
	})
}

// customPods reports whether something of a custom kind makes pods, which are not
// seen.
func customPods(v *snapshot.View) bool {
	for object := range v.Snapshot().All() {
		if len(workload.CustomPods(object)) > 0 {
			return true
		}
	}
	return false
}

// expansion writes grants out.
type expansion struct {
	known   *resources
	scopes  map[string]rights
	lost    []Lost
	dropped int // verbs that a resource does not have, and names where none is seen
}

func (x *expansion) in(scope string) rights {
	if x.scopes[scope] == nil {
		x.scopes[scope] = rights{}
	}
	return x.scopes[scope]
}

func (x *expansion) add(g *rbac.Grant) {
	if g.Namespace() == "" {
		for _, url := range g.Rule.NonResourceURLs {
			x.addURL(g.Rule.Verbs, url)
		}
	}
	for _, group := range g.Rule.APIGroups {
		for _, name := range g.Rule.Resources {
			x.addResource(g, group, name)
		}
	}
}

func (x *expansion) addURL(verbs []string, url string) {
	if strings.Contains(url, "*") {
		x.lose(rbac.Request{Verb: strings.Join(verbs, ","), Path: url}, "what a wildcard of URLs stands for is not known")
		return
	}
	for _, verb := range verbs {
		written := []string{verb}
		if verb == rbacv1.VerbAll {
			written = []string{"delete", "get", "head", "options", "patch", "post", "put"}
		}
		for _, verb := range written {
			x.in("").allowAll(cell{verb: verb, url: url})
		}
	}
}

func (x *expansion) lose(r rbac.Request, reason string) {
	lost := Lost{Request: r, Reason: reason}
	if !slices.Contains(x.lost, lost) {
		x.lost = append(x.lost, lost)
	}
}

func (x *expansion) addResource(g *rbac.Grant, group, name string) {
	matching := x.known.matching(group, name)
	if len(matching) > 0 {
		for _, r := range matching {
			x.addKnown(g, r)
		}
		return
	}
	if group == rbacv1.APIGroupAll || strings.Contains(name, "*") {
		reason := fmt.Sprintf("no resource of that name is known in group %q: supply its CustomResourceDefinition", group)
		x.lose(rbac.Request{Verb: strings.Join(g.Rule.Verbs, ","), Group: group, Resource: name, Namespace: g.Namespace()}, reason)
		return
	}
	// Neither discovery nor a definition has it (users, signers, nodes/metrics, kinds
	// of an aggregated API server): it stays as it is written.
	for _, verb := range g.Rule.Verbs {
		verbs := []string{verb}
		if verb == rbacv1.VerbAll {
			verbs = usualVerbs()
		}
		for _, verb := range verbs {
			x.take(g.Namespace(), cell{verb: verb, group: group, resource: name}, g.Rule.ResourceNames)
		}
	}
}

func usualVerbs() []string {
	return []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
}

// addKnown adds what a rule allows on a resource that exists.
func (x *expansion) addKnown(g *rbac.Grant, r *resource) {
	for _, verb := range g.Rule.Verbs {
		verbs := []string{verb}
		if verb == rbacv1.VerbAll {
			verbs = r.Verbs
		}
		for _, verb := range verbs {
			c := cell{verb: verb, group: r.Group, resource: r.Name}
			scope, names, ok := x.place(g, r, verb)
			if !ok {
				x.dropped++
				continue
			}
			x.take(scope, c, names)
		}
	}
}

// place is where a right of a rule counts and for which names, nil for all. It
// reports false for one that nobody can use: a verb that the resource does not have;
// deletecollection by name; in a RoleBinding a resource of the cluster, except the
// namespace itself, and clusterroles to bind (pkg/registry/rbac/rolebinding asks in
// the namespace).
func (x *expansion) place(g *rbac.Grant, r *resource, verb string) (scope string, names []string, ok bool) {
	scope, names = g.Namespace(), g.Rule.ResourceNames
	usual := slices.Contains(usualVerbs(), verb)
	switch {
	case usual && !r.has(verb), verb == "deletecollection" && len(names) > 0:
		return "", nil, false
	case scope == "" || r.Namespaced:
		return scope, names, true
	case r.Group == rbacv1.GroupName && r.Name == "clusterroles" && verb == "bind":
		return scope, names, true
	case r.Group == "" && strings.HasPrefix(r.Name, "namespaces") && verb != "create" && verb != "list" && verb != "watch":
		return "", []string{scope}, len(names) == 0 || slices.Contains(names, scope)
	default:
		return "", nil, false
	}
}

func (x *expansion) take(scope string, c cell, names []string) {
	if len(names) == 0 {
		x.in(scope).allowAll(c)
		return
	}
	for _, name := range names {
		x.in(scope).allow(c, name)
	}
}

// requests asks for everything that was written out.
func (x *expansion) requests() []rbac.Request {
	var all []rbac.Request
	for _, scope := range slices.Sorted(maps.Keys(x.scopes)) {
		own := x.scopes[scope]
		for _, c := range own.cells() {
			objects := []string{""}
			if own[c] != nil {
				objects = own[c].sorted()
			}
			for _, name := range objects {
				if c.url != "" {
					all = append(all, rbac.Request{Verb: c.verb, Path: c.url})
				} else {
					all = append(all, c.request(scope, name))
				}
			}
		}
	}
	return all
}
