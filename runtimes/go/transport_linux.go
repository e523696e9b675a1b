package rapace

import (
	"net"
	"syscall"
)

// quickAcknowledger returns a function that makes Linux acknowledge at once what has been received, or nil when the
// socket is not a TCP socket. The system forgets the option soon, so it is set again each time.
func quickAcknowledger(socket net.Conn) func() {
	tcp, ok := beneath(socket).(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	set := func(fd uintptr) {
		// Should the option be refused, the answer is late but right.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	}
	return func() { _ = raw.Control(set) }
}
