package auditpolicy

import (
	"testing"

	auditinternal "k8s.io/apiserver/pkg/apis/audit"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/apiserver/pkg/audit/policy"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"pgregory.net/rapid"
)

// The API server's own evaluator must agree on every policy and request.
func TestDecideAgreesWithAPIServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &auditv1.Policy{Rules: rapid.SliceOfN(rules(), 0, 4).Draw(t, "rules")}
		var converted auditinternal.Policy
		if err := auditv1.Convert_v1_Policy_To_audit_Policy(p, &converted, nil); err != nil {
			t.Fatal(err)
		}
		r := request().Draw(t, "request")
		want := policy.NewPolicyRuleEvaluator(&converted).EvaluatePolicyRule(attributes(&r))
		if got := Decide(p, &r); string(got.Level) != string(want.Level) {
			t.Fatalf("%+v: level %s, the API server says %s", r, got.Level, want.Level)
		}
	})
}

func some(values ...string) *rapid.Generator[[]string] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID)
}

func rules() *rapid.Generator[auditv1.PolicyRule] {
	return rapid.Custom(func(t *rapid.T) auditv1.PolicyRule {
		rule := auditv1.PolicyRule{
			Level:      auditv1.Level(rapid.SampledFrom([]string{"None", "Metadata", "Request", "RequestResponse"}).Draw(t, "level")),
			Users:      some("jane", "root").Draw(t, "users"),
			UserGroups: some("system:masters", "dev").Draw(t, "groups"),
			Verbs:      some("get", "create").Draw(t, "verbs"),
			Namespaces: some("shop", "").Draw(t, "namespaces"),
		}
		if rapid.Bool().Draw(t, "paths") {
			rule.NonResourceURLs = some("*", "/healthz*", "/version", "/metrics/**").Draw(t, "urls")
		}
		for range rapid.IntRange(0, 2).Draw(t, "resources") {
			rule.Resources = append(rule.Resources, auditv1.GroupResources{
				Group:         rapid.SampledFrom([]string{"", "apps", "*"}).Draw(t, "group"),
				Resources:     some("pods", "pods/exec", "*", "*/exec", "pods/*", "secrets", "*/*").Draw(t, "names"),
				ResourceNames: some("example", "other").Draw(t, "resourceNames"),
			})
		}
		return rule
	})
}

func request() *rapid.Generator[Request] {
	return rapid.Custom(func(t *rapid.T) Request {
		r := Request{
			User:   rapid.SampledFrom([]string{"jane", "root", "else"}).Draw(t, "user"),
			Groups: some("system:masters", "dev", "ops").Draw(t, "groups"),
			Verb:   rapid.SampledFrom([]string{"get", "create", "list"}).Draw(t, "verb"),
		}
		if rapid.Bool().Draw(t, "url") {
			r.Path = rapid.SampledFrom([]string{"/healthz", "/healthz/etcd", "/version", "/metrics/x"}).Draw(t, "path")
			return r
		}
		r.APIGroup = rapid.SampledFrom([]string{"", "apps"}).Draw(t, "apiGroup")
		r.Resource = rapid.SampledFrom([]string{"pods", "secrets"}).Draw(t, "resource")
		r.Subresource = rapid.SampledFrom([]string{"", "exec"}).Draw(t, "subresource")
		r.Namespace = rapid.SampledFrom([]string{"", "shop", "kube-system"}).Draw(t, "namespace")
		r.Name = rapid.SampledFrom([]string{"", "example"}).Draw(t, "name")
		return r
	})
}

func attributes(r *Request) authorizer.Attributes {
	return authorizer.AttributesRecord{
		User: &user.DefaultInfo{Name: r.User, Groups: r.Groups}, Verb: r.Verb, APIGroup: r.APIGroup, Resource: r.Resource,
		Subresource: r.Subresource, Namespace: r.Namespace, Name: r.Name, Path: r.Path, ResourceRequest: r.Path == "",
	}
}
