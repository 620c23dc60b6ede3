package mesh

// truth is whether a rule matches the connections of a client: never, always,
// sometimes (those that meet the condition), or nobody knows. The zero value is
// unknown.
type truth struct {
	value     truthValue
	condition string // of sometimes
	opposite  string // the condition that this one denies, or ""
}

type truthValue uint8

const (
	unknown truthValue = iota
	never
	sometimes
	always
)

func when(condition string) truth { return truth{value: sometimes, condition: condition} }

func truthOf(b bool) truth {
	if b {
		return truth{value: always}
	}
	return truth{value: never}
}

func not(t truth) truth {
	switch t.value {
	case never:
		return truth{value: always}
	case always:
		return truth{value: never}
	case sometimes:
		if t.opposite != "" {
			return truth{value: sometimes, condition: t.opposite, opposite: t.condition}
		}
		return truth{value: sometimes, condition: "not (" + t.condition + ")", opposite: t.condition}
	default:
		return t
	}
}

// every is the conjunction, of nothing always; some is the disjunction, of nothing never.
func every(terms ...truth) truth { return fold(terms, never, always, allOf) }
func some(terms ...truth) truth  { return fold(terms, always, never, anyOf) }

// fold combines terms of which one with the value decides settles it, and those with
// the value neutral change nothing.
func fold(terms []truth, decides, neutral truthValue, join func([]string) string) truth {
	var open []truth
	var conditions []string
	uncertain := false
	for _, t := range terms {
		switch t.value {
		case decides:
			return truth{value: decides}
		case unknown:
			uncertain = true
		case sometimes:
			if n := len(conditions); len(appendNew(conditions, t.condition)) > n {
				conditions, open = append(conditions, t.condition), append(open, t)
			}
		}
	}
	switch {
	case uncertain:
		return truth{}
	case len(open) == 0:
		return truth{value: neutral}
	case len(open) == 1:
		return open[0]
	default:
		return when(join(conditions))
	}
}
