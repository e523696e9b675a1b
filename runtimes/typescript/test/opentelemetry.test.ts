/** Spans and measurements of calls, as the SDK hands them to exporters. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

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
	ATTR_CLIENT_ADDRESS,
	ATTR_CLIENT_PORT,
	ATTR_ERROR_TYPE,
	ATTR_RPC_METHOD,
	ATTR_RPC_STATUS_CODE,
	ATTR_RPC_SYSTEM_NAME,
	ATTR_SERVER_ADDRESS,
	ATTR_SERVER_PORT,
	METRIC_RPC_CLIENT_CALL_DURATION,
	METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";

import { notification } from "../src/codegen.js";
import {
	ConnectionError,
	createClient,
	type InterceptedCall,
	type Interceptor,
	intercept,
	StatusError,
} from "../src/index.js";
import { opentelemetry } from "../src/opentelemetry.js";
import { COUNT, ECHO, echoing, hosted, STREAM, UNARY } from "./served.js";
import {
	answer,
	cancellations,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	frame,
	peer,
	sleep,
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
function sdk() {
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
const SLOW_MS = 20;

const service = { ...Echo, notify: notification(Echo.echo) };

/** A server that echoes, fails or keeps silent, and counts to 2 before it ends, fails or keeps silent. */
async function served(inside: readonly Interceptor[] = []) {
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

function named(method: string, port: number) {
	return {
		[ATTR_RPC_SYSTEM_NAME]: "rapace",
		[ATTR_RPC_METHOD]: method,
		[ATTR_SERVER_ADDRESS]: "127.0.0.1",
		[ATTR_SERVER_PORT]: port,
	};
}

function failed(code: string) {
	return { [ATTR_RPC_STATUS_CODE]: code, [ATTR_ERROR_TYPE]: code };
}

const OK = { [ATTR_RPC_STATUS_CODE]: "OK" };
const UNSET = { code: api.SpanStatusCode.UNSET };

/** Collects garbage, on whatever engine this runs. */
function collector(): () => void {
	const { Bun } = globalThis as { Bun?: { gc(now: true): void } };
	if (Bun !== undefined) {
		return () => Bun.gc(true);
	}
	setFlagsFromString("--expose-gc");
	return runInNewContext("gc") as () => void;
}

describe("a call's span", () => {
	test("says what was called, where, and that it went well", async () => {
		const { echo, span, port } = await served();
		await echo.echo("x");
		const { name, kind, attributes, status, instrumentationScope } = span();
		assert.equal(name, "Echo/echo");
		assert.equal(kind, api.SpanKind.CLIENT);
		assert.deepEqual(attributes, { ...named("Echo/echo", port), ...OK });
		assert.deepEqual(status, UNSET);
		const { version } = JSON.parse(
			readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
		);
		assert.equal(instrumentationScope.name, "rapace/opentelemetry");
		assert.equal(instrumentationScope.version, version);
	});

	for (const [what, word, code] of [
		["a server's error", "missing", "NOT_FOUND"],
		["a code that the protocol does not know", "unknown", "250"],
		["an answer that cannot be read", "spoilt", "INTERNAL"],
	] as const) {
		test(`says the code of ${what}, and not its words`, async () => {
			const { echo, span, port } = await served();
			await failure(echo.echo(word));
			const { attributes, status } = span();
			assert.deepEqual(attributes, {
				...named("Echo/echo", port),
				...failed(code),
			});
			const { code: state, message } = status;
			assert.deepEqual([state, message], [api.SpanStatusCode.ERROR, undefined]);
		});
	}

	test("says that time was up, or that the caller gave up", async () => {
		const { echo, spans } = await served();
		await failure(echo.echo("silence", { timeoutMs: 20 }));
		const leaving = new AbortController();
		const given = failure(echo.echo("silence", { signal: leaving.signal }));
		leaving.abort(new Error("secret reason"));
		await given;
		assert.deepEqual(
			spans().map(({ attributes, status }) => [
				attributes[ATTR_ERROR_TYPE],
				attributes[ATTR_RPC_STATUS_CODE],
				status.message,
			]),
			[
				[
					"DEADLINE_EXCEEDED",
					"DEADLINE_EXCEEDED",
					"Echo.echo: no answer within 20 ms",
				],
				["CANCELLED", "CANCELLED", "Echo.echo: the call was aborted"],
			],
		);
	});

	test("names the type of an error that is none of the runtime's", async () => {
		class Refused extends Error {}
		const thrown = [new Refused("secret"), "secret"];
		const refuse: Interceptor = {
			unary() {
				throw thrown.shift();
			},
		};
		const { echo, spans } = await served([refuse]);
		await failure(echo.echo("x"));
		await failure(echo.echo("x"));
		const outcomes = spans().map(({ attributes, status }) => [
			attributes[ATTR_ERROR_TYPE],
			attributes[ATTR_RPC_STATUS_CODE],
			status,
		]);
		const state = { code: api.SpanStatusCode.ERROR };
		assert.deepEqual(outcomes, [
			["Refused", undefined, state],
			["_OTHER", undefined, state],
		]);
	});

	test("is that of a notification until it is sent", async () => {
		const { echo, span, port, server } = await served();
		await echo.notify("silence");
		assert.deepEqual(span().attributes, { ...named("Echo/echo", port), ...OK });
		await server.until((seen) => seen.length === 1);
	});

	test("is a child of the caller's, and current inside, and not after", async () => {
		const inside: unknown[] = [];
		const { echo, tracerProvider, spans } = await served([
			{
				async unary(call, next) {
					inside.push(api.trace.getActiveSpan()?.spanContext());
					const answer = await next(call);
					inside.push(api.trace.getActiveSpan()?.spanContext());
					return answer;
				},
			},
		]);
		const tracer = tracerProvider.getTracer("caller");
		await tracer.startActiveSpan("caller", async (caller) => {
			await echo.echo("x");
			assert.equal(api.trace.getActiveSpan(), caller);
			caller.end();
		});
		const [call, caller] = spans();
		assert.ok(call !== undefined && caller !== undefined);
		assert.equal(call.parentSpanContext?.spanId, caller.spanContext().spanId);
		assert.equal(call.spanContext().traceId, caller.spanContext().traceId);
		assert.deepEqual(inside, [call.spanContext(), call.spanContext()]);
	});

	test("tells of an address where the server is, and nothing else", async () => {
		const telemetry = sdk();
		const { unary } = opentelemetry(api, telemetry);
		const peers = [
			["tcp://[::1]:9000", "::1", 9000],
			["tls://books.example:9443", "books.example", 9443],
			["ws://books.example/a/b?token=secret", "books.example", 80],
			["wss://user:secret@books.example/", "books.example", 443],
			["wss://books.example:8443?secret", "books.example", 8443],
			["unix:///run/books.sock", "/run/books.sock", undefined],
			["memory://far", undefined, undefined],
		] as const;
		for (const [peer] of peers) {
			const lost = new ConnectionError("lost", `connection lost (${peer})`);
			const call = { method: "Echo.echo", peer } as InterceptedCall;
			await failure(unary?.(call, () => Promise.reject(lost)) ?? assert.fail());
		}
		assert.deepEqual(
			telemetry
				.spans()
				.map(({ attributes, status }) => [
					attributes[ATTR_SERVER_ADDRESS],
					attributes[ATTR_SERVER_PORT],
					status.message,
				]),
			peers.map(([peer, address, port]) => [
				address,
				port,
				`connection lost (${address ?? peer})`,
			]),
		);
	});
});

describe("a stream's span", () => {
	test("lasts until the stream ends, and is never current in its reader", async () => {
		const inside = new Set<unknown>();
		const { echo, tracerProvider, spans, port } = await served([
			{
				async *streaming(call, next) {
					inside.add(api.trace.getActiveSpan()?.spanContext().spanId);
					for await (const item of next(call)) {
						inside.add(api.trace.getActiveSpan()?.spanContext().spanId);
						yield item;
						inside.add(api.trace.getActiveSpan()?.spanContext().spanId);
					}
				},
			},
		]);
		const tracer = tracerProvider.getTracer("caller");
		const items: number[] = [];
		await tracer.startActiveSpan("caller", async (caller) => {
			for await (const item of echo.count(2)) {
				assert.equal(api.trace.getActiveSpan(), caller);
				assert.deepEqual(spans(), []);
				items.push(item);
			}
			assert.equal(api.trace.getActiveSpan(), caller);
			caller.end();
		});
		assert.deepEqual(items, [1, 2]);
		const [call, caller] = spans();
		assert.equal(call?.parentSpanContext?.spanId, caller?.spanContext().spanId);
		assert.deepEqual(call?.attributes, { ...named("Echo/count", port), ...OK });
		assert.deepEqual([...inside], [call?.spanContext().spanId]);
	});

	test("ends without an error when the reader leaves", async () => {
		const { echo, span, port, server } = await served();
		for await (const item of echo.count(9)) {
			assert.equal(item, 1);
			break;
		}
		assert.deepEqual(span().attributes, {
			...named("Echo/count", port),
			...OK,
		});
		assert.deepEqual(span().status, UNSET);
		await server.until((seen) => cancellations(seen).length === 1);
	});

	test("says how the stream failed", async () => {
		const { echo, spans } = await served();
		await failure(collect(echo.count(3)));
		await failure(collect(echo.count(9, { timeoutMs: 20 })));
		assert.deepEqual(
			spans().map(({ attributes, status }) => [
				attributes[ATTR_ERROR_TYPE],
				status.message,
			]),
			[
				["DATA_LOSS", undefined],
				[
					"DEADLINE_EXCEEDED",
					"Echo.count: no item within 20 ms, the call's timeoutMs",
				],
			],
		);
	});

	test("begins with the stream: one that is not read has none", async () => {
		const { echo, server, spans } = await served();
		const stream = echo.count(2)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.return?.(), { value: undefined, done: true });
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		await echo.echo("x");
		assert.deepEqual(
			spans().map(({ name }) => name),
			["Echo/echo"],
		);
		assert.equal(server.seen.length, 1);
	});

	test("ends when nobody can read the stream any more", async () => {
		const collectGarbage = collector();
		const { echo, spans, span } = await served();
		await (async () => {
			await echo.count(9)[Symbol.asyncIterator]().next();
		})();
		for (let i = 0; i < 100 && spans().length === 0; i++) {
			collectGarbage();
			await sleep(10);
		}
		assert.equal(span().attributes[ATTR_RPC_STATUS_CODE], "OK");
	});
});

