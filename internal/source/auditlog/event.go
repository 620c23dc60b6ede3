package auditlog

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// event is what is read of an Event of audit.k8s.io: v1 and v1beta1 have these
// fields alike. The bodies of requests and responses are skipped.
type event struct {
	APIVersion   string           `json:"apiVersion"`
	Kind         string           `json:"kind"`
	AuditID      string           `json:"auditID"`
	Stage        auditv1.Stage    `json:"stage"`
	RequestURI   string           `json:"requestURI"`
	Verb         string           `json:"verb"`
	User         account          `json:"user"`
	Impersonated *account         `json:"impersonatedUser"`
	Metadata     *metadata        `json:"authenticationMetadata"`
	Object       *object          `json:"objectRef"`
	Response     *response        `json:"responseStatus"`
	Received     time.Time        `json:"requestReceivedTimestamp"`
	Staged       time.Time        `json:"stageTimestamp"`
	Annotations  annotations      `json:"annotations"`
	Items        []jsontext.Value `json:"items"` // of an EventList
}

type account struct {
	Username string              `json:"username"`
	UID      string              `json:"uid"`
	Groups   []string            `json:"groups"`
	Extra    map[string][]string `json:"extra"`
}

type metadata struct {
	Constraint string `json:"impersonationConstraint"`
}

type object struct {
	Resource    string `json:"resource"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	APIGroup    string `json:"apiGroup"`
	Subresource string `json:"subresource"`
}

type response struct {
	Code int `json:"code"`
}

// annotations are those that the API server's authorization filter writes:
// pkg/endpoints/filters/authorization.go of k8s.io/apiserver.
type annotations struct {
	Decision string `json:"authorization.k8s.io/decision"`
	Reason   string `json:"authorization.k8s.io/reason"`
}

// decode reads an event, or a list of them.
func decode(line []byte, into *event) error {
	if err := unmarshal(line, into); err != nil {
		return err
	}
	version, audit := strings.CutPrefix(into.APIVersion, "audit.k8s.io/")
	switch {
	case !audit || into.Kind != "Event" && into.Kind != "EventList":
		return fmt.Errorf("not an audit event: it is %q of %q", into.Kind, into.APIVersion)
	case version != "v1" && version != "v1beta1":
		return fmt.Errorf("audit.k8s.io/%s is not read: only v1 and v1beta1 are", version)
	}
	return nil
}

// unmarshal reads what an event has. The bodies within are the clients', so they
// may hold what JSON does not like: names twice, bytes that are no UTF-8.
func unmarshal(line []byte, into *event) error {
	*into = event{}
	if err := json.Unmarshal(line, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("not an audit event: %s", plain(err))
	}
	return nil
}

// plain is the error without the prefix of the library.
func plain(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "jsontext: "), "json: ")
}
