/** Client runtime for rapace services: everything that needs no particular platform. */

export { type ClientOptions, createClient } from "./client.js";
export type {
	ConnectOptions,
	ConnectStrategy,
	MakeConnection,
} from "./connect.js";
export { type Connection, SingleConnection } from "./connection.js";
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
export { byteStream, messages } from "./intake.js";
export {
	type InterceptedCall,
	type Interceptor,
	intercept,
} from "./interceptors.js";
export type { Intake, Layer, LayerEvents, MakeIntake } from "./layer.js";
export {
	CONNECT_TIMEOUT_MS,
	DECODED_BYTES_PER_FRAME_BYTE,
	DEFAULT_TIMEOUT_MS,
	MAX_ABANDONED_CALLS,
	MAX_CALLS,
	MAX_DEPTH,
	MAX_FRAME_BYTES,
	MAX_STREAM_BYTES,
	MAX_UNSENT_BYTES,
	MAX_ZERO_SIZED_ITEMS,
	STREAM_HIGH_WATER_BYTES,
} from "./limits.js";
export { memoryLayers } from "./memory.js";
export type { Method, Service } from "./method.js";
export type { CallOptions } from "./options.js";
export { poolOf } from "./pool.js";
export { connectPort, type PortLike } from "./port.js";
export type { Some } from "./postcard/path.js";
export { type BackoffOptions, backoff } from "./reconnecting.js";
export {
	type ConnectionState,
	type Logger,
	logStates,
	type OnState,
} from "./states.js";
export { openTunnel, type Tunnel } from "./tunnel.js";
export type { ConnectionOptions } from "./wire.js";
