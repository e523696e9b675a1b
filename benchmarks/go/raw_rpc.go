package main

import (
	"io"
	"net"
	"strings"
	"time"
)

// headerBytes is what stands before the payload of a frame.
const headerBytes = 68

// measureRaw exchanges bytes of the length of our frames with a server that sends them back: what a connection carries
// when nothing is done with the bytes. To keep many frames in flight it sends as many as have come back, all at once.
func measureRaw(address string, budget time.Duration) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
	if err != nil {
		return err
	}
	for _, message := range []struct {
		name  string
		bytes int
	}{{"small", headerBytes + 27}, {"blob", headerBytes + 2 + len(blobValue)}} {
		frames := make([]byte, inFlight*message.bytes)
		one := frames[:message.bytes]
		var took []float64
		for start, warm := time.Now(), budget/5; len(took) == 0 || time.Since(start) < warm+budget; {
			begin := time.Now()
			if _, err := conn.Write(one); err != nil {
				return err
			}
			if _, err := io.ReadFull(conn, one); err != nil {
				return err
			}
			if begin.Sub(start) > warm {
				took = append(took, float64(time.Since(begin)))
			}
		}
		report(message.name, "sequential", middle(took))

		if _, err := conn.Write(frames); err != nil {
			return err
		}
		rest, count := 0, 0
		answer := make([]byte, len(frames))
		start, cpu := time.Now(), processTime()
		for count == 0 || time.Since(start) < budget {
			n, err := conn.Read(answer)
			if err != nil {
				return err
			}
			back := (rest + n) / message.bytes
			rest = (rest + n) % message.bytes
			count += back
			if _, err := conn.Write(frames[:back*message.bytes]); err != nil {
				return err
			}
		}
		wall, cpuTook := time.Since(start), processTime()-cpu
		report(message.name, "in_flight_64", float64(wall)/float64(count))
		report(message.name, "cpu", float64(cpuTook)/float64(count))
		if _, err := io.CopyN(io.Discard, conn, int64(len(frames)-rest)); err != nil {
			return err
		}
	}
	return nil
}
