// Package least makes the smallest roles that allow what a subject was seen to do,
// or what manifests show it to need, with the proof; and says which rights nobody
// used. Uses come from an audit log; they never enter a snapshot.
package least

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// Use is one request as the API server authorized it. Verdict Unknown is one that
// ended before it was decided, or of which the log does not say how. Seen is not
// part of what it is.
type Use struct {
	Who     rbac.Identity
	Request rbac.Request
	Verdict rbac.Verdict
	By      Authorizer
	At      time.Time // zero: not known
	Seen    Place
}

// Place is a line of a log.
type Place struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Authorizer is who allowed a request. The zero value is for a log that does not
// say: the Node authorizer and the authorizer of system:masters give no reason.
type Authorizer uint8

// The authorizers.
const (
	NotSaid Authorizer = iota
	RBAC
	Masters
	Node
	Other
)

// String is the word used in reports.
func (a Authorizer) String() string {
	switch a {
	case RBAC:
		return "RBAC"
	case Masters:
		return user.SystemPrivilegedGroup
	case Node:
		return "Node authorizer"
	case Other:
		return "another authorizer"
	default:
		return "not said"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (a Authorizer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// The limits of a Record: it grows with what a cluster has, not with its log.
const (
	maxEntries = 1 << 20 // kinds of requests
	MaxNames   = 1000    // names of one kind of request
)

// Record gathers uses: what differs in the name of the object only is one Entry.
// The zero Record is empty.
type Record struct {
	First, Last time.Time // of the uses that have a time
	Uses        int
	Dropped     int // uses that found no room, see Full

	entries map[entryKey]*Entry
	who     map[string]rbac.Identity
}

type entryKey struct {
	who     string
	request rbac.Request // without Name
	verdict rbac.Verdict
	by      Authorizer
}

// Entry is all uses of one identity that differ in the name of the object only.
type Entry struct {
	Who     rbac.Identity
	Request rbac.Request // without Name
	Verdict rbac.Verdict
	By      Authorizer
	Names   map[string]int // uses by name; "" for those that the authorizer saw none of
	More    bool           // there were more names than MaxNames
	Uses    int
	Last    Place
}

// Full reports whether something found no room: then absence proves nothing.
func (r *Record) Full() bool { return r.Dropped > 0 }

// Add adds one use.
func (r *Record) Add(u *Use) {
	r.Uses++
	if !u.At.IsZero() {
		if r.First.IsZero() || u.At.Before(r.First) {
			r.First = u.At
		}
		if u.At.After(r.Last) {
			r.Last = u.At
		}
	}
	entry := r.entry(u)
	if entry == nil {
		r.Dropped++
		return
	}
	entry.Uses++
	entry.Last = u.Seen
	if _, known := entry.Names[u.Request.Name]; !known && len(entry.Names) >= MaxNames {
		entry.More = true
		return
	}
	entry.Names[u.Request.Name]++
}

func (r *Record) entry(u *Use) *Entry {
	if r.entries == nil {
		r.entries, r.who = map[entryKey]*Entry{}, map[string]rbac.Identity{}
	}
	who := identityKey(u.Who)
	if _, known := r.who[who]; !known {
		r.who[who] = u.Who
	}
	key := entryKey{who: who, request: u.Request, verdict: u.Verdict, by: u.By}
	key.request.Name = ""
	if key.request.Path != "" {
		key.request = rbac.Request{Verb: u.Request.Verb, Path: u.Request.Path}
	}
	if entry := r.entries[key]; entry != nil {
		return entry
	}
	if len(r.entries) >= maxEntries {
		return nil
	}
	entry := &Entry{Who: r.who[who], Request: key.request, Verdict: u.Verdict, By: u.By, Names: map[string]int{}}
	r.entries[key] = entry
	return entry
}

// identityKey is the same for equal identities only: no name of the API server
// holds a NUL.
func identityKey(who rbac.Identity) string {
	return who.User + "\x00" + strings.Join(who.Groups, "\x00")
}

// Entries lists what was gathered, sorted.
func (r *Record) Entries() []*Entry {
	entries := slices.Collect(maps.Values(r.entries))
	slices.SortFunc(entries, func(a, b *Entry) int {
		return cmp.Or(
			strings.Compare(a.Who.User, b.Who.User),
			slices.Compare(a.Who.Groups, b.Who.Groups),
			compareRequests(&a.Request, &b.Request),
			cmp.Compare(a.Verdict, b.Verdict),
			cmp.Compare(a.By, b.By),
		)
	})
	return entries
}

func compareRequests(a, b *rbac.Request) int {
	return cmp.Or(
		strings.Compare(a.Namespace, b.Namespace),
		strings.Compare(a.Path, b.Path),
		strings.Compare(a.Group, b.Group),
		strings.Compare(a.Resource, b.Resource),
		strings.Compare(a.Subresource, b.Subresource),
		strings.Compare(a.Verb, b.Verb),
		strings.Compare(a.Name, b.Name),
	)
}

// requests are the entry's requests with their names. Where there were more names
// than were kept, one without a name stands for all: a rule that allows it has no
// names, and so allows every name.
func (e *Entry) requests() []rbac.Request {
	var all []rbac.Request
	for _, name := range slices.Sorted(maps.Keys(e.Names)) {
		r := e.Request
		r.Name = name
		all = append(all, r)
	}
	if _, without := e.Names[""]; e.More && !without {
		all = append(all, e.Request)
	}
	return all
}
