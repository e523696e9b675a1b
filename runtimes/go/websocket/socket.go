package websocket

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"rapace"
)

const (
	// lengthBytes is the size of the length in front of a frame on a socket. A message has no length in front.
	lengthBytes = 4
	// shortest is the length of a message with an empty payload.
	shortest = 64
	// closeTimeout is how long Close waits for the close frame of the peer, which rapace's own never send.
	closeTimeout = time.Second
	// keepBytes is the longest buffer that is kept for the next message.
	keepBytes = 256 << 10
	// roomBytes is the least room for the next read.
	roomBytes = 4 << 10
)

// socket sends each frame that is written as a message, and returns each message as a frame. At most one goroutine
// reads and one writes.
type socket struct {
	messages *websocket.Conn
	below    net.Conn
	longest  int
	peer     string               // server or client, for errors
	code     websocket.StatusCode // why the socket is to be closed, when wrong is set
	reason   string
	wrong    atomic.Bool // whether code is not that of the beginning
	closing  sync.Once

	buf  []byte
	held []byte // the part of buf that was not read
}

// Read reads a part of a frame: its length and what is in the message.
func (s *socket) Read(b []byte) (int, error) {
	if len(s.held) == 0 {
		if err := s.receive(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.held)
	s.held = s.held[n:]
	return n, nil
}

// receive reads the next message.
func (s *socket) receive() error {
	// Not for the context of a call: when one is done the library closes the socket.
	kind, message, err := s.messages.Reader(context.Background())
	if err != nil {
		return s.lost(err)
	}
	if kind != websocket.MessageBinary {
		return s.refuse(websocket.StatusUnsupportedData, "a text message: frames are binary")
	}
	if cap(s.buf) > keepBytes {
		s.buf = nil
	}
	s.buf = append(s.buf[:0], make([]byte, lengthBytes)...)
	for {
		s.buf = grown(s.buf)
		n, err := message.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		length := len(s.buf) - lengthBytes
		switch {
		case length > s.longest:
			return s.refuse(websocket.StatusMessageTooBig, "a message exceeds the limit of %d bytes", s.longest)
		case err == io.EOF && length < shortest:
			return s.refuse(websocket.StatusProtocolError, "a message of %d bytes is below that of a descriptor, %d", length, shortest)
		case err == io.EOF:
			binary.LittleEndian.PutUint32(s.buf, uint32(length))
			s.held = s.buf
			return nil
		case err != nil:
			return s.lost(err)
		}
	}
}

// unmaskedText is part of the library's error, which has no type, for a client that does not mask its frames.
const unmaskedText = "unmasked frame from client"

// errCut is the end of the socket below.
var errCut = errors.New("the connection was cut")

// cuttable is a socket whose end is no io.EOF: the library takes that, in the middle of a message, for the end of the
// message.
type cuttable struct{ net.Conn }

// Read reads from the socket.
func (c cuttable) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

// grown returns the buffer with room after its content: as much again, so that the peer sends half of what is
// allocated.
func grown(buf []byte) []byte {
	if cap(buf)-len(buf) >= roomBytes {
		return buf
	}
	larger := make([]byte, len(buf), 2*cap(buf)+roomBytes)
	copy(larger, buf)
	return larger
}

// refuse notes with which code the socket is to be closed, and returns the error.
func (s *socket) refuse(code websocket.StatusCode, format string, args ...any) error {
	s.code, s.reason = code, fmt.Sprintf(format, args...)
	s.wrong.Store(true)
	return &rapace.ProtocolError{Reason: s.reason}
}

// lost returns the error of a socket that is closed, io.EOF for an orderly end.
func (s *socket) lost(err error) error {
	var closed websocket.CloseError
	switch {
	case errors.Is(err, errMasked):
		return s.refuse(websocket.StatusProtocolError, "%v", errMasked)
	case strings.Contains(err.Error(), unmaskedText):
		return s.refuse(websocket.StatusProtocolError, "an unmasked frame: clients mask")
	case errors.As(err, &closed) && (closed.Code == websocket.StatusNormalClosure || closed.Code == websocket.StatusGoingAway):
		return io.EOF
	case errors.As(err, &closed):
		return fmt.Errorf("the %s closed the WebSocket with code %d: %q", s.peer, int(closed.Code), rapace.Quote(closed.Reason))
	case errors.Is(err, errCut):
		return io.EOF
	}
	return err
}

// Write writes whole frames.
func (s *socket) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		end := written + lengthBytes + int(binary.LittleEndian.Uint32(b[written:]))
		if err := s.messages.Write(context.Background(), websocket.MessageBinary, b[written+lengthBytes:end]); err != nil {
			return written, err
		}
		written = end
	}
	return written, nil
}

// Close closes the WebSocket as the protocol has it, as long as that takes no more than a second.
func (s *socket) Close() error {
	s.closing.Do(func() {
		code, reason := websocket.StatusNormalClosure, ""
		if s.wrong.Load() {
			code, reason = s.code, s.reason
		}
		late := time.AfterFunc(closeTimeout, func() { _ = s.lowest().Close() })
		defer late.Stop()
		_ = s.messages.Close(code, reason)
	})
	return nil
}

// lowest returns the socket of the system, which TLS would not close at once.
func (s *socket) lowest() net.Conn {
	if secure, ok := s.below.(interface{ NetConn() net.Conn }); ok {
		return secure.NetConn()
	}
	return s.below
}

// NetConn returns the socket below.
func (s *socket) NetConn() net.Conn { return s.below }

// address is that of a socket below.
type address struct{ net.Addr }

// Network returns websocket: the runtime then knows that frames arrive as messages.
func (address) Network() string { return "websocket" }

// LocalAddr returns this side's address.
func (s *socket) LocalAddr() net.Addr { return address{s.below.LocalAddr()} }

// RemoteAddr returns the peer's address.
func (s *socket) RemoteAddr() net.Addr { return address{s.below.RemoteAddr()} }

// SetDeadline fails: what is to be given up is closed.
func (s *socket) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline fails, as SetDeadline does.
func (s *socket) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline fails, as SetDeadline does.
func (s *socket) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
