/** Spans of streams, of calls that are made again, and of calls that a host serves. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as api from "@opentelemetry/api";
import {
	ATTR_CLIENT_ADDRESS,
	ATTR_CLIENT_PORT,
	ATTR_ERROR_TYPE,
	ATTR_RPC_METHOD,
	ATTR_RPC_STATUS_CODE,
	ATTR_RPC_SYSTEM_NAME,
	METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";

import {
	createClient,
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
import { named, OK, sdk, served, UNSET } from "./telemetry.js";

/** Collects garbage, on whatever engine this runs. */
function collector(): () => void {
	const { Bun } = globalThis as { Bun?: { gc(now: true): void } };
	if (Bun !== undefined) {
		return () => Bun.gc(true);
	}
	setFlagsFromString("--expose-gc");
	return runInNewContext("gc") as () => void;
}

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
