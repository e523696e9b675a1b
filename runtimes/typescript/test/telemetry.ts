/** What tests of OpenTelemetry share: providers, and a server whose calls are observed. */

import assert from "node:assert/strict";
import { after } from "node:test";
import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
	DataPointType,
	MeterProvider,
	MetricReader,
} from "@opentelemetry/sdk-metrics";
import {
	BasicTracerProvider,
	InMemorySpanExporter,
	SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
	ATTR_ERROR_TYPE,
	ATTR_RPC_METHOD,
	ATTR_RPC_STATUS_CODE,
	ATTR_RPC_SYSTEM_NAME,
	ATTR_SERVER_ADDRESS,
	ATTR_SERVER_PORT,
} from "@opentelemetry/semantic-conventions";

import { notification } from "../src/codegen.js";
import { createClient, type Interceptor, intercept } from "../src/index.js";
import { opentelemetry } from "../src/opentelemetry.js";
import {
	answer,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	peer,
	status,
	text,
} from "./support.js";

api.context.setGlobalContextManager(
	new AsyncLocalStorageContextManager().enable(),
);
after(() => api.context.disable());

class Reader extends MetricReader {
	protected override async onShutdown() {}
	protected override async onForceFlush() {}
}

/** Providers, and what they have got. */
export function sdk() {
	const exporter = new InMemorySpanExporter();
	const reader = new Reader();
	const tracerProvider = new BasicTracerProvider({
		spanProcessors: [new SimpleSpanProcessor(exporter)],
	});
	return {
		tracerProvider,
		meterProvider: new MeterProvider({ readers: [reader] }),
		spans: () => exporter.getFinishedSpans(),
		/** The only span there is. */
		span() {
			const [span, ...others] = exporter.getFinishedSpans();
			assert.ok(span !== undefined && others.length === 0);
			return span;
		},
		/** The only metric there is. */
		async metric() {
			const { resourceMetrics, errors } = await reader.collect();
			assert.deepEqual(errors, []);
			const metrics = resourceMetrics.scopeMetrics.flatMap((scope) =>
				scope.metrics.map((metric) => ({ scope: scope.scope, metric })),
			);
			const [found, ...others] = metrics;
			assert.ok(found !== undefined && others.length === 0);
			assert.equal(found.metric.dataPointType, DataPointType.HISTOGRAM);
			return found;
		},
	};
}

/** How long the server thinks before it answers `slow`. */
export const SLOW_MS = 20;

const service = { ...Echo, notify: notification(Echo.echo) };

/** A server that echoes, fails or keeps silent, and counts to 2 before it ends, fails or keeps silent. */
export async function served(inside: readonly Interceptor[] = []) {
	const server = await peer();
	server.serve(({ channel, method, payload }, socket) => {
		const word = String.fromCharCode(...payload.subarray(1));
		if (method === Echo.count.id) {
			socket.write(answer(channel, DATA, [1]));
			socket.write(answer(channel, DATA, [2]));
			if (payload[0] === 2) {
				socket.write(answer(channel, EOS));
			} else if (payload[0] === 3) {
				socket.write(answer(channel, ERROR | EOS, status(14, "secret loss")));
			}
		} else if (word === "unknown") {
			socket.write(answer(channel, ERROR | EOS, status(250, "secret 250")));
		} else if (word === "missing") {
			socket.write(answer(channel, ERROR | EOS, status(4, "secret words")));
		} else if (word === "spoilt") {
			socket.write(answer(channel, DATA | EOS, [1]));
		} else if (word === "slow") {
			const late = answer(channel, DATA | EOS, text("secret answer"));
			setTimeout(() => socket.write(late), SLOW_MS);
		} else if (word !== "silence" && channel !== 0) {
			socket.write(answer(channel, DATA | EOS, text("secret answer")));
		}
	});
	const connection = await dial(server);
	const telemetry = sdk();
	const observing = opentelemetry(api, telemetry);
	const echo = createClient(
		service,
		intercept(connection, [observing, ...inside]),
	);
	const port = Number(server.address.split(":").at(-1));
	return { ...telemetry, connection, server, echo, port };
}

/** The attributes of a method at a port. */
export function named(method: string, port: number) {
	return {
		[ATTR_RPC_SYSTEM_NAME]: "rapace",
		[ATTR_RPC_METHOD]: method,
		[ATTR_SERVER_ADDRESS]: "127.0.0.1",
		[ATTR_SERVER_PORT]: port,
	};
}

/** The attributes of a failure. */
export function failed(code: string) {
	return { [ATTR_RPC_STATUS_CODE]: code, [ATTR_ERROR_TYPE]: code };
}

/** The attributes of success. */
export const OK = { [ATTR_RPC_STATUS_CODE]: "OK" };
/** The status of a span that tells none. */
export const UNSET = { code: api.SpanStatusCode.UNSET };
