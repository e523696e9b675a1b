package rapace

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// unixListener listens on a Unix socket, whose file it removes when it is closed, unless that is another's by then.
type unixListener struct {
	net.Listener
	path string
	file os.FileInfo
}

// listenUnix listens on a Unix socket. It replaces one that no process listens on.
func listenUnix(path string) (net.Listener, error) {
	listener, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		listener, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	if unix, ok := listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
	file, err := os.Lstat(path)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return &unixListener{listener, path, file}, nil
}

// removeStale removes a Unix socket that no process listens on. It fails for one that is in use, and for any other file.
func removeStale(path string) error {
	file, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if file.Mode()&os.ModeSocket == 0 {
		return errors.New("the file exists and is not a socket")
	}
	probe, err := net.DialTimeout("unix", path, probeTimeout)
	if err == nil {
		_ = probe.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("address in use: a process listens on the socket")
	}
	return os.Remove(path)
}

// Close stops listening.
func (l *unixListener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.file) {
		_ = os.Remove(l.path)
	}
	return l.Listener.Close()
}