describe("the metric", () => {
	test("has the conventions' name, unit and bounds, and measures each call by its outcome", async () => {
		const { echo, metric, port } = await served();
		await echo.echo("x");
		await echo.echo("x");
		await failure(echo.echo("missing"));
		const stream = echo.count(2);
		assert.deepEqual(await collect(stream), [1, 2]);
		// Reading on is no further call.
		assert.deepEqual(await collect(stream), []);
		const { scope, metric: found } = await metric();
		assert.equal(scope.name, "rapace/opentelemetry");
		assert.equal(found.descriptor.name, METRIC_RPC_CLIENT_CALL_DURATION);
		assert.equal(found.descriptor.unit, "s");
		const points = found.dataPoints.map(({ attributes, value }) => {
			assert.ok(typeof value === "object" && "buckets" in value);
			assert.deepEqual(
				value.buckets.boundaries,
				[
					0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5,
					10,
				],
			);
			return { attributes, value };
		});
		assert.deepEqual(
			points.map(({ attributes, value }) => [attributes, value.count]),
			[
				[{ ...named("Echo/echo", port), ...OK }, 2],
				[{ ...named("Echo/echo", port), ...failed("NOT_FOUND") }, 1],
				[{ ...named("Echo/count", port), ...OK }, 1],
			],
		);
	});

	test("is in seconds, and no more than the span's", async () => {
		const { echo, metric, span } = await served();
		await echo.echo("slow");
		const [point] = (await metric()).metric.dataPoints;
		assert.ok(typeof point?.value === "object" && "sum" in point.value);
		const { sum = 0 } = point.value;
		const [seconds, nanos] = span().duration;
		// Timers of Node end up to a millisecond early.
		assert.ok(sum >= (SLOW_MS - 1) / 1000, `${sum} s`);
		assert.ok(sum <= seconds + nanos / 1e9 + 0.001, `${sum} s`);
	});

	test("and the spans have nothing of arguments, answers or a server's words", async () => {
		const { echo, metric, spans } = await served();
		await echo.echo("secret argument");
		await failure(echo.echo("missing"));
		await failure(echo.echo("spoilt"));
		await failure(echo.echo({ secret: 1 } as never));
		await failure(collect(echo.count(3)));
		const told = JSON.stringify([
			spans().map(({ name, attributes, status, events }) => [
				name,
				attributes,
				status,
				events,
			]),
			(await metric()).metric,
		]);
		assert.equal(spans().length, 5);
		assert.doesNotMatch(told, /secret|missing|spoilt/);
	});
});

