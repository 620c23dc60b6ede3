package kube

import (
	"errors"
	"fmt"
	"mime"
	"reflect"
	"regexp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	acceptJSON     = "application/json"
	mediaProtobuf  = "application/vnd.kubernetes.protobuf"
	acceptProtobuf = mediaProtobuf + "," + acceptJSON
)

// protobufObject is what the types of k8s.io/api have.
type protobufObject interface{ Unmarshal([]byte) error }

// accept asks for protobuf where the Go type can read it.
func (t *target) accept() string {
	if t.goType != nil && reflect.PointerTo(t.goType).Implements(reflect.TypeFor[protobufObject]()) {
		return acceptProtobuf
	}
	return acceptJSON
}

// page is one answer to a list: undecoded objects, and where to go on.
type page struct {
	items    [][]byte // parts of the answer
	token    string   // "" at the end
	protobuf bool
}

// errGarbage says that an answer is not what was asked for.
var errGarbage = errors.New("the API server's answer cannot be understood")

func garbage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errGarbage, fmt.Sprintf(format, args...))
}

// parsePage takes an answer apart without decoding the objects in it. An answer
// that is no list is never taken for an empty one.
func parsePage(a *answer, t *target) (*page, error) {
	media, _, err := mime.ParseMediaType(a.contentType)
	if err != nil {
		media = "no content type"
	}
	switch media {
	case mediaProtobuf:
		if t.accept() != acceptProtobuf {
			return nil, garbage("it is protobuf, asked for was JSON")
		}
		return parseProtobuf(a.body, t)
	case acceptJSON:
		return parseJSON(a.body)
	default:
		return nil, garbage("it is %q instead of a list", media)
	}
}

// parseJSON reads {"kind": "PodList", "metadata": {"continue": ...}, "items": [...]}.
func parseJSON(body []byte) (*page, error) {
	var list struct {
		Kind     string `json:"kind"`
		Metadata struct {
			Continue string `json:"continue"`
		} `json:"metadata"`
		Items *[]jsontext.Value `json:"items"`
	}
	if err := json.Unmarshal(body, &list, jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, garbage("it is no valid JSON list")
	}
	if list.Items == nil && !hasItems(body) {
		return nil, garbage("it is a %q without items", clip(list.Kind))
	}
	p := &page{token: list.Metadata.Continue}
	if list.Items != nil {
		p.items = make([][]byte, len(*list.Items))
		for i, item := range *list.Items {
			p.items[i] = item
		}
	}
	return p, nil
}

// hasItems reports whether the list says "items": null, as some servers write an
// empty one.
func hasItems(body []byte) bool {
	var fields struct {
		Items jsontext.Value `json:"items"`
	}
	return json.Unmarshal(body, &fields, jsontext.AllowInvalidUTF8(true)) == nil && fields.Items != nil
}

func clip(s string) string { return s[:min(len(s), 100)] }

// The messages of protobuf answers, with the numbers of their fields. They are
// part of the API: k8s.io/apimachinery/pkg/runtime/generated.proto (Unknown,
// TypeMeta), pkg/apis/meta/v1/generated.proto (ListMeta), and in every list type
// metadata is 1 and items 2.
const (
	protobufMagic = "k8s\x00"

	fieldTypeMeta = 1 // of Unknown
	fieldRaw      = 2
	fieldKind     = 2 // of TypeMeta
	fieldMetadata = 1 // of a list, and of every object
	fieldItems    = 2
	fieldContinue = 3 // of ListMeta
)

// openEnvelope returns the kind of a protobuf answer and its message.
func openEnvelope(body []byte) (kind string, raw []byte, err error) {
	if len(body) < len(protobufMagic) || string(body[:len(protobufMagic)]) != protobufMagic {
		return "", nil, garbage("it is no protobuf of Kubernetes")
	}
	var typeMeta []byte
	err = eachField(body[len(protobufMagic):], func(field protowire.Number, value []byte) {
		switch field {
		case fieldTypeMeta:
			typeMeta = value
		case fieldRaw:
			raw = value
		}
	})
	if err != nil {
		return "", nil, err
	}
	err = eachField(typeMeta, func(field protowire.Number, value []byte) {
		if field == fieldKind {
			kind = string(value)
		}
	})
	return kind, raw, err
}

func parseProtobuf(body []byte, t *target) (*page, error) {
	kind, raw, err := openEnvelope(body)
	if err != nil {
		return nil, err
	}
	if kind != t.resource.kind+"List" {
		return nil, garbage("it is a %q, asked for was a %sList", clip(kind), t.resource.kind)
	}
	p := &page{protobuf: true}
	var metadata []byte
	if err := eachField(raw, func(field protowire.Number, value []byte) {
		switch field {
		case fieldMetadata:
			metadata = value
		case fieldItems:
			p.items = append(p.items, value)
		}
	}); err != nil {
		return nil, err
	}
	return p, eachField(metadata, func(field protowire.Number, value []byte) {
		if field == fieldContinue {
			p.token = string(value)
		}
	})
}

// eachField calls f with each length-delimited field of a protobuf message.
func eachField(message []byte, f func(protowire.Number, []byte)) error {
	for len(message) > 0 {
		number, wireType, n := protowire.ConsumeTag(message)
		if n < 0 {
			return garbage("its protobuf is broken")
		}
		message = message[n:]
		if wireType == protowire.BytesType {
			value, n := protowire.ConsumeBytes(message)
			if n < 0 {
				return garbage("its protobuf is broken")
			}
			f(number, value)
			message = message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, wireType, message); n < 0 {
			return garbage("its protobuf is broken")
		}
		message = message[n:]
	}
	return nil
}

// forbiddenUser finds who was refused in the message of the API server's
// authorizer (k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go).
var forbiddenUser = regexp.MustCompile(`^[^:]* is forbidden: User "([^"]+)" cannot `)

// userOf returns who was refused, or "".
func userOf(err error) string {
	var status *statusError
	if errors.As(err, &status) {
		if match := forbiddenUser.FindStringSubmatch(status.message); match != nil {
			return match[1]
		}
	}
	return ""
}
