package netpol

import (
	"encoding/binary"
	"slices"
)

// Ports of all protocols stand in one line: port 80 of UDP is 1<<16 + 80.
const (
	portBits  = 16
	portLimit = 3 << portBits
)

func linear(p Protocol, port uint16) uint32 { return uint32(p)<<portBits | uint32(port) }

// portRange is a range in that line, both ends included.
type portRange struct{ from, to uint32 }

func allPorts() []portRange { return []portRange{{0, portLimit - 1}} }

// normal sorts ranges and joins those that touch.
func normal(ranges []portRange) []portRange {
	slices.SortFunc(ranges, func(a, b portRange) int { return int(a.from) - int(b.from) })
	joined := ranges[:0]
	for _, r := range ranges {
		if last := len(joined) - 1; last >= 0 && r.from <= joined[last].to+1 {
			joined[last].to = max(joined[last].to, r.to)
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// run says that a value holds from a port on, up to the next run.
type run struct {
	from  uint32
	value uint8 // an outcome; in a finished row a Verdict
}

// function gives every port of every protocol a value. Functions are known by their
// number in a table: equal functions have equal numbers.
type function int32

// functions is the table of all functions, and of what became of them before. It is
// not safe for concurrent use.
type functions struct {
	runs  [][]run
	known map[string]function
	did   map[step]function
	raw   []byte
}

// step is an operation on one or two functions.
type step struct {
	kind stepKind
	hit  outcome
	a    function
	b    int32 // a function, or the number of a set of ports
}

type stepKind uint8

const (
	meetPorts stepKind = iota // what is not decided at the ports b becomes hit
	meetOther                 // what is not decided becomes what b says
	eitherOne                 // a plugin asks a or b
	perhapsIt                 // a may not apply, for the reason hit
	leaveTier
	finish      // outcomes become verdicts
	bothSides   // a and b are finished, and either can deny
	eitherWorld // a and b are finished, and a plugin can mean either
)

func newFunctions() *functions {
	return &functions{known: map[string]function{}, did: map[step]function{}}
}

// constant is the same for all ports.
func (f *functions) constant(value uint8) function {
	return f.number([]run{{value: value}})
}

// number finds a function in the table, or enters it. Neighbours with one value are
// joined in place.
func (f *functions) number(runs []run) function {
	runs = slices.CompactFunc(runs, func(a, b run) bool { return a.value == b.value })
	f.raw = f.raw[:0]
	for _, r := range runs {
		f.raw = binary.LittleEndian.AppendUint32(f.raw, r.from<<8|uint32(r.value))
	}
	if id, ok := f.known[string(f.raw)]; ok {
		return id
	}
	id := function(len(f.runs))
	f.known[string(f.raw)] = id
	f.runs = append(f.runs, slices.Clone(runs))
	return id
}

// at is the value for one port.
func (f *functions) at(id function, port uint32) uint8 {
	runs := f.runs[id]
	i, found := slices.BinarySearchFunc(runs, port, func(r run, port uint32) int { return int(r.from) - int(port) })
	if !found {
		i--
	}
	return runs[i].value
}

// do carries out a step once and remembers it.
func (f *functions) do(s step, compute func() function) function {
	if done, ok := f.did[s]; ok {
		return done
	}
	done := compute()
	f.did[s] = done
	return done
}

// meet makes hit of what is not decided at some ports. The ranges are those of the
// set of ports with that number.
func (f *functions) meet(id function, ports int32, ranges []portRange, hit outcome) function {
	return f.do(step{kind: meetPorts, hit: hit, a: id, b: ports}, func() function {
		mask := make([]run, 1, 2*len(ranges)+1)
		for _, r := range ranges {
			mask = append(mask, run{from: r.from, value: 1})
			if r.to+1 < portLimit {
				mask = append(mask, run{from: r.to + 1})
			}
		}
		if len(ranges) > 0 && ranges[0].from == 0 {
			mask = mask[1:]
		}
		return f.number(zip(f.runs[id], mask, func(value, inside uint8) uint8 {
			if inside == 0 {
				return value
			}
			return uint8(outcome(value).meet(hit))
		}))
	})
}

// each applies an operation to the value of every port.
func (f *functions) each(kind stepKind, why outcome, id function, op func(outcome) uint8) function {
	return f.do(step{kind: kind, hit: why, a: id}, func() function {
		runs := slices.Clone(f.runs[id])
		for i := range runs {
			runs[i].value = op(outcome(runs[i].value))
		}
		return f.number(runs)
	})
}

// both applies an operation to the values of two functions at every port.
func (f *functions) both(kind stepKind, a, b function, op func(a, b uint8) uint8) function {
	return f.do(step{kind: kind, a: a, b: int32(b)}, func() function {
		return f.number(zip(f.runs[a], f.runs[b], op))
	})
}

// zip walks along two functions.
func zip(a, b []run, op func(a, b uint8) uint8) []run {
	runs := make([]run, 0, len(a)+len(b))
	for i, j := 0, 0; ; {
		runs = append(runs, run{from: max(a[i].from, b[j].from), value: op(a[i].value, b[j].value)})
		nextA, nextB := uint32(portLimit), uint32(portLimit)
		if i+1 < len(a) {
			nextA = a[i+1].from
		}
		if j+1 < len(b) {
			nextB = b[j+1].from
		}
		if nextA == portLimit && nextB == portLimit {
			return runs
		}
		if nextA <= nextB {
			i++
		}
		if nextB <= nextA {
			j++
		}
	}
}
