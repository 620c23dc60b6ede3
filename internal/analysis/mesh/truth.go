package mesh

// truth is whether a rule matches the connections of a client: never, always,
// sometimes (those that meet the condition), or nobody knows. The zero value is
// unknown.
type truth struct {
	value     truthValue
	condition formula // of sometimes
}

type truthValue uint8

const (
	unknown truthValue = iota
	never
	sometimes
	always
)

// when is true of what meets a condition in words.
func when(condition string) truth {
	return truth{value: sometimes, condition: formula{{limit{verb: condition}}}}
}

// whenField is true where a field has one of the values, or with isNot and isNotIn
// none of them.
func whenField(what, verb string, values []string) truth {
	return truth{value: sometimes, condition: formula{{limit{what, verb, words(values)}}}}
}

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
		return truth{value: sometimes, condition: t.condition.not()}
	default:
		return t
	}
}

// every is the conjunction, of nothing always; some is the disjunction, of nothing never.
func every(terms ...truth) truth { return fold(terms, never, always, formula.and) }
func some(terms ...truth) truth  { return fold(terms, always, never, formula.or) }

// fold combines terms of which one with the value decides settles it, and those with
// the value neutral change nothing.
func fold(terms []truth, decides, neutral truthValue, join func(formula, formula) formula) truth {
	var condition formula
	uncertain := false
	for _, t := range terms {
		switch t.value {
		case decides:
			return truth{value: decides}
		case unknown:
			uncertain = true
		case sometimes:
			if condition == nil {
				condition = t.condition
			} else {
				condition = join(condition, t.condition)
			}
		}
	}
	switch {
	case uncertain:
		return truth{}
	case condition == nil:
		return truth{value: neutral}
	default:
		return truth{value: sometimes, condition: condition}
	}
}