describe("global providers", () => {
	test("serve when none are given, also those that come after the first call", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) =>
			socket.write(answer(channel, DATA | EOS, payload)),
		);
		const connection = await dial(server);
		const echo = createClient(
			Echo,
			intercept(connection, [opentelemetry(api)]),
		);
		await echo.echo("before");
		const telemetry = sdk();
		api.trace.setGlobalTracerProvider(telemetry.tracerProvider);
		api.metrics.setGlobalMeterProvider(telemetry.meterProvider);
		after(() => {
			api.trace.disable();
			api.metrics.disable();
		});
		await echo.echo("x");
		assert.equal(telemetry.span().name, "Echo/echo");
		const { metric } = await telemetry.metric();
		assert.equal(metric.dataPoints.length, 1);
	});
});

describe("interceptors that make calls again", () => {
	test("have a span for all attempts inside of it, and one for each outside", async () => {
		const server = await peer();
		let refusals = 2;
		server.serve(({ channel, payload }, socket) =>
			refusals-- > 0
				? socket.write(answer(channel, ERROR | EOS, status(13, "busy")))
				: socket.write(answer(channel, DATA | EOS, payload)),
		);
		const connection = await dial(server);
		const retry: Interceptor = {
			async unary(call, next) {
				for (;;) {
					try {
						return await next(call);
					} catch (error) {
						if (!(error instanceof StatusError)) {
							throw error;
						}
					}
				}
			},
		};
		const [outer, inner] = [sdk(), sdk()];
		const around = [
			opentelemetry(api, outer),
			retry,
			opentelemetry(api, inner),
		];
		await createClient(Echo, intercept(connection, around)).echo("x");
		assert.equal(outer.span().attributes[ATTR_RPC_STATUS_CODE], "OK");
		const { spanId } = outer.span().spanContext();
		assert.deepEqual(
			inner
				.spans()
				.map(({ attributes, parentSpanContext }) => [
					attributes[ATTR_RPC_STATUS_CODE],
					parentSpanContext?.spanId,
				]),
			[
				["UNAVAILABLE", spanId],
				["UNAVAILABLE", spanId],
				["OK", spanId],
			],
		);
	});
});

