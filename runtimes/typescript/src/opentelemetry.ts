/** OpenTelemetry: a span and a measurement of each call, by the semantic conventions for RPC, version 1.45.0. */

import { type AnyRapaceError, isRapaceError } from "./errors.js";
import { whenForgotten } from "./forgotten.js";
import type { InterceptedCall, Interceptor } from "./interceptors.js";
import type {
	Attributes,
	Context,
	Histogram,
	MeterProvider,
	OpenTelemetryApi,
	Span,
	TracerProvider,
} from "./opentelemetry/api.js";

export type { MeterProvider, OpenTelemetryApi, TracerProvider };

/** Name and version of tracer and meter: this module's, wherever it was written, and the runtime's. */
const SCOPE = ["rapace/opentelemetry", "0.1.0"] as const;

/** The duration of a call, in seconds, and the bounds of its histogram's buckets that the conventions advise. */
const DURATION = "rpc.client.call.duration";
const BOUNDS = [
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** What {@link opentelemetry} may be told. */
export interface OpenTelemetryOptions {
	/** Makes the spans. Default: the provider that is registered globally when a call is made. */
	readonly tracerProvider?: TracerProvider | undefined;
	/** Takes the measurements. Default: as above. */
	readonly meterProvider?: MeterProvider | undefined;
}

/**
 * An interceptor that makes a span of kind CLIENT of each call, and measures how long it takes. As the first of a
 * connection's interceptors it sees calls as their callers do; behind one that makes calls again it sees each attempt.
 *
 * `api` is the module `@opentelemetry/api`. The span is the current one while what is inside runs, and never in the caller's
 * code between the items of a stream. Arguments, answers and what a server says of a failure are in neither span nor metric.
 * rapace 0.5.0 has no place in its frames for a context, so a server's spans are not children of these.
 */
export function opentelemetry(
	api: OpenTelemetryApi,
	options: OpenTelemetryOptions = {},
): Interceptor {
	const begin = observer(api, options);
	return {
		async unary(call, next) {
			const observed = begin(call, api.context.active());
			try {
				const answer = await observed.run(() => next(call));
				observed.end();
				return answer;
			} catch (error) {
				observed.fail(error);
				throw error;
			}
		},
		streaming(call, next) {
			const parent = api.context.active();
			return new ObservedStream(
				() => begin(call, parent),
				() => next(call),
			);
		},
	};
}

/** What begins to observe calls, within a context. */
function observer(api: OpenTelemetryApi, options: OpenTelemetryOptions) {
	const tracerOf = remembered((provider: TracerProvider) =>
		provider.getTracer(...SCOPE),
	);
	const durationsOf = remembered((provider: MeterProvider) =>
		provider.getMeter(...SCOPE).createHistogram(DURATION, {
			description:
				"Measures the duration of an outgoing Remote Procedure Call (RPC).",
			unit: "s",
			advice: { explicitBucketBoundaries: BOUNDS },
		}),
	);
	return (call: InterceptedCall, parent: Context): Observed => {
		const { tracerProvider = api.trace.getTracerProvider() } = options;
		const { meterProvider = api.metrics.getMeterProvider() } = options;
		const method = call.method.replace(".", "/");
		const attributes = {
			"rpc.system.name": "rapace",
			"rpc.method": method,
			...serverAt(call.peer),
		};
		const kind = api.SpanKind.CLIENT;
		const span = tracerOf(tracerProvider).startSpan(
			method,
			{ kind, attributes },
			parent,
		);
		const durations = durationsOf(meterProvider);
		return new Observed(api, call.peer, attributes, span, parent, durations);
	};
}

/** What is made of a provider: once, and anew when another one was registered meanwhile. */
function remembered<Provider, Made>(make: (provider: Provider) => Made) {
	let last: { readonly provider: Provider; readonly made: Made } | undefined;
	return (provider: Provider): Made => {
		if (last?.provider !== provider) {
			last = { provider, made: make(provider) };
		}
		return last.made;
	};
}

/** A call whose span runs, until it ends or fails; only the first of these counts. */
class Observed {
	private readonly api: OpenTelemetryApi;
	private readonly peer: string;
	private readonly attributes: Attributes;
	private readonly span: Span;
	private readonly context: Context;
	private readonly durations: Histogram;
	private readonly begun = performance.now();
	private over = false;

	constructor(
		api: OpenTelemetryApi,
		peer: string,
		attributes: Attributes,
		span: Span,
		parent: Context,
		durations: Histogram,
	) {
		this.api = api;
		this.peer = peer;
		this.attributes = attributes;
		this.span = span;
		this.context = api.trace.setSpan(parent, span);
		this.durations = durations;
	}

	/** Runs `task` with the span as the current one. */
	run<Result>(task: () => Result): Result {
		return this.api.context.with(this.context, task);
	}

	/** Nothing went wrong. */
	end(): void {
		this.settle({ "rpc.status_code": "OK" });
	}

	fail(error: unknown): void {
		if (isRapaceError(error)) {
			const code = nameOf(error);
			const outcome = { "rpc.status_code": code, "error.type": code };
			this.settle(outcome, { message: this.messageOf(error) });
		} else {
			this.settle({ "error.type": classOf(error) }, {});
		}
	}

	/** What may be told of an error: not the words of a server, nor what may quote arguments, answers or the whole address. */
	private messageOf(error: AnyRapaceError): string | undefined {
		const { kind, message } = error;
		const own = kind === "connection" || (kind === "status" && !error.remote);
		const { "server.address": host = this.peer } = this.attributes;
		return own ? message.split(this.peer).join(`${host}`) : undefined;
	}

	private settle(
		outcome: Attributes,
		failure?: { readonly message?: string | undefined },
	): void {
		if (this.over) {
			return;
		}
		this.over = true;
		const seconds = (performance.now() - this.begun) / 1000;
		this.span.setAttributes(outcome);
		if (failure !== undefined) {
			this.span.setStatus({ code: this.api.SpanStatusCode.ERROR, ...failure });
		}
		this.span.end();
		const attributes = { ...this.attributes, ...outcome };
		this.durations.record(seconds, attributes, this.context);
	}
}

/** Ends the spans of streams that nobody can read any more, whose calls the runtime gives up. */
const forgotten = /* @__PURE__ */ whenForgotten<Observed>((observed) =>
	observed.end(),
);

/** A stream whose span begins when the first item is asked for, as the call does. */
class ObservedStream implements AsyncIterableIterator<unknown> {
	private readonly begin: () => Observed;
	private readonly make: () => AsyncIterable<unknown>;
	private observed: Observed | undefined;
	private items: AsyncIterator<unknown> | undefined;
	private left = false;

	constructor(begin: () => Observed, make: () => AsyncIterable<unknown>) {
		this.begin = begin;
		this.make = make;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	async next(): Promise<IteratorResult<unknown>> {
		if (this.left) {
			return DONE;
		}
		if (this.observed === undefined) {
			this.observed = this.begin();
			forgotten?.register(this, this.observed);
		}
		const { observed } = this;
		try {
			const result = await observed.run(() => {
				this.items ??= this.make()[Symbol.asyncIterator]();
				return this.items.next();
			});
			if (result.done) {
				observed.end();
			}
			return result;
		} catch (error) {
			observed.fail(error);
			throw error;
		}
	}

	async return(): Promise<IteratorResult<unknown>> {
		this.left = true;
		const { observed, items } = this;
		try {
			await observed?.run(() => items?.return?.());
			observed?.end();
		} catch (error) {
			observed?.fail(error);
			throw error;
		}
		return DONE;
	}
}

const DONE = { value: undefined, done: true } as const;

/** A code as telemetry spells it: `NOT_FOUND`, and `250` for one that the protocol does not know. */
function nameOf({ code, number }: AnyRapaceError): string {
	return code.startsWith("Code(")
		? `${number}`
		: code.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

/** The class of an error, of whatever realm; `_OTHER` for what is none. */
function classOf(error: unknown): string {
	const { stack, constructor: type } = Object(error) as {
		stack?: unknown;
		constructor?: { name?: unknown };
	};
	const name = type?.name;
	return typeof stack === "string" && typeof name === "string"
		? name
		: "_OTHER";
}

const UNIX = /^unix:\/\/(.+)$/s;
const HOST =
	/^(tcp|tls|wss?):\/\/(?:[^@/?#]*@)?(?:\[([^\]]+)\]|([^:/?#]+))(?::(\d+))?/;

/** Where a peer is, as far as its address tells. What else stands there, such as a path with a token, is left out. */
function serverAt(peer: string): Attributes {
	const path = UNIX.exec(peer)?.[1];
	if (path !== undefined) {
		return { "server.address": path };
	}
	const [, scheme, six, name, digits] = HOST.exec(peer) ?? [];
	const host = six ?? name;
	if (host === undefined) {
		return {};
	}
	const port = digits ?? { ws: 80, wss: 443 }[scheme as string];
	return {
		"server.address": host,
		...(port === undefined ? {} : { "server.port": Number(port) }),
	};
}
