package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"rapace"
)

// acceptSuffix is what RFC 6455 has a server append to the key before it is hashed.
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// answers is a transport that fails at once when the answer to a handshake is wrong. The library notices most of that
// too, but then waits for more of the answer, which a server that has switched protocols never ends.
type answers struct{ *http.Transport }

// RoundTrip sends the request of a handshake, and checks the answer.
func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := a.Transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if err := check(response, request.Header.Get("Sec-WebSocket-Key")); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	body, ok := response.Body.(io.ReadWriteCloser)
	if !ok {
		_ = response.Body.Close()
		return nil, errors.New("the server's answer leaves no socket")
	}
	response.Body = &unmasked{ReadWriteCloser: body}
	return response, nil
}

// check returns what is wrong with the answer to a handshake with this key, as RFC 6455, section 4.1 asks. No extension
// and no subprotocol was asked for.
func check(response *http.Response, key string) error {
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the server answered %s", rapace.Quote(response.Status))
	}
	for header, token := range map[string]string{"Upgrade": "websocket", "Connection": "upgrade"} {
		if !hasToken(response.Header.Values(header), token) {
			return wrong(response, header, "must have "+token)
		}
	}
	hash := sha1.Sum([]byte(key + acceptSuffix))
	if response.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(hash[:]) {
		return wrong(response, "Sec-WebSocket-Accept", "is not that of the key")
	}
	for _, header := range []string{"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"} {
		if response.Header.Get(header) != "" {
			return wrong(response, header, "was not asked for")
		}
	}
	return nil
}

// hasToken reports whether a header's lists have this token, in upper or lower case.
func hasToken(lists []string, token string) bool {
	tokens := strings.Split(strings.Join(lists, ","), ",")
	return slices.ContainsFunc(tokens, func(one string) bool { return strings.EqualFold(strings.TrimSpace(one), token) })
}

func wrong(response *http.Response, header, what string) error {
	return fmt.Errorf("the server's %s %q %s", header, rapace.Quote(response.Header.Get(header)), what)
}
