package netpol

// outcome is the set of what can still happen to a connection on its way through the
// policies of one side, with the reasons why there is more than one possibility.
// Where something is not known, each possibility is followed: what is the same in all
// of them is certain.
type outcome uint8

// The possibilities: not decided yet, passed on to the next tier, allowed, denied.
const (
	next outcome = 1 << iota
	passed
	allowed
	denied
	unsure // some of it is not known
	open   // some of it is left to the network plugin
)

const decisions = passed | allowed | denied

// meet says what becomes of a connection that meets something which makes result of
// whatever is not decided yet.
func (o outcome) meet(result outcome) outcome {
	if o&next == 0 {
		return o
	}
	return o&^next | result
}

// either is the outcome of two policies of which a plugin asks one that matches,
// whichever it likes.
func (o outcome) either(other outcome) outcome {
	result := (o|other)&^next | o&other&next
	if o&decisions != 0 && other&decisions != 0 && more(result&decisions) {
		result |= open
	}
	return result
}

func more(o outcome) bool { return o&(o-1) != 0 }

// perhaps is the outcome of a policy that may not apply at all.
func (o outcome) perhaps(why outcome) outcome {
	if o == next {
		return o
	}
	return o | next | why
}

// leave is the outcome behind a tier: what passed goes on.
func (o outcome) leave() outcome {
	if o&passed == 0 {
		return o
	}
	return o&^passed | next
}

// verdict is what comes out behind all tiers, where Kubernetes lets through what
// nobody decided.
func (o outcome) verdict() Verdict {
	if o&(next|passed) != 0 {
		o |= allowed
	}
	switch {
	case o&denied == 0:
		return Allowed
	case o&allowed == 0:
		return Denied
	case o&unsure == 0 && o&open != 0:
		return Undefined
	default:
		return Unknown
	}
}
