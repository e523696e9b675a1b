/**
 * The part of the package `@opentelemetry/api` that this runtime uses, with equal types. Nothing imports the package: a program
 * without OpenTelemetry needs neither the package nor its types, and a program with it passes the copy that its SDK has set up.
 */

/** Attributes of a span or of a measurement. */
export type Attributes = Readonly<Record<string, string | number>>;

/** What is passed along with control, the current span in it. */
export type Context = unknown;

/** A span that was started. */
export interface Span {
	setAttributes(attributes: Attributes): unknown;
	setStatus(status: {
		readonly code: number;
		readonly message?: string | undefined;
	}): unknown;
	end(): void;
}

/** Gives tracers. */
export interface TracerProvider {
	getTracer(name: string, version: string): Tracer;
}

/** Starts spans. */
export interface Tracer {
	startSpan(
		name: string,
		options: { readonly kind: number; readonly attributes: Attributes },
		context: Context,
	): Span;
}

/** Gives meters. */
export interface MeterProvider {
	getMeter(name: string, version: string): Meter;
}

/** Makes instruments. */
export interface Meter {
	createHistogram(
		name: string,
		options: {
			readonly description: string;
			readonly unit: string;
			readonly advice: { readonly explicitBucketBoundaries: number[] };
		},
	): Histogram;
}

/** Counts measurements by their size. */
export interface Histogram {
	record(value: number, attributes: Attributes, context: Context): void;
}

/** The module `@opentelemetry/api`, version 1.9 or later of 1: `import * as api from "@opentelemetry/api"`. */
export interface OpenTelemetryApi {
	readonly context: {
		active(): Context;
		with<Result>(context: Context, task: () => Result): Result;
	};
	readonly trace: {
		getTracerProvider(): TracerProvider;
		setSpan(context: Context, span: Span): Context;
	};
	readonly metrics: { getMeterProvider(): MeterProvider };
	readonly SpanKind: { readonly CLIENT: number; readonly SERVER: number };
	readonly SpanStatusCode: { readonly ERROR: number };
}
