package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
)

// tunnel obeys a command that is about a tunnel, and returns nothing for any other.
func (t *testee) tunnel(ctx context.Context, c command) map[string]any {
	switch {
	case c.Tunnel != nil:
		tunnel, err := t.connection().OpenTunnel(*c.Tunnel)
		if err != nil {
			return failed(err)
		}
		t.mu.Lock()
		t.tunnels[c.ID] = tunnel
		t.mu.Unlock()
		return map[string]any{"opened": true}
	case c.Write != nil:
		bytes, err := base64.StdEncoding.DecodeString(c.Bytes.(string))
		if err == nil {
			_, err = t.opened(*c.Write).Write(bytes)
		}
		return done("written", true, err)
	case c.Read != nil:
		bytes := make([]byte, c.Count)
		n, err := io.ReadFull(t.opened(*c.Read), bytes)
		// Both are ReadFull's own words for the end; a lost connection is neither.
		ended := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !ended {
			return failed(err)
		}
		return map[string]any{"bytes": base64.StdEncoding.EncodeToString(bytes[:n]), "end": ended}
	case c.Finish != nil:
		return done("finished", true, t.opened(*c.Finish).CloseWrite())
	case c.Drop != nil:
		return done("dropped", true, t.opened(*c.Drop).Close())
	case c.Pump != nil:
		var bytes int
		if _, err := fmt.Sscan(fmt.Sprint(c.Bytes), &bytes); err != nil {
			panic(err)
		}
		return done("pumped", bytes, pump(t.opened(*c.Pump), bytes))
	}
	return nil
}

func done(what string, value any, err error) map[string]any {
	if err != nil {
		return failed(err)
	}
	return map[string]any{what: value}
}

// pump writes bytes, and reads as many, which must be the same.
func pump(tunnel io.ReadWriter, bytes int) error {
	wrote := make(chan error, 1)
	go func() {
		part := make([]byte, 64<<10)
		for from := 0; from < bytes; from += len(part) {
			part = part[:min(len(part), bytes-from)]
			for i := range part {
				part[i] = pattern(from + i)
			}
			if _, err := tunnel.Write(part); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	part := make([]byte, 64<<10)
	for from := 0; from < bytes; {
		n, err := tunnel.Read(part[:min(len(part), bytes-from)])
		for i := range n {
			if want := pattern(from + i); part[i] != want {
				panic(fmt.Sprintf("byte %d is %#02x, not %#02x", from+i, part[i], want))
			}
		}
		from += n
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return <-wrote
}

func pattern(i int) byte {
	return byte(i*31 + i/256)
}
