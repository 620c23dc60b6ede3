package mesh

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
)

// proxyUser is whom the proxy of Istio runs as, user and group (istio pkg/kube/inject,
// GetProxyIDs), and linkerdUser that of Linkerd (charts/linkerd-control-plane/values.yaml).
const (
	proxyUser   = 1337
	linkerdUser = 2102
	noUser      = -1
	someUser    = -2 // it is not known which
)

// bypasses reports whether what a workload sends passes its proxy by: the rules that
// redirect connections to a proxy leave out those of its user and group, whichever
// container makes them (istio tools/istio-iptables/pkg/capture; linkerd2-proxy-init).
// It is unknown where only some of the containers run as the proxy does. ztunnel leaves
// nobody out.
func (m *Mesh) bypasses(w *Workload) (truth, Reason) {
	user, group := m.proxyUser(w)
	if user == noUser {
		return truthOf(false), Reason{}
	}
	var why Reason
	some, others := false, false
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Type == workload.Init || c.Type == workload.Ephemeral || c.Name == istioProxy || c.Name == linkerdProxy {
			continue
		}
		reason, same := runsAs(w, c, user, group)
		if same && !some {
			why = reason
		}
		some, others = some || same, others || !same
	}
	switch {
	case !some:
		return truthOf(false), Reason{}
	case others || user == someUser:
		return truth{}, open(why)
	default:
		return truthOf(true), why
	}
}

// proxyUser is the user of the proxy of a workload, and its group where that counts
// too.
func (m *Mesh) proxyUser(w *Workload) (user, group int64) {
	switch w.Plane {
	case Sidecarred:
		_, annotations, _ := m.namespaceOf(w.Namespace())
		if last, ok := lastUser(annotations["openshift.io/sa.scc.uid-range"]); ok {
			return last, noUser
		}
		return proxyUser, proxyUser
	case Linkerd:
		text, _ := m.inherited(w, "config.linkerd.io/proxy-uid")
		if user, err := strconv.ParseInt(text, 10, 64); err == nil {
			return user, noUser
		}
		switch config := linkerdConfig.Of(m.view, struct{}{}); {
		case !config.Known:
			return someUser, noUser
		case config.ProxyUser != nil:
			return *config.ProxyUser, noUser
		}
		return linkerdUser, noUser
	default:
		return noUser, noUser
	}
}

// lastUser is the end of a range that OpenShift gives to a namespace, "START/SIZE" or
// "FIRST-LAST", as which Istio's proxy runs there.
func lastUser(text string) (int64, bool) {
	first, size, ok := strings.Cut(text, "/")
	start, err := strconv.ParseInt(first, 10, 64)
	if !ok {
		_, last, _ := strings.Cut(text, "-")
		end, err := strconv.ParseInt(last, 10, 64)
		return end, err == nil
	}
	n, err2 := strconv.ParseInt(size, 10, 64)
	return start + n - 1, err == nil && err2 == nil
}

// runsAs reports whether a container runs as a user or a group.
func runsAs(w *Workload, c *workload.Container, user, group int64) (Reason, bool) {
	own, pod := c.SecurityContext, w.Spec.SecurityContext
	if own == nil {
		own = &corev1.SecurityContext{}
	}
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	for _, s := range []struct {
		what, field string
		own, pod    *int64
		proxy       int64
	}{{"user", "runAsUser", own.RunAsUser, pod.RunAsUser, user}, {"group", "runAsGroup", own.RunAsGroup, pod.RunAsGroup, group}} {
		id, object, path := s.own, c.Object, c.Path
		if id == nil {
			id, object, path = s.pod, w.Object, w.Path
		}
		if id != nil && (*id == s.proxy || s.proxy == someUser) {
			value := strconv.FormatInt(*id, 10)
			text := "container " + c.Name + " runs as " + s.what + " " + value + ", as the proxy does: what it sends passes the proxy by"
			if s.proxy == someUser {
				text = "container " + c.Name + " runs as " + s.what + " " + value + ": whether the proxy does, which what it sends then passes by, is not known"
			}
			return Reason{Text: text, Object: object, Path: path.Child("securityContext").Child(s.field), Value: value}, true
		}
	}
	return Reason{}, false
}
