//go:build !unix

package rapace

import "net"

// immediateWriter returns nil: sockets of this system cannot be asked what they take without waiting.
func immediateWriter(net.Conn) func([]byte) int {
	return nil
}
