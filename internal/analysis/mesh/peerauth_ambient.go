package mesh

import (
	"strconv"

	"holdfast.dev/holdfast/internal/model"
)

// modeAtZtunnel is decideMode for pods in ambient mode. istiod makes policies for
// ztunnel of PeerAuthentications, which refuse connections without an identity: one for
// every port, or one of the policy that selects the pods, with its ports. Tunnelled
// connections are taken always (istio pilot ambient/authorization.go,
// convertedSelectorPeerAuthentications and convertPeerAuthentication).
func (m *Mesh) modeAtZtunnel(w *Workload, port uint16) (TLSMode, Reason) {
	config, all := istioConfig.Of(m.view, struct{}{}), peerAuthenticationsOf.Of(m.view, struct{}{})
	home := w.Namespace() == config.RootNamespace
	candidates := func(namespace string, applies func(peerAuthentication) bool) []*peerAuthentication {
		list := []*peerAuthentication{}
		for _, p := range eldest(all.byNamespace[namespace], applies) {
			list = append(list, &p)
		}
		if len(list) == 0 {
			return []*peerAuthentication{nil}
		}
		return list
	}
	own, namespace := []*peerAuthentication{nil}, []*peerAuthentication{nil}
	if !home {
		own = candidates(w.Namespace(), func(p peerAuthentication) bool {
			return selective(p.Spec.Selector) && w.HasLabels(p.Spec.Selector.MatchLabels)
		})
		namespace = candidates(w.Namespace(), func(p peerAuthentication) bool { return !selective(p.Spec.Selector) })
	}
	wide := candidates(config.RootNamespace, func(p peerAuthentication) bool {
		return p.Spec.Selector == nil || home && !selective(p.Spec.Selector)
	})
	var found *ambientMode
	for _, o := range own {
		for _, n := range namespace {
			for _, r := range wide {
				one := ambientModes{own: o, namespace: n, mesh: r}.at(port)
				if found != nil && found.mode != one.mode {
					return ModeUnknown, Reason{Text: "several PeerAuthentications apply, and which is older is not known", Object: one.why.Object, Path: "spec", Open: true}
				}
				found = &one
			}
		}
	}
	return found.mode, found.why
}

// ambientModes are the policies that count for some pods, each nil for none.
type ambientModes struct{ own, namespace, mesh *peerAuthentication }

type ambientMode struct {
	mode TLSMode
	why  Reason
}

func (a ambientModes) at(port uint16) ambientMode {
	mode, why := Permissive, Reason{Text: "no PeerAuthentication applies: PERMISSIVE"}
	for _, p := range []*peerAuthentication{a.mesh, a.namespace, a.own} {
		if p == nil {
			continue
		}
		if said, reason, ok := onAll(p); ok {
			mode, why = said, reason
		}
	}
	for _, p := range []*peerAuthentication{a.mesh, a.namespace, a.own} {
		if p != nil && p.Unread != nil {
			return ambientMode{mode: ModeUnknown, why: p.Unread.reason(p.object)}
		}
	}
	if mode == Disable {
		mode = Permissive
	}
	if mode == ModeUnknown || a.own == nil || len(a.own.Spec.PortLevelMTLS) == 0 {
		return ambientMode{mode: mode, why: why}
	}
	return a.atPort(mode, why, strconv.Itoa(int(port)))
}

// atPort applies the ports of the policy that selects the pods, where istiod sends it
// in place of what counts for every port.
func (a ambientModes) atPort(whole TLSMode, why Reason, port string) ambientMode {
	ports := a.own.Spec.PortLevelMTLS
	has := func(modes ...TLSMode) bool {
		for _, setting := range ports {
			mode, ok := setting.mode()
			for _, wanted := range modes {
				if ok && mode == wanted {
					return true
				}
			}
		}
		return false
	}
	setting := ports[port]
	mode, said := setting.mode()
	if said && mode == ModeUnknown {
		return ambientMode{mode: ModeUnknown, why: Reason{Text: "mode " + setting.Mode + " is not understood", Object: a.own.object, Path: "spec.portLevelMtls"}}
	}
	reason := Reason{Text: "port " + port + " is " + mode.String(), Object: a.own.object, Path: model.Path("spec.portLevelMtls").Child(port) + ".mode", Value: setting.Mode}
	result := func(strict bool) ambientMode {
		switch {
		case !strict && whole == Strict && said && mode != Strict:
			return ambientMode{mode: Permissive, why: reason}
		case strict && said && mode == Strict:
			return ambientMode{mode: Strict, why: reason}
		case strict:
			return ambientMode{mode: Strict, why: why}
		case said && mode == Strict || whole == Strict:
			return ambientMode{mode: Permissive, why: Reason{Text: "istiod makes nothing for ztunnel of the ports of this policy", Object: a.own.object, Path: "spec.portLevelMtls"}}
		}
		return ambientMode{mode: Permissive, why: why}
	}
	ownMode, ownSays := a.own.Spec.MTLS.mode()
	above := a.strictAbove()
	switch {
	case ownSays && ownMode == Strict:
		return result(!said || mode == Strict)
	case ownSays:
		return result(said && mode == Strict && !a.strictByMesh())
	case whole == Strict && !has(Permissive):
		return result(true) // ports with DISABLE alone change nothing
	case whole == Strict && above:
		return result(!said || mode == Strict)
	case whole == Strict:
		return result(false)
	default:
		return result(said && mode == Strict && !a.strictByMesh())
	}
}

// strictAbove reports whether istiod merges what counts for the whole into the policy
// of the pods: where the policy of their namespace says so, or there is none and that
// of the mesh does.
func (a ambientModes) strictAbove() bool {
	if a.namespace != nil {
		mode, _ := a.namespace.Spec.MTLS.mode()
		return mode == Strict
	}
	return a.strictByMesh()
}

// strictByMesh reports whether the policy of the mesh is strict and that of the
// namespace says nothing: then istiod leaves strict ports out, as if they were anyhow.
func (a ambientModes) strictByMesh() bool {
	if a.namespace != nil {
		if _, says := a.namespace.Spec.MTLS.mode(); says {
			return false
		}
	}
	if a.mesh == nil {
		return false
	}
	mode, _ := a.mesh.Spec.MTLS.mode()
	return mode == Strict
}
