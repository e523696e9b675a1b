package rapace

import (
	"math/rand/v2"
	"time"
)

// Reconnect sets how often a lost connection is opened again. A field that is zero has its default.
type Reconnect struct {
	// Initial is the longest pause before the first attempt. It doubles before each further attempt, up to Max. The
	// pause itself is random, so that the clients of a server that was restarted do not connect all at once. Defaults
	// 100 ms and 10 s.
	Initial, Max time.Duration
	// Attempts is how many attempts in a row may fail before the connection is closed. Default 0, without end. An
	// attempt has also failed when its connection is lost within 5 seconds and without having answered a call. A
	// connection that answers a call or lives longer ends the row, and makes the pauses short again.
	Attempts int
}

func (r Reconnect) withDefaults() Reconnect {
	if r.Initial <= 0 {
		r.Initial = 100 * time.Millisecond
	}
	if r.Max <= 0 {
		r.Max = 10 * time.Second
	}
	r.Max = max(r.Max, r.Initial)
	return r
}

// pause returns how long to wait after so many failed attempts.
func (r Reconnect) pause(failed int) time.Duration {
	most := r.Initial
	for range failed {
		if most > r.Max/2 {
			most = r.Max
			break
		}
		most *= 2
	}
	return rand.N(most + 1)
}
