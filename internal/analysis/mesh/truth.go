package mesh

// truth is whether a rule matches the connections of a client: never, always,
// sometimes (those that meet the condition), or nobody knows. The zero value is
// unknown.
type truth struct {
	value     truthValue
	condition string // of sometimes
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
		return when("not (" + t.condition + ")")
	default:
		return t
	}
}

// every is the conjunction.
func every(terms ...truth) truth {
	result := truth{value: always}
	var conditions []string
	for _, t := range terms {
		switch {
		case t.value == never || result.value == never:
			result.value = never
		case t.value == unknown || result.value == unknown:
			result.value = unknown
		case t.value == sometimes:
			result.value = sometimes
			conditions = appendNew(conditions, t.condition)
		}
	}
	if result.value == sometimes {
		result.condition = allOf(conditions)
	}
	return result
}

// some is the disjunction; of nothing, never.
func some(terms ...truth) truth {
	result := truth{value: never}
	var conditions []string
	for _, t := range terms {
		switch {
		case t.value == always || result.value == always:
			result.value = always
		case t.value == unknown || result.value == unknown:
			result.value = unknown
		case t.value == sometimes:
			result.value = sometimes
			conditions = appendNew(conditions, t.condition)
		}
	}
	if result.value == sometimes {
		result.condition = anyOf(conditions)
	}
	return result
}
