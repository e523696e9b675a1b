package rapace

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// address is where a server is, and how it is spoken to.
type address struct {
	text    string // as it was written, but for a WebSocket's query, which may be a secret
	network string // tcp or unix; of a socket that was not dialled here, what it says
	dial    string // host:port, or the path of the socket
	host    string // what a certificate must be for
	tls     bool
	// url is that of the WebSocket; empty unless it is one.
	url string
}

// parseAddress reads one of the forms that an address has.
func parseAddress(text string) (address, error) {
	a := address{text: text, network: "tcp"}
	scheme, rest, _ := strings.Cut(text, "://")
	ok := rest != ""
	switch scheme {
	case "unix":
		a.network, a.dial = "unix", rest
	case "tcp", "tls":
		a.dial, a.tls = rest, scheme == "tls"
		host, port, err := net.SplitHostPort(rest)
		a.host = host
		ok = err == nil && port != ""
	case "ws", "wss":
		u, err := url.Parse(text)
		if ok = err == nil && u.Hostname() != "" && u.User == nil && u.Fragment == ""; ok {
			port := u.Port()
			if port == "" {
				port = map[string]string{"ws": "80", "wss": "443"}[scheme]
			}
			a.host, a.tls, a.url = u.Hostname(), scheme == "wss", text
			a.dial = net.JoinHostPort(a.host, port)
			if shown, _, found := strings.Cut(text, "?"); found {
				a.text = shown + "?..."
			}
		}
	default:
		ok = false
	}
	if !ok {
		const forms = "tcp://host:port, tls://host:port, unix:///path, ws://host[:port][/path] or wss://host[:port][/path]"
		return address{}, &Error{Code: CodeInvalidArgument, Message: fmt.Sprintf("address %q is none of %s", text, forms)}
	}
	return a, nil
}

// peer returns the address as it was written, without the query of a WebSocket's. That of a socket which was not dialled here
// is what the socket says; a pipe has none.
func (a address) peer() string {
	if !strings.Contains(a.text, "://") {
		if a.network != "tcp" && a.network != "unix" {
			return ""
		}
		return a.dial
	}
	return strings.TrimSuffix(a.text, "?...")
}
