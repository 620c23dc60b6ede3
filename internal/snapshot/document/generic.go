package document

import (
	"go.yaml.in/yaml/v3"

	"github.com/go-json-experiment/json/jsontext"

	"holdfast.dev/holdfast/internal/snapshot"
)

// generic turns an object of a kind that is not known by type into JSON, with
// scalars typed as kubectl types them.
func (w *walk) generic(node *yaml.Node) any {
	if node.Kind != yaml.MappingNode {
		return snapshot.Undecodable{Reason: "is no map"}
	}
	return snapshot.JSON(w.appendJSON(nil, node, node.Line, snapshot.RootPath))
}

// appendJSON appends a tree as JSON and notes the lines of its fields.
func (w *walk) appendJSON(out []byte, node *yaml.Node, line int, hash snapshot.PathHash) []byte {
	node = resolve(node)
	if !w.spend(line) {
		return append(out, "null"...)
	}
	w.note(hash, line)
	return w.appendNode(out, node, hash)
}

func (w *walk) appendNode(out []byte, node *yaml.Node, hash snapshot.PathHash) []byte {
	switch node.Kind {
	case yaml.MappingNode:
		return w.appendMap(out, node, hash)
	case yaml.SequenceNode:
		out = append(out, '[')
		for i, item := range node.Content {
			if i > 0 {
				out = append(out, ',')
			}
			w.pushIndex(i)
			out = w.appendJSON(out, item, item.Line, hash.Index(i))
			w.pop()
		}
		return append(out, ']')
	default:
		return w.appendScalar(out, node)
	}
}

func (w *walk) appendMap(out []byte, node *yaml.Node, hash snapshot.PathHash) []byte {
	out = append(out, '{')
	pairs := w.pairs(node)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		if i > 0 {
			out = append(out, ',')
		}
		w.push(key.Value)
		w.checkKey(key)
		out = append(quoteJSON(out, key.Value), ':')
		out = w.appendJSON(out, value, lineOf(key, value), hash.Child(key.Value))
		w.pop()
	}
	return append(out, '}')
}

func (w *walk) appendScalar(out []byte, node *yaml.Node) []byte {
	if w.isMetadataText() && node.Value != "" {
		w.unquoted(node)
		return quoteJSON(out, node.Value)
	}
	if w.foreignTag(node) {
		return quoteJSON(out, node.Value)
	}
	switch meant, raw := senseOf(node); meant {
	case text:
		return quoteJSON(out, node.Value)
	case noNumber:
		w.refuse(node.Line, "kubectl cannot send what is not a finite number: quote it")
		return quoteJSON(out, node.Value)
	default:
		return append(out, raw...)
	}
}

// isMetadataText reports whether the path is one that is text in every object.
func (w *walk) isMetadataText() bool {
	if len(w.path) < 2 || w.path[0].Key != "metadata" {
		return false
	}
	switch w.path[1].Key {
	case "name", "namespace", "generateName":
		return len(w.path) == 2
	case "labels", "annotations":
		return len(w.path) == 3
	default:
		return false
	}
}

// quoteJSON appends a JSON string. It does not fail: what is no UTF-8 is replaced.
func quoteJSON(out []byte, value string) []byte {
	out, _ = jsontext.AppendQuote(out, value)
	return out
}
