/** OpenTelemetry: a span and a measurement of each call, by the semantic conventions for RPC, version 1.45.0. */

import { type AnyRapaceError, isForCaller, isRapaceError } from "./errors.js";
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

/** Name and version of the tracer and the meter: those of this module and of the runtime. */
const SCOPE = ["rapace/opentelemetry", "0.1.0"] as const;

/** The durations of calls in seconds: of those that this side makes, and of those of its peers that handlers serve. */
const DURATIONS = {
	client: [
		"rpc.client.call.duration",
		"Measures the duration of an outgoing Remote Procedure Call (RPC).",
	],
	server: [
		"rpc.server.call.duration",
		"Measures the duration of an incoming Remote Procedure Call (RPC).",
	],
} as const;

/** The bounds of the histogram's buckets that the conventions recommend. */
const BOUNDS = [
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** The options of {@link opentelemetry}. */
export interface OpenTelemetryOptions {
	/** Makes the spans. Defaults to the global provider at the time of a call. */
	readonly tracerProvider?: TracerProvider | undefined;
	/** Takes the measurements. Defaults to the global provider at the time of a call. */
	readonly meterProvider?: MeterProvider | undefined;
}

/**
 * Returns an interceptor that makes a span of kind CLIENT for each call and measures the duration of the call. As the first
 * interceptor of a connection it observes calls; after an interceptor that makes calls again it observes each attempt. Among the
 * `interceptors` of a host, or of a connection with handlers, it makes a span of kind SERVER for each call of a peer.
 *
 * `api` is the module `@opentelemetry/api`. The span is the current one while inner interceptors and the runtime run, and never in
 * the caller's code between the items of a stream. Spans and metrics contain no arguments, answers or messages of a server. The
 * spans of a server are not children of these, because frames of rapace 0.5.0 have no field for a context.
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

/** Returns a function that begins to observe a call, within a context. */
function observer(api: OpenTelemetryApi, options: OpenTelemetryOptions) {
	const tracerOf = remembered((provider: TracerProvider) =>
		provider.getTracer(...SCOPE),
	);
	const measuring = ([name, description]: (typeof DURATIONS)[
		| "client"
		| "server"]) =>
		remembered((provider: MeterProvider) =>
			provider.getMeter(...SCOPE).createHistogram(name, {
				description,
				unit: "s",
				advice: { explicitBucketBoundaries: BOUNDS },
			}),
		);
	const outgoing = measuring(DURATIONS.client);
	const incoming = measuring(DURATIONS.server);
	return (call: InterceptedCall, parent: Context): Observed => {
		const { tracerProvider = api.trace.getTracerProvider() } = options;
		const { meterProvider = api.metrics.getMeterProvider() } = options;
		const method = `${call.service}/${call.method}`;
		const served = call.served !== undefined;
		const attributes = {
			"rpc.system.name": "rapace",
			"rpc.method": method,
			...peerAt(call.peer, served ? "client" : "server"),
		};
		const kind = served ? api.SpanKind.SERVER : api.SpanKind.CLIENT;
		const span = tracerOf(tracerProvider).startSpan(
			method,
			{ kind, attributes },
			parent,
		);
		const durations = (served ? incoming : outgoing)(meterProvider);
		return new Observed(api, call, attributes, span, parent, durations);
	};
}

/** Makes something of a provider once, and again when the provider has changed. */
function remembered<Provider, Made>(make: (provider: Provider) => Made) {
	let last: { readonly provider: Provider; readonly made: Made } | undefined;
	return (provider: Provider): Made => {
		if (last?.provider !== provider) {
			last = { provider, made: make(provider) };
		}
		return last.made;
	};
}

/** A call and its span. The first end or failure counts. */
class Observed {
	private readonly api: OpenTelemetryApi;
	private readonly peer: string;
	private readonly served: boolean;
	private readonly attributes: Attributes;
	private readonly span: Span;
	private readonly context: Context;
	private readonly durations: Histogram;
	private readonly begun = performance.now();
	private over = false;

	constructor(
		api: OpenTelemetryApi,
		{ peer, served }: InterceptedCall,
		attributes: Attributes,
		span: Span,
		parent: Context,
		durations: Histogram,
	) {
		this.api = api;
		this.peer = peer;
		this.served = served !== undefined;
		this.attributes = attributes;
		this.span = span;
		this.context = api.trace.setSpan(parent, span);
		this.durations = durations;
	}

	/** Runs `task` with the span as the current one. */
	run<Result>(task: () => Result): Result {
		return this.api.context.with(this.context, task);
	}

	/** The call succeeded. */
	end(): void {
		this.settle({ "rpc.status_code": "OK" });
	}

	fail(error: unknown): void {
		if (isRapaceError(error) && (!this.served || isForCaller(error))) {
			const code = nameOf(error);
			const outcome = { "rpc.status_code": code, "error.type": code };
			this.settle(outcome, { message: this.messageOf(error) });
		} else {
			// The caller of a handler that fails in any other way gets Internal.
			const code: Attributes = this.served
				? { "rpc.status_code": "INTERNAL" }
				: {};
			this.settle({ ...code, "error.type": classOf(error) }, {});
		}
	}

	/** The part of an error that telemetry may contain: no message of a server, and nothing that may quote values or the whole address. */
	private messageOf(error: AnyRapaceError): string | undefined {
		const { kind, message } = error;
		if (this.served) {
			return undefined;
		}
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

/** Ends the spans of streams that nobody can read any more: the runtime cancels their calls. */
const forgotten = /* @__PURE__ */ whenForgotten<Observed>((observed) =>
	observed.end(),
);

/** A stream whose span begins with the call, when the first item is requested. */
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

/** A code in the spelling of telemetry: `NOT_FOUND`, and `250` for a number that the protocol does not know. */
function nameOf({ code, number }: AnyRapaceError): string {
	return code.startsWith("Code(")
		? `${number}`
		: code.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}

/** The class of an error of any realm; `_OTHER` for a value that is not an error. */
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

/** Host and port of the address of the peer, which is the server or the client. Its other parts are left out: a path may contain a token. */
function peerAt(peer: string, role: "server" | "client"): Attributes {
	const path = UNIX.exec(peer)?.[1];
	if (path !== undefined) {
		return { [`${role}.address`]: path };
	}
	const [, scheme, six, name, digits] = HOST.exec(peer) ?? [];
	const host = six ?? name;
	if (host === undefined) {
		return {};
	}
	const port = digits ?? { ws: 80, wss: 443 }[scheme as string];
	return {
		[`${role}.address`]: host,
		...(port === undefined ? {} : { [`${role}.port`]: Number(port) }),
	};
}