describe("calls that a host serves", () => {
	for (const { name, does, status_code, type } of [
		{ name: "one answer", does: undefined, status_code: "OK", type: undefined },
		{
			name: "a status",
			does: new StatusError("NotFound", "secret words"),
			status_code: "NOT_FOUND",
			type: "NOT_FOUND",
		},
		{
			name: "any other failure",
			does: new TypeError("secret words"),
			status_code: "INTERNAL",
			type: "TypeError",
		},
	]) {
		test(`are spans of kind SERVER and measurements: ${name}`, async () => {
			const telemetry = sdk();
			let active: unknown;
			const { peer: caller } = await hosted(
				echoing({
					echo(text) {
						active = api.trace.getActiveSpan();
						if (does !== undefined) {
							throw does;
						}
						return text;
					},
				}),
				{ interceptors: [opentelemetry(api, telemetry)] },
			);
			caller.send(frame(1, ECHO, UNARY, text("secret")));
			await caller.next();
			const span = telemetry.span();
			assert.equal(span, active);
			assert.equal(span.name, "Echo/echo");
			assert.equal(span.kind, api.SpanKind.SERVER);
			const expected = {
				[ATTR_RPC_SYSTEM_NAME]: "rapace",
				[ATTR_RPC_METHOD]: "Echo/echo",
				[ATTR_CLIENT_ADDRESS]: "127.0.0.1",
				[ATTR_CLIENT_PORT]: caller.socket.localPort,
				[ATTR_RPC_STATUS_CODE]: status_code,
				...(type === undefined ? {} : { [ATTR_ERROR_TYPE]: type }),
			};
			assert.deepEqual(span.attributes, expected);
			assert.equal(span.status.message, undefined);
			const { metric } = await telemetry.metric();
			assert.equal(metric.descriptor.name, METRIC_RPC_SERVER_CALL_DURATION);
			assert.deepEqual(metric.dataPoints[0]?.attributes, expected);
		});
	}

	test("streams are spans until they end", async () => {
		const telemetry = sdk();
		const { peer: caller } = await hosted(echoing(), {
			interceptors: [opentelemetry(api, telemetry)],
		});
		caller.send(frame(1, COUNT, STREAM, [2]));
		await caller.next(3);
		assert.equal(telemetry.span().name, "Echo/count");
		assert.equal(telemetry.span().kind, api.SpanKind.SERVER);
	});
});
