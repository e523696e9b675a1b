/** The options of a connection, from the contract's `options`. */

import { readFileSync } from "node:fs";

import {
	backoff,
	type ConnectionState,
	type HostOptions,
	type NodeConnectOptions,
	poolOf,
} from "../generated/dist/rapace/node.js";

/** `options` of `connect`. */
export interface Options {
	timeout_ms?: number;
	connect_timeout_ms?: number;
	limits?: {
		max_frame_bytes?: number;
		max_decoded_bytes?: number;
		max_stream_bytes?: number;
		stream_high_water_bytes?: number;
		max_unsent_bytes?: number;
		max_calls?: number;
		max_abandoned_calls?: number;
	};
	tls?: { ca?: string; cert?: string; key?: string; server_name?: string };
	reconnect?: { initial_ms?: number; max_ms?: number; attempts?: number };
	pool?: number;
	states?: boolean;
	max_served_calls?: number;
	max_served_bytes?: number;
	max_connections?: number;
	idle_timeout_ms?: number;
	error_texts?: boolean;
	first_channel?: 1 | 2;
	echo?: boolean;
}

/** What the options say of serving, as options of the runtime. */
export function servingOptions(options: Options): HostOptions {
	const { limits = {} } = options;
	return {
		maxFrameBytes: limits.max_frame_bytes,
		maxDecodedBytes: limits.max_decoded_bytes,
		maxStreamBytes: limits.max_stream_bytes,
		streamHighWaterBytes: limits.stream_high_water_bytes,
		maxUnsentBytes: limits.max_unsent_bytes,
		maxCalls: limits.max_calls,
		maxAbandonedCalls: limits.max_abandoned_calls,
		maxServedCalls: options.max_served_calls,
		maxServedBytes: options.max_served_bytes,
		maxConnections: options.max_connections,
		idleTimeoutMs: options.idle_timeout_ms,
		errorTexts: options.error_texts,
		firstChannel: options.first_channel,
		// Lines of a log are no answers. Only a command that fails writes to standard error.
		logger: { warn() {}, error() {} },
	};
}

/** The same as options of the runtime. `say` hears of states, when they are asked for. */
export function connectOptions(
	options: Options,
	say: (line: object) => void,
): NodeConnectOptions {
	const { limits = {}, tls, reconnect, pool } = options;
	return {
		timeoutMs: options.connect_timeout_ms,
		maxFrameBytes: limits.max_frame_bytes,
		maxDecodedBytes: limits.max_decoded_bytes,
		maxStreamBytes: limits.max_stream_bytes,
		streamHighWaterBytes: limits.stream_high_water_bytes,
		maxUnsentBytes: limits.max_unsent_bytes,
		maxCalls: limits.max_calls,
		maxAbandonedCalls: limits.max_abandoned_calls,
		tls: tls && {
			...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) }),
			...(tls.cert === undefined ? {} : { cert: readFileSync(tls.cert) }),
			...(tls.key === undefined ? {} : { key: readFileSync(tls.key) }),
			...(tls.server_name === undefined ? {} : { servername: tls.server_name }),
		},
		reconnect:
			reconnect &&
			backoff({
				initialMs: reconnect.initial_ms,
				maxMs: reconnect.max_ms,
				attempts: reconnect.attempts,
			}),
		pool: pool === undefined ? undefined : poolOf(pool),
		onState: options.states
			? ({ state }: ConnectionState) => say({ state })
			: undefined,
	};
}
