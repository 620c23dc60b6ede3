package network

import (
	"net/netip"
)

// metadataAddresses are where cloud providers serve instance metadata.
func metadataAddresses() [3]netip.Addr {
	return [3]netip.Addr{
		netip.AddrFrom4([4]byte{169, 254, 169, 254}),                           // AWS, Azure, Google Cloud, OpenStack and others
		netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 14: 0x02, 15: 0x54}), // AWS: fd00:ec2::254
		netip.AddrFrom16([16]byte{0xfd, 0x20, 0x00, 0xce, 14: 0x02, 15: 0x54}), // Google Cloud: fd20:ce::254
	}
}
