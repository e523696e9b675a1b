package rapace

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// dialInTurn is the dialer when the user gives none. A host with several addresses is reached at the one that answers
// first: each is tried soon after the one before, which need not have failed ("Happy Eyeballs", RFC 8305). [net.Dialer]
// does so with the first of either family alone, and waits for a silent one of the same family until half of the time
// is over.
func dialInTurn(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	host, port, err := net.SplitHostPort(address)
	if network != "tcp" || err != nil || host == "" {
		return dialer.DialContext(ctx, network, address)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return dialer.DialContext(ctx, network, address)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return firstOf(ctx, alternating(addresses), dialPeriod, func(ctx context.Context, to netip.Addr) (net.Conn, error) {
		return dialer.DialContext(ctx, network, net.JoinHostPort(to.String(), port))
	})
}

// alternating returns the addresses with the families in turn, beginning with that of the first.
func alternating(addresses []netip.Addr) []netip.Addr {
	var families [2][]netip.Addr
	for _, address := range addresses {
		// Resolvers may write addresses of version 4 as ones of version 6.
		address = address.Unmap()
		family := 0
		if address.Is4() != addresses[0].Unmap().Is4() {
			family = 1
		}
		families[family] = append(families[family], address)
	}
	ordered := make([]netip.Addr, 0, len(addresses))
	for i := range addresses {
		for _, family := range families {
			if i < len(family) {
				ordered = append(ordered, family[i])
			}
		}
	}
	return ordered
}

// attempt is how dialling one address went.
type attempt struct {
	socket net.Conn
	err    error
}

// firstOf dials addresses in turn, the next one when the one before has failed or a period has gone by, until one is
// reached. It returns the first failure when none is. Nothing of the others is left when it returns, provided that dial
// returns when its context is done.
func firstOf[A any](ctx context.Context, addresses []A, period time.Duration, dial func(context.Context, A) (net.Conn, error)) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	attempts := make(chan attempt)
	var found attempt
	begun, running := 0, 0
	next := func() {
		if begun == len(addresses) {
			return
		}
		to := addresses[begun]
		begun++
		running++
		go func() {
			socket, err := dial(ctx, to)
			attempts <- attempt{socket, err}
		}()
	}
	turn := time.NewTicker(period)
	defer turn.Stop()
	for next(); running > 0; {
		select {
		case <-turn.C:
			next()
		case one := <-attempts:
			running--
			switch {
			case one.err == nil && found.socket == nil:
				found = one
				cancel()
				begun = len(addresses)
			case one.err == nil:
				_ = one.socket.Close()
			case found.socket == nil:
				if found.err == nil {
					found.err = one.err
				}
				turn.Reset(period)
				next()
			}
		}
	}
	cancel()
	return found.socket, found.err
}
