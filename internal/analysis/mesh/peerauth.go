package mesh

import (
	"strconv"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// TLSMode is what a server of Istio accepts. The zero value is ModeUnknown.
type TLSMode uint8

// The modes.
const (
	ModeUnknown TLSMode = iota
	Strict
	Permissive
	Disable
)

// String is the word that PeerAuthentications use.
func (m TLSMode) String() string {
	return [...]string{"UNKNOWN", "STRICT", "PERMISSIVE", "DISABLE"}[m]
}

// MarshalText is String.
func (m TLSMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// mode reads a word. ok is false for UNSET, which takes what is wider in scope.
func (m *mutualTLS) mode() (mode TLSMode, ok bool) {
	if m == nil {
		return ModeUnknown, false
	}
	switch m.Mode {
	case "", "UNSET":
		return ModeUnknown, false
	case "STRICT":
		return Strict, true
	case "PERMISSIVE":
		return Permissive, true
	case "DISABLE":
		return Disable, true
	default:
		return ModeUnknown, true
	}
}

type peerAuthentication = item[PeerAuthentication]

// peerAuthentications are the policies that count, by namespace.
type peerAuthentications struct {
	byNamespace map[string][]peerAuthentication
	complete    bool
}

var peerAuthenticationsOf = snapshot.Memo[struct{}, *peerAuthentications]{Name: "mesh.peerAuthentications", Compute: func(v *snapshot.View, _ struct{}) *peerAuthentications {
	items, complete := list(v, PeerAuthentications)
	all := &peerAuthentications{byNamespace: map[string][]peerAuthentication{}, complete: complete}
	for _, p := range items {
		all.byNamespace[p.object.Namespace] = append(all.byNamespace[p.object.Namespace], p)
	}
	return all
}}

// selective reports whether the policy is for some pods of its namespace only.
func selective(s *labelSelector) bool { return s != nil && len(s.MatchLabels) > 0 }

// mode says what the pods of a workload accept on a port: the port's setting, that of
// the workload, of its namespace, of the mesh, else PERMISSIVE. Of several policies
// with one scope the oldest counts (istio pilot/pkg/security/authn,
// ComposePeerAuthentication; policies of the root namespace with a selector are
// passed over there, for every workload).
func (m *Mesh) mode(w *Workload, port uint16) (TLSMode, Reason) {
	at := listener{w: w, port: port}
	known, ok := m.modes[at]
	if !ok {
		known.mode, known.why = m.decideMode(w, port)
		m.modes[at] = known
	}
	return known.mode, known.why
}

func (m *Mesh) decideMode(w *Workload, port uint16) (TLSMode, Reason) {
	config, all := istioConfig.Of(m.view, struct{}{}), peerAuthenticationsOf.Of(m.view, struct{}{})
	if !config.Known {
		return ModeUnknown, Reason{Text: "the mesh configuration is not known", Open: true}
	}
	if !all.complete {
		return ModeUnknown, Reason{Text: "PeerAuthentications could not be read", Open: true}
	}
	if w.Plane == Ambient {
		return m.modeAtZtunnel(w, port)
	}
	own := func(p peerAuthentication) bool {
		return selective(p.Spec.Selector) && w.HasLabels(p.Spec.Selector.MatchLabels)
	}
	whole := func(p peerAuthentication) bool { return !selective(p.Spec.Selector) }
	if w.Namespace() != config.RootNamespace {
		oldest := eldest(all.byNamespace[w.Namespace()], own)
		mode, reason, ok := agree(oldest, func(p *peerAuthentication) (TLSMode, Reason, bool) { return onPort(p, port) })
		if ok {
			return mode, reason
		}
		if mode, reason, ok = agree(eldest(all.byNamespace[w.Namespace()], whole), onAll); ok {
			return mode, reason
		}
	}
	if mode, reason, ok := agree(eldest(all.byNamespace[config.RootNamespace], whole), onAll); ok {
		return mode, reason
	}
	return Permissive, Reason{Text: "no PeerAuthentication applies: PERMISSIVE"}
}

// ofService is the mode that istiod takes the pods of a namespace for when it
// configures clients, whatever is said of single pods (istio pilot/pkg/model,
// BestEffortInferServiceMTLSMode).
func (m *Mesh) ofService(namespace string) (TLSMode, Reason) {
	config, all := istioConfig.Of(m.view, struct{}{}), peerAuthenticationsOf.Of(m.view, struct{}{})
	whole := func(p peerAuthentication) bool { return !selective(p.Spec.Selector) }
	for _, scope := range []string{namespace, config.RootNamespace} {
		if mode, reason, ok := agree(eldest(all.byNamespace[scope], whole), onAll); ok {
			return mode, reason
		}
	}
	return Permissive, Reason{Text: "no PeerAuthentication applies: PERMISSIVE"}
}

// onPort is what a policy with a selector says of a port.
func onPort(p *peerAuthentication, port uint16) (TLSMode, Reason, bool) {
	if p.Unread != nil {
		return ModeUnknown, p.Unread.reason(p.object), true
	}
	key := strconv.Itoa(int(port))
	if setting, ok := p.Spec.PortLevelMTLS[key]; ok {
		if mode, ok := setting.mode(); ok {
			return mode, Reason{Text: "port " + key + " is " + mode.String(), Object: p.object, Path: model.Path("spec.portLevelMtls").Child(key) + ".mode", Value: setting.Mode}, true
		}
	}
	return onAll(p)
}

// onAll is what a policy says of every port.
func onAll(p *peerAuthentication) (TLSMode, Reason, bool) {
	if p.Unread != nil {
		return ModeUnknown, p.Unread.reason(p.object), true
	}
	mode, ok := p.Spec.MTLS.mode()
	if !ok {
		return mode, Reason{}, false
	}
	return mode, Reason{Text: "mutual TLS is " + mode.String(), Object: p.object, Path: "spec.mtls.mode", Value: p.Spec.MTLS.Mode}, true
}

// eldest are the policies that may be the oldest of those that apply: several where
// nothing says which is older, as in files.
func eldest(list []peerAuthentication, applies func(peerAuthentication) bool) []peerAuthentication {
	var oldest, undated []peerAuthentication
	for _, p := range list {
		switch {
		case !applies(p):
		case p.CreationTimestamp.IsZero():
			undated = append(undated, p)
		case len(oldest) == 0 || p.CreationTimestamp.Equal(&oldest[0].CreationTimestamp):
			oldest = append(oldest, p)
		case p.CreationTimestamp.Before(&oldest[0].CreationTimestamp):
			oldest = []peerAuthentication{p}
		}
	}
	return append(undated, oldest...)
}

// agree is what the policies say if they say the same, and ModeUnknown if not. ok is
// false when they say nothing.
func agree(list []peerAuthentication, say func(*peerAuthentication) (TLSMode, Reason, bool)) (mode TLSMode, reason Reason, ok bool) {
	for i := range list {
		one, why, said := say(&list[i])
		if why.Open {
			return one, why, true
		}
		if i > 0 && (said != ok || one != mode) {
			return ModeUnknown, Reason{Text: "several PeerAuthentications apply, and which is older is not known", Object: list[i].object, Path: "spec", Open: true}, true
		}
		mode, reason, ok = one, why, said
	}
	return mode, reason, ok
}
