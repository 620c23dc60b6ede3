package netpol

func (n *Network) Explain(_, _ Peer, _ Protocol, _ uint16) Explanation { return Explanation{} }
