package report

import (
	"strings"
	"unicode/utf8"
)

// font is how a text is set.
type font struct {
	class string
	size  float64
	bold  bool
	line  float64 // from one line to the next
}

func kindFont() font   { return font{"kind", 11, false, 16} }
func labelFont() font  { return font{"label", 14, true, 18} }
func detailFont() font { return font{"detail", 12, false, 16} }

// slack makes up for fonts a little wider than the one that was measured.
const slack = 1.04

// width is how wide visible text is at most, in pixels.
func (f font) width(s string) float64 {
	total := 0
	for _, r := range s {
		total += advance(r)
		if f.bold {
			total += 56 // that much more a bold letter takes at most
		}
	}
	return float64(total) / 1000 * f.size * slack
}

// advance is how wide a character is, in thousandths of the font size: of Helvetica,
// which Arial and Liberation Sans are made to match, from the font metrics that
// Adobe publishes. Others are taken as wide as they can be.
func advance(r rune) int {
	switch r {
	case '\'':
		return 191
	case 'i', 'j', 'l':
		return 222
	case '|':
		return 260
	case ' ', '!', ',', '.', '/', ':', ';', 'I', '[', '\\', ']', 'f', 't':
		return 278
	case '(', ')', '-', '`', 'r':
		return 333
	case '{', '}':
		return 334
	case '"':
		return 355
	case '*':
		return 389
	case '^':
		return 469
	case 'J', 'c', 'k', 's', 'v', 'x', 'y', 'z':
		return 500
	case '+', '<', '=', '>', '~':
		return 584
	case 'F', 'T', 'Z':
		return 611
	case '&', 'A', 'B', 'E', 'K', 'P', 'S', 'V', 'X', 'Y':
		return 667
	case 'C', 'D', 'H', 'N', 'R', 'U', 'w':
		return 722
	case 'G', 'O', 'Q':
		return 778
	case 'M', 'm':
		return 833
	case '%':
		return 889
	case 'W':
		return 944
	case '…':
		return 1000
	case '@':
		return 1015
	}
	switch {
	case r < utf8.RuneSelf:
		return 556
	case r < 0x2000:
		return 850
	default:
		return 1100
	}
}

// fit cuts the middle out of visible text so that it is at most so wide: of a name
// both ends tell something.
func (f font) fit(s string, width float64) string {
	if f.width(s) <= width {
		return s
	}
	runes := []rune(s)
	room := width - f.width("…")
	head, tail := 0, len(runes)
	for used := 0.0; head < tail; {
		next := runes[head]
		last := head > len(runes)-tail
		if last {
			next = runes[tail-1]
		}
		if used += f.width(string(next)); used > room {
			break
		}
		if last {
			tail--
		} else {
			head++
		}
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// wrap breaks visible text into at most so many lines, where names have their joints;
// a last line that is too long loses its middle.
func (f font) wrap(s string, width float64, lines int) []string {
	var list []string
	for len(list) < lines-1 && f.width(s) > width {
		cut := f.cut(s, width)
		list = append(list, strings.TrimRight(s[:cut], " "))
		s = strings.TrimLeft(s[cut:], " ")
	}
	return append(list, f.fit(s, width))
}

// cut is where a first line ends: behind the last joint in its second half, or else
// where it is full.
func (f font) cut(s string, width float64) int {
	used, full, joint := 0.0, 0, 0
	for i, r := range s {
		if used += f.width(string(r)); used > width && i > 0 {
			break
		}
		full = i + utf8.RuneLen(r)
		if strings.ContainsRune(" -:./,_@", r) && used > width/2 {
			joint = full
		}
	}
	if joint > 0 {
		return joint
	}
	return full
}
