/** Spans and measurements of calls, as the SDK hands them to exporters. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import * as api from "@opentelemetry/api";
import {
	ATTR_ERROR_TYPE,
	ATTR_RPC_STATUS_CODE,
	ATTR_SERVER_ADDRESS,
	ATTR_SERVER_PORT,
	METRIC_RPC_CLIENT_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";

import {
	ConnectionError,
	createClient,
	type InterceptedCall,
	type Interceptor,
	intercept,
} from "../src/index.js";
import { opentelemetry } from "../src/opentelemetry.js";
import {
	answer,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	failure,
	peer,
} from "./support.js";
import { failed, named, OK, SLOW_MS, sdk, served, UNSET } from "./telemetry.js";

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
