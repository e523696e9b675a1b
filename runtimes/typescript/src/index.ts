/** Client runtime for rapace services: everything that needs no particular platform. */

export type { CallOptions } from "./call.js";
export {
	type ClientOptions,
	createClient,
	DEFAULT_TIMEOUT_MS,
} from "./client.js";
export {
	type Arrangement,
	CONNECT_TIMEOUT_MS,
	type ConnectOptions,
	type Dial,
} from "./connect.js";
export {
	type Connection,
	type ConnectionOptions,
	MAX_STREAM_BYTES,
	MAX_UNSENT_BYTES,
	SingleConnection,
	STREAM_HIGH_WATER_BYTES,
} from "./connection.js";
export {
	type AnyRapaceError,
	type Code,
	ConnectionError,
	DecodeError,
	EncodeError,
	isRapaceError,
	type KnownCode,
	ProtocolError,
	RapaceError,
	StatusError,
} from "./errors.js";
export { createFake } from "./fake.js";
export { MAX_FRAME_BYTES } from "./frame.js";
export {
	byteStream,
	type Intake,
	type MakeIntake,
	messages,
} from "./intake.js";
export {
	type InterceptedCall,
	type Interceptor,
	intercept,
} from "./interceptors.js";
export { memoryTransports } from "./memory.js";
export type { Method, Service } from "./method.js";
export { poolOf } from "./pool.js";
export { connectPort, type PortLike } from "./port.js";
export {
	DECODED_BYTES_PER_FRAME_BYTE,
	MAX_DEPTH,
	MAX_ZERO_SIZED_ITEMS,
	type Some,
} from "./postcard/path.js";
export { type BackoffOptions, backoff } from "./reconnect.js";
export { MAX_ABANDONED_CALLS, MAX_CALLS } from "./session.js";
export {
	type ConnectionState,
	type Logger,
	logStates,
	type OnState,
} from "./states.js";
export type { Transport, TransportEvents } from "./transport.js";
export { openTunnel, type Tunnel } from "./tunnel.js";
