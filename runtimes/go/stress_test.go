package rapace

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestTenThousandCallsAtOnce(t *testing.T) {
	const calls = 10_000
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	var group sync.WaitGroup
	for i := range uint32(calls) {
		group.Go(func() {
			if got, err := echo(t.Context(), client, i); got != i || err != nil {
				t.Errorf("call %d: %d, %v", i, got, err)
			}
		})
	}
	// All of them are under way before the first is answered.
	for conn.Stats().InFlight != calls {
		time.Sleep(time.Millisecond)
	}
	go peer.serve()
	group.Wait()
	if stats := conn.Stats(); stats.InFlight != 0 || stats.Dropped != 0 {
		t.Errorf("%+v", stats)
	}
}

// chaos passes bytes on in pieces of all lengths, and cuts a connection now and then.
type chaos struct {
	listener net.Listener
	target   string
	cuts     atomic.Int64
	running  sync.WaitGroup
}

func startChaos(t *testing.T, target string) *chaos {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &chaos{listener: listener, target: target}
	c.running.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", c.target)
			if err != nil {
				_ = near.Close()
				continue
			}
			c.running.Go(func() { c.pass(near, far) })
			c.running.Go(func() { c.pass(far, near) })
		}
	})
	t.Cleanup(func() { listener.Close(); c.running.Wait() })
	return c
}

func (c *chaos) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf[:1+rand.IntN(len(buf))])
		if err != nil {
			return
		}
		if rand.IntN(2_000) == 0 {
			c.cuts.Add(1)
			// In the middle of a frame, as like as not.
			_, _ = to.Write(buf[:rand.IntN(n)])
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// serveAnything answers calls with their payload and streams with numbers, late ones among them.
func (p *peer) serveAnything() {
	defer p.socket.Close()
	for {
		f := p.receive()
		switch {
		case f.flags == 0:
			return
		case f.flags&flagControl != 0 || f.channel == 0:
		case f.flags&flagNoReply != 0:
			for i := range byte(20) {
				p.send(f.channel, flagData, string([]byte{i}))
			}
			p.send(f.channel, flagEOS, "")
		case rand.IntN(20) == 0:
			time.AfterFunc(time.Duration(rand.IntN(3))*time.Millisecond, func() {
				p.send(f.channel, flagData|flagEOS, string(f.payload))
			})
		default:
			p.send(f.channel, flagData|flagEOS, string(f.payload))
		}
	}
}

// Whatever is cancelled, late, left or cut: no answer is lost, mixed up or leaked. RAPACE_SOAK_CALLS sets how long.
func TestSoak(t *testing.T) {
	calls := 20_000
	if text := os.Getenv("RAPACE_SOAK_CALLS"); text != "" {
		var err error
		if calls, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	s := startServer(t, (*peer).serveAnything)
	proxy := startChaos(t, s.address)
	var right, cancelled, late, lost atomic.Int64
	outcome := func(err error) {
		var failed *Error
		switch {
		case err == nil:
			right.Add(1)
		case errors.Is(err, context.Canceled):
			cancelled.Add(1)
		case errors.Is(err, context.DeadlineExceeded):
			late.Add(1)
		case errors.As(err, &failed) && failed.Code == CodeUnavailable && !failed.Remote:
			lost.Add(1)
		default:
			t.Errorf("error %v", err)
		}
	}
	begin := runtime.NumGoroutine()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	conn, err := Dial(t.Context(), "tcp://"+proxy.listener.Addr().String(), soon())
	if err != nil {
		t.Fatal(err)
	}
	client := NewClient(conn)
	var next atomic.Uint32
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for i := next.Add(1); i <= uint32(calls); i = next.Add(1) {
				ctx, cancel := context.WithCancel(t.Context())
				switch i % 8 {
				case 0:
					time.AfterFunc(time.Duration(rand.IntN(300))*time.Microsecond, cancel)
				case 1:
					var stop context.CancelFunc
					ctx, stop = context.WithTimeout(ctx, time.Duration(rand.IntN(2000))*time.Microsecond)
					time.AfterFunc(2*time.Millisecond, stop)
				}
				if i%5 == 0 {
					outcome(soakStream(ctx, client, rand.IntN(40)))
				} else {
					got, err := echo(ctx, client, i)
					if err == nil && got != i {
						t.Errorf("call %d was answered %d", i, got)
					}
					outcome(err)
				}
				cancel()
			}
		})
	}
	group.Wait()
	if got := conn.Stats().InFlight; got != 0 {
		t.Errorf("%d calls are left", got)
	}
	conn.Close()
	proxy.listener.Close()
	proxy.running.Wait()
	s.stop()
	s.running.Wait()
	told := right.Load() + cancelled.Load() + late.Load() + lost.Load()
	t.Logf("%d right, %d cancelled, %d late, %d lost by %d cuts", right.Load(), cancelled.Load(), late.Load(), lost.Load(), proxy.cuts.Load())
	if told != int64(calls) || right.Load() < int64(calls)/2 {
		t.Errorf("%d outcomes of %d calls", told, calls)
	}
	for range 300 {
		if runtime.NumGoroutine() <= begin {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > begin {
		t.Errorf("%d goroutines before, %d after", begin, now)
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+8<<20 {
		t.Errorf("%d bytes in use before, %d after", before.HeapAlloc, after.HeapAlloc)
	}
}

// soakStream reads a stream of twenty numbers, as many as it wants.
func soakStream(ctx context.Context, client *Client, wanted int) error {
	got := uint32(0)
	for item, err := range count(ctx, client) {
		if err != nil {
			return err
		}
		if item != got {
			return errors.New("items are mixed up")
		}
		if got++; int(got) == wanted {
			return nil
		}
	}
	if got != 20 {
		return io.ErrUnexpectedEOF
	}
	return nil
}
