package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// requestFlags are those of questions about one request.
type requestFlags struct {
	questionFlags
	subresource   string
	allNamespaces bool
}

func (f *requestFlags) addRequest(flags *pflag.FlagSet) {
	flags.StringVar(&f.subresource, "subresource", "", "subresource, as log of pods; pods/log says the same")
}

func (f *requestFlags) question(args []string, namespace string) rbac.Question {
	question := rbac.Question{Verb: args[0], Resource: args[1], Subresource: f.subresource, Namespace: namespace}
	if len(args) > 2 {
		question.Name = args[2]
	}
	return question
}

// decidingNamespace is the only namespace whose bindings decide about a request:
// that of a Namespace object is the Namespace itself.
func (f *requestFlags) decidingNamespace(args []string, namespace string) string {
	request, _, err := f.question(args, namespace).Request(snapshot.New(snapshot.Settings{}).View())
	if err != nil || request.Namespace == "" {
		return namespace
	}
	return request.Namespace
}

// request makes the request of VERB RESOURCE [NAME] and says what of it the API does
// not know. namespace is the one asked about, "" for all.
func (a *app) request(v *snapshot.View, f *requestFlags, args []string, namespace string) (rbac.Request, error) {
	// The names of resources are looked up in a reading of their own: what is not
	// known of them is said here, and makes no answer uncertain.
	request, notes, err := f.question(args, namespace).Request(v.Snapshot().View())
	for _, note := range notes {
		a.warn("%s", note)
	}
	if f.namespace != "" && request.Namespace != f.namespace {
		a.warn("%s does not lie in namespaces: -n is left aside", args[1])
	}
	return request, err
}

// canFlags are the flags of rbac can.
type canFlags struct {
	requestFlags
	groups []string
}

func (a *app) rbacCanCommand() *cobra.Command {
	var f canFlags
	cmd := &cobra.Command{
		Use:   "can SUBJECT VERB RESOURCE [NAME]",
		Short: "Say whether a subject may do something, and by which rules",
		Long: `Can answers as kubectl auth can-i does, without asking a cluster to impersonate, and
names every grant that allows it. The first decides; taking it away changes nothing
while there are others.

RESOURCE is written as for kubectl: pods, po, deployments.apps, '*', or a URL as
/healthz. What follows a slash is a subresource if the resource has one of that name,
as in pods/exec, and the name of an object otherwise, as in pods/web. Without -n the
question is about the namespace of the context, in files about default.`,
		Example: `  holdfast rbac can sa:shop/web get secrets -n shop
  holdfast rbac can user:jane create pods/exec -n shop -f deploy/
  holdfast rbac can user:jane --as-group developers delete namespaces shop
  holdfast rbac can group:system:unauthenticated get /metrics`,
		Args: cobra.RangeArgs(3, 4),
		RunE: func(cmd *cobra.Command, args []string) error { return a.askCan(cmd.Context(), &f, args[0], args[1:]) },
	}
	f.questionFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "namespace to ask about (default: the context's)")
	f.addRequest(cmd.Flags())
	cmd.Flags().BoolVarP(&f.allNamespaces, "all-namespaces", "A", false, "ask about all namespaces at once")
	cmd.Flags().StringSliceVar(&f.groups, "as-group", nil, "group that the subject is in besides, as its certificate or token says")
	return cmd
}

func (a *app) askCan(ctx context.Context, f *canFlags, who string, args []string) error {
	subject, err := parseSubject(who)
	if err != nil {
		return err
	}
	if f.allNamespaces && f.namespace != "" {
		return errors.New("-n names one namespace and -A means all of them: give one")
	}
	namespace := f.namespace
	if namespace == "" && !f.allNamespaces {
		namespace = f.contextNamespace()
	}
	identity := subject.Identities().With(f.groups...)
	kinds := rbacKinds()
	if slices.Contains(identity.Groups, user.NodesGroup) {
		kinds = append(kinds, nodeKinds()...)
	}
	return a.ask(ctx, &f.questionFlags, f.decidingNamespace(args, namespace), kinds, func(v *snapshot.View) (report.Answer, error) {
		request, err := a.request(v, &f.requestFlags, args, namespace)
		if err != nil {
			return report.Answer{}, err
		}
		return a.can(v, subject, identity, request), nil
	})
}

