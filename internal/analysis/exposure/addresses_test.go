package exposure

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestWholeFamily(t *testing.T) {
	for _, test := range []struct {
		blocks []string
		v4, v6 bool
	}{
		{[]string{"0.0.0.0/0"}, true, false},
		{[]string{"::/0"}, false, true},
		{[]string{"0.0.0.0/1", "128.0.0.0/1"}, true, false},
		{[]string{"128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2", "10.0.0.0/8"}, true, false},
		{[]string{"0.0.0.0/1"}, false, false},
		{[]string{"128.0.0.0/1"}, false, false},
		{[]string{"0.0.0.0/2", "128.0.0.0/1"}, false, false},
		{[]string{"::/1", "8000::/1"}, false, true},
		{[]string{"1.2.3.4/0"}, true, false},
		{nil, false, false},
	} {
		prefixes := ParsePrefixes(test.blocks)
		if v4, v6 := WholeFamily(prefixes, false), WholeFamily(prefixes, true); v4 != test.v4 || v6 != test.v6 {
			t.Errorf("%v: %v, %v", test.blocks, v4, v6)
		}
	}
}

// A family that is whole stays whole when a block is cut in two, and is not whole
// when a block that nothing else covers is taken out.
func TestWholeFamilyOfHalves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
		for range rapid.IntRange(1, 20).Draw(t, "cuts") {
			i := rapid.IntRange(0, len(blocks)-1).Draw(t, "cut")
			low := netip.PrefixFrom(blocks[i].Addr(), blocks[i].Bits()+1)
			high := netip.PrefixFrom(last(low).Next(), low.Bits())
			blocks[i] = low
			blocks = append(blocks, high)
		}
		if !WholeFamily(blocks, false) {
			t.Fatalf("%v is whole", blocks)
		}
		i := rapid.IntRange(0, len(blocks)-1).Draw(t, "take out")
		blocks = append(blocks[:i:i], blocks[i+1:]...)
		if WholeFamily(blocks, false) {
			t.Fatalf("%v is not whole", blocks)
		}
	})
}

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, host string
		covers        bool
	}{
		{"shop.example.com", "Shop.example.com", true},
		{"*.example.com", "shop.example.com", true},
		{"*.example.com", "a.shop.example.com", false},
		{"*.example.com", "example.com", false},
		{"*.example.com", "*.example.com", true},
		{"*.example.com", "*.shop.example.com", false},
	} {
		if Covers(test.pattern, test.host) != test.covers {
			t.Errorf("Covers(%s, %s) is not %v", test.pattern, test.host, test.covers)
		}
	}
}
