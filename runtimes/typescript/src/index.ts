/** Client runtime for rapace services: everything that needs no particular platform. */

export type { Branded } from "./branded.js";
export { type ClientOptions, createClient } from "./client.js";
export type {
	ConnectOptions,
	ConnectStrategy,
	MakeConnection,
} from "./connect.js";
export { type Connection, SingleConnection } from "./connection.js";
export {
	type AnyRapaceError,
	Code,
	ConnectionError,
	type DeclaredError,
	DecodeError,
	EncodeError,
	isRapaceError,
	JsonError,
	type KnownCode,
	ProtocolError,
	RapaceError,
	StatusError,
} from "./errors.js";
export { createFake } from "./fake.js";
export type { ServingLogger, ServingOptions } from "./handlers/options.js";
export { serve } from "./handlers/serve.js";
export type {
	Awaitable,
	HandledService,
	HandlerOf,
} from "./handlers/service.js";
export {
	type CloseOptions,
	createHost,
	type Door,
	Host,
	type HostOptions,
} from "./host.js";
export { byteStream, messages } from "./intake.js";
export {
	type InterceptedCall,
	type Interceptor,
	intercept,
} from "./interceptors.js";
export {
	type Form,
	fromJson,
	type JsonValue,
	toJson,
} from "./json/form.js";
export type { Intake, Layer, LayerEvents, MakeIntake } from "./layer.js";
export {
	CONNECT_TIMEOUT_MS,
	DECODED_BYTES_PER_FRAME_BYTE,
	DEFAULT_TIMEOUT_MS,
	GRACE_MS,
	HANDSHAKE_TIMEOUT_MS,
	MAX_ABANDONED_CALLS,
	MAX_CALLS,
	MAX_CONNECTIONS,
	MAX_DEPTH,
	MAX_FRAME_BYTES,
	MAX_SERVED_BYTES,
	MAX_SERVED_CALLS,
	MAX_STREAM_BYTES,
	MAX_UNSENT_BYTES,
	MAX_ZERO_SIZED_ITEMS,
	STREAM_HIGH_WATER_BYTES,
} from "./limits.js";
export {
	type MemoryOptions,
	memoryConnection,
	memoryLayers,
} from "./memory.js";
export type { Method, Service } from "./method.js";
export type { CallOptions } from "./options.js";
export { poolOf } from "./pool.js";
export { connectPort, type PortLike } from "./port.js";
export type { Some } from "./postcard/path.js";
export { type BackoffOptions, backoff } from "./reconnecting.js";
export { ResultError } from "./result.js";
export type { ServedCall } from "./served-call.js";
export {
	type ConnectionState,
	type Logger,
	logStates,
	type OnState,
} from "./states.js";
export { openTunnel, type Tunnel } from "./tunnel.js";
export type { ConnectionOptions, Handler } from "./wire.js";
