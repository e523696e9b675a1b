package main

import (
	"encoding/binary"
	"net"
)

// serveRaw sends back what comes: what Go can do with frames without any meaning. Their lengths are read, so that they
// are counted.
func serveRaw() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	announce("tcp://" + listener.Addr().String())
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go sendBack(conn)
	}
}

func sendBack(conn net.Conn) {
	buf := make([]byte, 64<<10)
	kept := 0 // bytes of a length that has arrived in part
	skip := 0 // bytes of a frame that are still to come
	for {
		n, err := conn.Read(buf[kept:])
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[kept : kept+n]); err != nil {
			return
		}
		data := buf[:kept+n]
		for {
			if skip > len(data) {
				skip -= len(data)
				data = nil
			} else {
				data = data[skip:]
				skip = 0
			}
			if len(data) < 4 {
				break
			}
			served.Add(1)
			skip = 4 + int(binary.LittleEndian.Uint32(data))
		}
		kept = copy(buf, data)
	}
}
