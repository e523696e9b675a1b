// Package rapace calls services of Rust's rapace 0.5 over TCP, Unix sockets, TLS and WebSockets.
//
// A [Conn] is one session with a server; the generated clients of all services of that server share it:
//
//	conn, err := rapace.Dial(ctx, "tcp://127.0.0.1:9000")
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	catalog := bookshop.NewCatalogClient(conn)
//	book, err := catalog.Find(ctx, "978-0")
//
// Everything in this package may be used by several goroutines at once, unless it says otherwise.
//
// # Connections
//
// [Dial] takes tcp://host:port, unix:///path, tls://host:port, and with [WithWebSocket] ws:// and wss://. A connection
// that is lost stays lost, unless [WithReconnect] says otherwise; [WithPool] opens several, for servers that answer one
// request after another; [WithStateHandler] hears of every change. [WithInterceptors] stand around calls, among them
// that of the package opentelemetry, which is there when code was generated with --opt opentelemetry=true.
// [Conn.OpenTunnel] gives the bytes of a tunnel. For tests there is a fake of each client, and [NewConn] takes an end
// of [net.Pipe].
//
// # Deadlines and cancellation
//
// A call ends when its context does, at once and without disturbing any other call: what the server still sends for it
// is dropped. A context without a deadline gets the client's timeout ([WithTimeout], 30 seconds by default). A stream
// may last, and be quiet, as long as its context lets it; [WithIdleTimeout] bounds the wait for each item.
//
// # Errors
//
// Every error of a call is an [*Error]. Its Code tells what happened, and Remote whether the server said so. Its cause
// is found by [errors.Is] and [errors.As]: [context.Canceled] and [context.DeadlineExceeded] (for what happened on this
// side only), [ErrClosed], [*DecodeError], [*EncodeError], [*ProtocolError], or the error of the socket.
//
// # Memory
//
// What a call returns shares no memory with the connection. The short strings of an answer, of less than 128 bytes, are
// cut from copies of up to 4 KiB of it, and its optional strings are allocated up to 16 at once: who keeps one of them
// for long and drops the rest may want to keep a [strings.Clone].
//
// # How Rust's types look in Go
//
//   - u8 … u64, i8 … i64, f32, f64, bool and String are Go's own; u128 and i128 are [Uint128] and [Int128]; char is rune.
//   - Option<T> is *T, and nil is None. An optional enum with data is the interface itself. Nested options are nested
//     pointers, so that Some(None), a pointer to nil, differs from None.
//   - Vec<T> is []T, [T; N] is [N]T, a tuple is [Tuple2] and so on, () is struct{}.
//   - HashMap<K, V> is map[K]V and HashSet<T> is [Set]. Where Go cannot compare the key by value (it holds a slice, a map
//     or a pointer) they are []Entry[K, V] and []T.
//   - A newtype is a defined type where Go has one (type Isbn string), otherwise a struct with the field Value.
//   - An enum without data is a defined integer with constants. An enum with data is an interface that only its variants
//     implement, each a struct: switch on its type.
package rapace
