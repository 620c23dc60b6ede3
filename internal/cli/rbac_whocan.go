package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

func (a *app) rbacWhoCanCommand() *cobra.Command {
	var f requestFlags
	cmd := &cobra.Command{
		Use:   "who-can VERB RESOURCE [NAME]",
		Short: "List who may do something, and by which rules",
		Long: `Who-can lists every subject that a binding gives the right to, with the binding, the
role and the rule. Without -n it looks everywhere: the scope of a row is the cluster or
the one namespace that the right counts in. A group stands for its members, whom no
object of the cluster lists.`,
		Example: `  holdfast rbac who-can get secrets
  holdfast rbac who-can create pods/exec -n shop
  holdfast rbac who-can delete namespaces shop -f deploy/ -o csv
  holdfast rbac who-can '*' '*'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			namespace := ""
			if f.namespace != "" {
				namespace = f.decidingNamespace(args, f.namespace)
			}
			return a.ask(cmd.Context(), &f.questionFlags, namespace, append(rbacKinds(), nodeKinds()...), func(v *snapshot.View) (report.Answer, error) {
				return a.whoCan(v, &f, args)
			})
		},
	}
	f.questionFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "list only who may in this namespace")
	f.addRequest(cmd.Flags())
	return cmd
}

func (a *app) whoCan(v *snapshot.View, f *requestFlags, args []string) (report.Answer, error) {
	request, err := a.request(v, f, args, f.namespace)
	if err != nil {
		return report.Answer{}, err
	}
	find, what := rbac.WhoCan, requestText(&request)
	if request.Namespace == "" && rbac.MayLieInNamespaces(v.Snapshot().View(), &request) {
		find, what = rbac.WhoCanAnywhere, what+" somewhere"
	}
	grants, complete := find(v, request)
	answer := report.Answer{
		Kind: "RBACGrants", Question: "Who can " + requestText(&request) + "?", Outcome: model.NotApplicable,
		Items: itemsOfGrants(grants), Tables: []report.AnswerTable{grantTable(grants)}, Records: grantRecords(grants),
	}
	subjects := map[rbac.Subject]bool{}
	for i := range grants {
		if s := grants[i].Subject; s.Kind != rbacv1.GroupKind || s.Name != user.SystemPrivilegedGroup {
			subjects[grants[i].Subject.Canonical()] = true
		}
	}
	switch n := len(subjects); {
	case n == 0 && complete:
		answer.Reply = "nobody can " + what + " but members of system:masters"
	case n == 0:
		answer.Reply = "nobody that is known can " + what + " but members of system:masters"
	case n == 1:
		answer.Reply = "1 subject can " + what + ", besides system:masters"
	default:
		answer.Reply = fmt.Sprintf("%d subjects can %s, besides system:masters", n, what)
	}
	if !complete {
		answer.Outcome = model.Unknown
		answer.Reply += "; there may be others"
	}
	return answer, nil
}
