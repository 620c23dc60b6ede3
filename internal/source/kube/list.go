package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// list reads one target completely and returns what became of it: the objects,
// then that they are all, or a gap.
func (s *Source) list(ctx context.Context, t *target) []snapshot.Change {
	var l *listing
	var err error
	for restart := 0; ; restart++ {
		l = &listing{source: s, target: t}
		err = l.read(ctx)
		// The server keeps the state of a list for a few minutes only.
		expired := statusCode(err) == http.StatusGone
		if !expired || restart >= s.client.limits.restarts {
			break
		}
	}
	changes := l.changes()
	if err == nil && t.unknown != "" && l.total > 0 { // an empty list is one in every version
		err = errors.New(t.unknown)
	}
	if t.isNamespaces() && s.options.Namespace != "" {
		changes = s.theNamespace(ctx, t, changes, err)
	}
	if err != nil {
		return append(changes, gap(t.scope, t.reason(err)))
	}
	return append(changes, snapshot.Change{Listed: &t.scope})
}

func (t *target) isNamespaces() bool { return t.kind == snapshot.GroupKind{Kind: "Namespace"} }

// theNamespace looks after the one namespace that is read. Who has rights in it
// alone may not list namespaces, but often get this one; and a namespace that does
// not exist, a slip of the pen perhaps, must not look like a clean one.
func (s *Source) theNamespace(ctx context.Context, t *target, listed []snapshot.Change, err error) []snapshot.Change {
	name := s.options.Namespace
	if err == nil {
		if !slices.ContainsFunc(listed, func(c snapshot.Change) bool { return c.Put != nil && c.Put.Name == name }) {
			reason := fmt.Sprintf("there is no namespace %q in this cluster", name)
			listed = append(listed, snapshot.Change{Gap: &model.Gap{Scope: model.Scope{Kind: t.kind.Kind, Namespace: name}, Reason: reason, Refused: true}})
		}
		return listed
	}
	if statusCode(err) != http.StatusForbidden {
		return listed
	}
	answer, err := s.client.get(ctx, t.path("")+"/"+url.PathEscape(name), nil, acceptJSON)
	if err != nil {
		return listed
	}
	return s.object(t, false, answer.body)
}

// listing is one pass over the pages of a list.
type listing struct {
	source *Source
	target *target
	pages  []*decoding
	total  int
	all    sync.WaitGroup
}

// errEndless and errTooMany end a list that would not end by itself.
var (
	errEndless = errors.New("the API server's list does not end")
	errTooMany = errors.New("there are too many of them")
)

// read fetches page after page. While one is fetched those before it are decoded.
func (l *listing) read(ctx context.Context) error {
	defer l.all.Wait()
	limits := l.source.client.limits
	size, token, empty := l.source.options.PageSize, "", 0
	seen := map[string]bool{}
	for {
		page, err := l.fetch(ctx, size, token)
		if errors.Is(err, errPageTooLarge) && size > 1 {
			size = max(1, size/8)
			continue
		}
		if err != nil {
			return err
		}
		l.decode(page)
		if empty++; len(page.items) > 0 {
			empty = 0
		}
		token = page.token
		switch {
		case token == "":
			return nil
		case seen[token]:
			return fmt.Errorf("%w: it names the same continuation twice", errEndless)
		case empty > limits.emptyPages:
			return fmt.Errorf("%w: %d pages were empty", errEndless, empty)
		case l.total > limits.objects:
			return fmt.Errorf("%w: more than %d", errTooMany, limits.objects)
		}
		seen[token] = true
	}
}

func (l *listing) fetch(ctx context.Context, size int64, token string) (*page, error) {
	query := url.Values{"limit": {strconv.FormatInt(size, 10)}}
	if token != "" {
		query.Set("continue", token)
	}
	path := l.target.path(l.source.options.Namespace)
	answer, err := l.source.client.get(ctx, path, query, l.target.accept())
	if statusCode(err) == http.StatusNotAcceptable && l.target.accept() != acceptJSON {
		answer, err = l.source.client.get(ctx, path, query, acceptJSON)
	}
	if err != nil {
		return nil, err
	}
	return parsePage(answer, l.target)
}

// chunk is how many objects are decoded at a time.
const chunk = 64

// decoding is a run of objects of a page, decoded in the background.
type decoding struct {
	items   [][]byte
	changes []snapshot.Change
}

func (l *listing) decode(p *page) {
	l.total += len(p.items)
	for from := 0; from < len(p.items); from += chunk {
		d := &decoding{items: p.items[from:min(from+chunk, len(p.items))]}
		l.pages = append(l.pages, d)
		l.source.processors <- struct{}{}
		l.all.Go(func() {
			defer func() { <-l.source.processors }()
			for _, item := range d.items {
				d.changes = append(d.changes, l.source.object(l.target, p.protobuf, item)...)
			}
			d.items = nil // with them goes the page
		})
	}
}

func (l *listing) changes() []snapshot.Change {
	var changes []snapshot.Change
	for _, d := range l.pages {
		changes = append(changes, d.changes...)
	}
	return changes
}

// reason words why a list could not be read, so that the reader knows what to do.
func (t *target) reason(err error) string {
	where := "in all namespaces"
	switch {
	case !t.namespaced:
		where = "in the cluster"
	case t.scope.Namespace != "":
		where = "in namespace " + t.scope.Namespace
	}
	what := fmt.Sprintf("cannot list %s (%s) %s", t.name, groupName(t.group), where)
	switch code := statusCode(err); {
	case code == http.StatusForbidden:
		return what + ": " + t.permission(err)
	case code == http.StatusUnauthorized:
		return what + ": the credentials are no longer accepted: sign in again"
	case code == http.StatusGone:
		return what + ": the list expired again and again before it was read: the API server is too slow or the cluster changes too fast, try again"
	case errors.Is(err, context.Canceled):
		return what + ": interrupted"
	default:
		return what + ": " + err.Error()
	}
}

func groupName(group string) string {
	if group == "" {
		return "core"
	}
	return group
}

// permission says which permission is missing and what grants it.
func (t *target) permission(err error) string {
	who := "the user"
	if user := userOf(err); user != "" {
		who = fmt.Sprintf("user %q", user)
	}
	needs := fmt.Sprintf("%s needs the verb list on %s", who, t.name)
	if t.group != "" {
		needs += "." + t.group
	}
	binding := ""
	if t.scope.Namespace != "" {
		binding = fmt.Sprintf(" by a RoleBinding in %s", t.scope.Namespace)
	}
	if t.role == "" {
		return needs + ": grant a ClusterRole with that rule" + binding
	}
	return fmt.Sprintf("%s: grant the ClusterRole %s (deploy/rbac)%s", needs, t.role, binding)
}
