package mesh_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
)

// No spec panics, neither when it is read nor when it is asked.
func FuzzAuthorizationPolicy(f *testing.F) {
	f.Add(`{"metadata":{"name":"a"},"spec":{"action":"DENY","rules":[{"from":[{"source":{"ipBlocks":["::/129"]}}],"when":[{"key":""}]}]}}`)
	f.Add(`{"spec":{"targetRef":{"kind":"Service"},"rules":[null,{}],"selector":null}}`)
	f.Add(`{"spec":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := mesh.AuthorizationPolicies.Decode([]byte(text))
		if err != nil {
			return
		}
		p.Spec.Targets()
		if every := p.Spec.EveryRequest(); every >= len(p.Spec.Rules) || len(p.Spec.RequestRules()) > len(p.Spec.Rules) {
			t.Errorf("%s: rule %d of %d", text, every, len(p.Spec.Rules))
		}
	})
}
