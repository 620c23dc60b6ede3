package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	discoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// resource is one thing that the API server lists: a kind in one version.
type resource struct {
	group, version, kind string
	name                 string // plural, as in the path
	namespaced           bool
	listable             bool
}

// path is where the resource is listed.
func (r *resource) path(namespace string) string {
	path := "/apis/" + r.group + "/" + r.version
	if r.group == "" {
		path = "/api/" + r.version
	}
	if r.namespaced && namespace != "" {
		path += "/namespaces/" + namespace
	}
	return path + "/" + r.name
}

func (r *resource) apiVersion() string {
	if r.group == "" {
		return r.version
	}
	return r.group + "/" + r.version
}

// catalog is what an API server serves. The versions of a group stand in the
// server's order of preference.
type catalog struct {
	resources []resource
	broken    []brokenGroup // groups of which some version could not be discovered
}

type brokenGroup struct{ group, reason string }

func (c *catalog) breaks(group, reason string) {
	if !slices.ContainsFunc(c.broken, func(b brokenGroup) bool { return b.group == group }) {
		c.broken = append(c.broken, brokenGroup{group: group, reason: reason})
	}
}

// acceptDiscovery asks for everything in one answer, which servers give since
// Kubernetes 1.26, and takes the old form.
const acceptDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

// discover asks what there is to list. The error is for a server that does not
// answer; groups that it cannot speak for are broken.
func (c *client) discover(ctx context.Context) (*catalog, error) {
	var core, groups *catalog
	var errCore, errGroups error
	var both sync.WaitGroup
	both.Go(func() { core, errCore = c.discoverAt(ctx, "/api") })
	both.Go(func() { groups, errGroups = c.discoverAt(ctx, "/apis") })
	both.Wait()
	if err := cmp.Or(errCore, errGroups); err != nil {
		return nil, err
	}
	// What is not served counts as not there: half an answer must not be taken for one.
	if len(core.resources) == 0 || len(groups.resources)+len(groups.broken) == 0 {
		return nil, errNoAPIServer
	}
	core.resources = append(core.resources, groups.resources...)
	core.broken = append(core.broken, groups.broken...)
	return core, nil
}

var errNoAPIServer = errors.New("the answer is not what an API server says of itself")

func (c *client) discoverAt(ctx context.Context, path string) (*catalog, error) {
	answer, err := c.get(ctx, path, nil, acceptDiscovery)
	if err != nil {
		return nil, err
	}
	// Of the two forms each has a kind of its own.
	var head struct {
		Kind     string            `json:"kind"`
		Versions []string          `json:"versions"` // APIVersions
		Groups   []metav1.APIGroup `json:"groups"`   // APIGroupList
	}
	if err := json.Unmarshal(answer.body, &head); err != nil {
		return nil, errNoAPIServer
	}
	switch head.Kind {
	case "APIGroupDiscoveryList":
		return aggregated(answer.body)
	case "APIVersions":
		return c.legacy(ctx, []metav1.APIGroup{coreGroup(head.Versions)})
	case "APIGroupList":
		return c.legacy(ctx, head.Groups)
	default:
		return nil, errNoAPIServer
	}
}

func coreGroup(versions []string) metav1.APIGroup {
	var group metav1.APIGroup
	for _, version := range versions {
		group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: version, Version: version})
	}
	return group
}

// aggregated reads v2 and v2beta1, which have the same fields.
func aggregated(body []byte) (*catalog, error) {
	var list discoveryv2.APIGroupDiscoveryList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errNoAPIServer
	}
	found := &catalog{}
	for i := range list.Items {
		group := list.Items[i].Name
		for _, version := range list.Items[i].Versions {
			if version.Freshness == discoveryv2.DiscoveryFreshnessStale {
				found.breaks(group, "the server behind "+group+"/"+version.Version+" does not answer (kubectl get apiservices)")
				continue
			}
			for _, r := range version.Resources {
				kind := ""
				if r.ResponseKind != nil {
					kind = r.ResponseKind.Kind
				}
				found.add(resource{
					group: group, version: version.Version, kind: kind, name: r.Resource,
					namespaced: r.Scope == discoveryv2.ScopeNamespace, listable: slices.Contains(r.Verbs, "list"),
				})
			}
		}
	}
	return found, nil
}

// add leaves out subresources and what has no kind: it is not an object.
func (c *catalog) add(r resource) {
	if r.kind != "" && r.name != "" && r.version != "" && !strings.ContainsAny(r.name, "/?#%") {
		c.resources = append(c.resources, r)
	}
}

// legacy asks for each version of each group, as servers before 1.26 need.
func (c *client) legacy(ctx context.Context, groups []metav1.APIGroup) (*catalog, error) {
	type part struct {
		group, version string
		list           metav1.APIResourceList
		err            error
	}
	var parts []*part
	for i := range groups {
		for _, version := range preferredFirst(&groups[i]) {
			parts = append(parts, &part{group: groups[i].Name, version: version})
		}
	}
	var all sync.WaitGroup
	atOnce := make(chan struct{}, 8)
	for _, p := range parts {
		all.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			r := resource{group: p.group, version: p.version}
			var got *answer
			if got, p.err = c.get(ctx, strings.TrimSuffix(r.path(""), "/"), nil, "application/json"); p.err == nil {
				if p.err = json.Unmarshal(got.body, &p.list); p.err != nil || p.list.Kind != "APIResourceList" {
					p.err = errNoAPIServer
				}
			}
		})
	}
	all.Wait()
	found := &catalog{}
	for _, p := range parts {
		switch code := statusCode(p.err); {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case code == http.StatusUnauthorized || code == http.StatusForbidden || p.err != nil && p.group == "":
			return nil, p.err
		case p.err != nil:
			found.breaks(p.group, fmt.Sprintf("%s/%s cannot be discovered: %v", p.group, p.version, p.err))
		}
		for _, r := range p.list.APIResources {
			found.add(resource{
				group: p.group, version: p.version, kind: r.Kind, name: r.Name,
				namespaced: r.Namespaced, listable: slices.Contains(r.Verbs, "list"),
			})
		}
	}
	return found, nil
}

func preferredFirst(group *metav1.APIGroup) []string {
	var versions []string
	if group.PreferredVersion.Version != "" {
		versions = append(versions, group.PreferredVersion.Version)
	}
	for _, version := range group.Versions {
		if version.Version != group.PreferredVersion.Version {
			versions = append(versions, version.Version)
		}
	}
	return versions
}
