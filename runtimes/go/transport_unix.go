//go:build unix

package rapace

import (
	"net"
	"syscall"
)

// immediateWriter returns a function that hands to the socket what it takes without waiting, and returns how much that
// was; nil when the socket is none of the system's. It is not for several goroutines at once. An error counts as
// nothing written: the write of the rest returns it.
func immediateWriter(socket net.Conn) func([]byte) int {
	switch socket.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil
	}
	raw, err := socket.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	var bytes []byte
	var written int
	write := func(fd uintptr) bool {
		n, err := syscall.Write(int(fd), bytes)
		if err != nil {
			n = 0
		}
		written = n
		return true
	}
	return func(b []byte) int {
		bytes, written = b, 0
		_ = raw.Write(write)
		bytes = nil
		return written
	}
}