// accessItem is the answer of rbac can in documents.
type accessItem struct {
	Subject     rbac.Subject `json:"subject"`
	Groups      []string     `json:"groups"`
	Verb        string       `json:"verb"`
	Group       string       `json:"group"`
	Resource    string       `json:"resource,omitempty"`
	Subresource string       `json:"subresource,omitempty"`
	Name        string       `json:"name,omitempty"`
	Namespace   string       `json:"namespace,omitempty"`
	URL         string       `json:"url,omitempty"`
	Verdict     rbac.Verdict `json:"verdict"`
	Grants      []grantItem  `json:"grants"`
}

func (a *app) can(v *snapshot.View, subject rbac.Subject, who rbac.Identity, request rbac.Request) report.Answer {
	decision := rbac.Authorize(v, who, request)
	item := accessItem{
		Subject: subject, Groups: append([]string{}, who.Groups...), Verb: request.Verb, Group: request.Group, Resource: request.Resource, Subresource: request.Subresource,
		Name: request.Name, Namespace: request.Namespace, URL: request.Path, Verdict: decision.Verdict, Grants: itemsOfGrants(decision.Grants),
	}
	answer := report.Answer{
		Kind: "RBACAccess", Question: "Can " + subject.String() + " " + requestText(&request) + "?",
		Items: []accessItem{item}, Tables: []report.AnswerTable{grantTable(decision.Grants)}, Records: grantRecords(decision.Grants),
	}
	what := subject.String() + verdictText(decision.Verdict) + requestText(&request)
	switch decision.Verdict {
	case rbac.Allows:
		answer.Outcome, answer.Reply = model.Pass, "yes: "+what
	case rbac.Denies:
		answer.Outcome, answer.Reply = model.Fail, "no: "+what+a.stranger(v, who)
	default:
		answer.Outcome, answer.Reply = model.Unknown, "unknown: "+what
	}
	return answer
}

// stranger says that no binding that was read names who asks, which is often a misspelt name.
func (a *app) stranger(v *snapshot.View, who rbac.Identity) string {
	if who.Named(v.Snapshot().View()) {
		return ""
	}
	return "; no binding that was read names it"
}

func verdictText(verdict rbac.Verdict) string {
	switch verdict {
	case rbac.Allows:
		return " can "
	case rbac.Denies:
		return " cannot "
	default:
		return " may or may not be able to "
	}
}

// requestText is a request in words: "get secrets db in shop".
func requestText(r *rbac.Request) string {
	if r.Path != "" {
		return r.Verb + " " + r.Path
	}
	words := []string{r.Verb, resourceText(r.Group, r.Resource, r.Subresource)}
	if r.Name != "" {
		words = append(words, r.Name)
	}
	if r.Namespace != "" && r.Resource != "namespaces" {
		words = append(words, "in "+r.Namespace)
	}
	return strings.Join(words, " ")
}

// resourceText is "deployments.apps/scale". Of every group at once nothing is said.
// The subresource may also stand in the resource, as in rules.
func resourceText(group, resource, subresource string) string {
	if before, below, ok := strings.Cut(resource, "/"); ok {
		resource, subresource = before, below
	}
	text := resource
	if group != "" && !(group == "*" && resource == "*") {
		text += "." + group
	}
	if subresource != "" {
		text += "/" + subresource
	}
	return text
}

// nodeKinds are those by which the Node authorizer decides what a node may do.
func nodeKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Kind: "PersistentVolume"}, {Kind: "Pod"}, {Group: "certificates.k8s.io", Kind: "PodCertificateRequest"}, {Group: "resource.k8s.io", Kind: "ResourceSlice"}, {Group: "storage.k8s.io", Kind: "VolumeAttachment"},
		// How a control plane that runs in the cluster is configured.
		{Group: "apps", Kind: "DaemonSet"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"},
	}
}
