// Package rapace calls and serves rapace services. It is the runtime of the clients and handlers that rapace gen --lang
// go generates.
//
// A connection is opened with [Dial], and all generated clients of that server share it:
//
//	conn, err := rapace.Dial(ctx, "tcp://127.0.0.1:9000")
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	catalog := bookshop.NewCatalogClient(conn)
//	book, err := catalog.Find(ctx, "978-0")
//
// Everything in this package is safe for concurrent use by several goroutines, unless its documentation says otherwise.
//
// # Connections
//
// [Dial] takes tcp://host:port, unix:///path, tls://host:port, and with [WithWebSocket] ws:// and wss://. A lost
// connection stays lost, unless [WithReconnect] is set. [WithPool] opens several connections, for servers that answer
// one request after another. [WithStateHandler] reports every change of state. [WithInterceptors] adds functions around
// calls, such as that of the package opentelemetry, which is generated with --opt opentelemetry=true.
// [Conn.OpenTunnel] opens a tunnel. For tests there is a fake of each client, and [NewConn] takes an end of [net.Pipe].
//
// # Handlers
//
// A handler implements a service. A [Host] serves it on the connections that it accepts:
//
//	host := rapace.NewHost(bookshop.ServeCatalog(shop{}))
//	err := host.ListenAndServe(ctx, "tcp://127.0.0.1:9000")
//
// [WithHandlers] serves it on a connection that is dialled, and [Host.MemoryConn] in memory. The context of a handler is
// done when its caller cancels the call and when the connection is lost. [CallFrom] returns what else is known of the
// call. [Errorf] makes an error that travels to the caller with its code and message. The caller of any other error, and
// of a panic, gets [CodeInternal] without its text.
//
// # Deadlines and cancellation
//
// A call ends as soon as its context does. Other calls go on, and what the server still sends for the ended call is
// dropped. When the context has no deadline, the timeout of the client applies ([WithTimeout], 30 seconds by default).
// A stream lasts as long as its context. [WithIdleTimeout] bounds the wait for each item.
//
// # Errors
//
// Every error of a call is an [*Error]. Its Code is the kind of failure, and Remote is true when the server sent the
// error. [errors.Is] and [errors.As] find its cause: [context.Canceled] and [context.DeadlineExceeded] (when they
// happened on this side), [ErrClosed], [*DecodeError], [*EncodeError], [*ProtocolError], or the error of the socket.
//
// # Memory
//
// What a call returns shares no memory with the connection. Short strings of an answer, of less than 128 bytes, are cut
// from copies of up to 4 KiB of the answer. Optional strings are allocated up to 16 at once. A program that keeps one
// string for long and drops the rest of the answer can keep a [strings.Clone] instead.
//
// # How Rust's types look in Go
//
//   - u8 … u64, i8 … i64, f32, f64, bool and String are Go's own types. u128 and i128 are [Uint128] and [Int128]. char
//     is rune.
//   - Option<T> is *T, and nil is None. An optional enum with data is the interface itself. Where T is an option, a
//     slice or a map, Option<T> is [Option], so that Some(None) differs from None and an empty list from no list.
//   - Vec<T> is []T, [T; N] is [N]T, a tuple is [Tuple2] and so on, () is struct{}.
//   - HashMap<K, V> is map[K]V and HashSet<T> is [Set]. Where Go cannot compare the key by value, because it holds a
//     slice, a map or a pointer, they are []Entry[K, V] and []T.
//   - A newtype is a defined type where Go has one (type Isbn string), otherwise a struct with the field Value.
//   - An enum without data is a defined integer with constants. An enum with data is an interface that only its
//     variants implement, each of them a struct. A type switch tells them apart.
package rapace
