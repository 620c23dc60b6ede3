package flows

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// columns say where in a record the fields stand.
type columns struct{ source, destination, protocol, port int }

func isCSVHeader(line []byte) bool {
	_, err := readHeader(line)
	return err == nil
}

func readHeader(line []byte) (*columns, error) {
	record, err := readRecord(line)
	if err != nil {
		return nil, err
	}
	for i := range record {
		record[i] = strings.ToLower(strings.TrimSpace(record[i]))
	}
	c := &columns{
		source: slices.Index(record, "source"), destination: slices.Index(record, "destination"),
		protocol: slices.Index(record, "protocol"), port: slices.Index(record, "port"),
	}
	if c.source < 0 || c.destination < 0 || c.port < 0 {
		return nil, errors.New("the header of a csv names source, destination, protocol and port")
	}
	return c, nil
}

func readRecord(line []byte) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(string(line)))
	reader.FieldsPerRecord, reader.TrimLeadingSpace = -1, true
	record, err := reader.Read()
	if err != nil {
		return nil, errors.New("no record of a csv")
	}
	return record, nil
}

// parseCSV reads the header, and then one connection a line. Both sides are an
// address, NAMESPACE/NAME or NAMESPACE/NAME[KIND]; a protocol that is not said is TCP.
// Fields do not span lines.
func (r *fileReader) parseCSV(line []byte) ([]generate.Flow, leftOut, error) {
	if r.columns == nil {
		var err error
		if r.columns, err = readHeader(line); err != nil {
			r.refused = true
		}
		return nil, nothing, err
	}
	record, err := readRecord(line)
	if err != nil {
		return nil, nothing, err
	}
	field := func(column int) string {
		if column < 0 || column >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[column])
	}
	var flow generate.Flow
	if flow.Src, err = parseSide(field(r.columns.source)); err != nil {
		return nil, nothing, err
	}
	if flow.Dst, err = parseSide(field(r.columns.destination)); err != nil {
		return nil, nothing, err
	}
	if flow.Port, err = parsePort(field(r.columns.port)); err != nil {
		return nil, nothing, err
	}
	protocol, known := netpol.ParseProtocol(strings.ToUpper(field(r.columns.protocol)))
	if !known {
		return nil, nothing, fmt.Errorf("%q is no protocol: use TCP, UDP or SCTP", field(r.columns.protocol))
	}
	flow.Protocol = protocol
	return []generate.Flow{flow}, nothing, nil
}

// parseSide reads shop/web[Deployment], shop/web or an address.
func parseSide(text string) (generate.Side, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return generate.Side{Address: address.Unmap().WithZone("")}, nil
	}
	namespace, name, divided := strings.Cut(text, "/")
	kind := ""
	if before, rest, bracket := strings.Cut(name, "["); bracket {
		if kind, bracket = strings.CutSuffix(rest, "]"); !bracket || kind == "" {
			divided = false
		}
		name = before
	}
	if !divided || namespace == "" || name == "" || strings.ContainsAny(name+kind, "/[]") {
		return generate.Side{}, fmt.Errorf("%q is no side of a connection: write NAMESPACE/NAME, NAMESPACE/NAME[KIND] or an address", text)
	}
	switch kind {
	case "Pod":
		return generate.Side{Namespace: namespace, Pod: name}, nil
	case "Service":
		return generate.Side{Namespace: namespace, Service: name}, nil
	default:
		return generate.Side{Namespace: namespace, Kind: kind, Name: name}, nil
	}
}
