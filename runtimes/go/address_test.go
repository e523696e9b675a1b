package rapace

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, test := range []struct {
		text string
		want address
	}{
		{"tcp://host:9000", address{network: "tcp", dial: "host:9000", host: "host"}},
		{"tcp://[::1]:9000", address{network: "tcp", dial: "[::1]:9000", host: "::1"}},
		{"unix:///run/a b", address{network: "unix", dial: "/run/a b"}},
		{"tls://host:9000", address{network: "tcp", dial: "host:9000", host: "host", tls: true}},
		{"ws://host", address{network: "tcp", dial: "host:80", host: "host", url: "ws://host"}},
		{"ws://host:9000/a/b?c=d", address{network: "tcp", dial: "host:9000", host: "host", url: "ws://host:9000/a/b?c=d"}},
		{"wss://[::1]/a", address{network: "tcp", dial: "[::1]:443", host: "::1", tls: true, url: "wss://[::1]/a"}},
	} {
		test.want.text = strings.Replace(test.text, "?c=d", "?...", 1)
		if got, err := parseAddress(test.text); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"", "host:1", "http://host:1", "tcp://", "tcp://host", "tcp://host:", "tls://host", "unix://",
		"ws://", "ws:///path", "ws://user@host", "wss://host:1#part", "TCP://host:1"} {
		_, err := parseAddress(text)
		if err == nil || CodeOf(err) != CodeInvalidArgument || !strings.Contains(err.Error(), "wss://host[:port][/path]") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
