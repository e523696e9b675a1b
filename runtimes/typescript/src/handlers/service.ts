/** What generated code says of the services that handlers implement. */

import type { AnyMethod, Method } from "../method.js";
import type { Reader } from "../postcard/reader.js";
import type { Writer } from "../postcard/writer.js";
import type { ServedCall } from "../served-call.js";

/**
 * Version of the interface between generated handlers and runtime. Each kind of answers states it, and {@link serve} refuses methods
 * of another version.
 */
export const HANDLERS_VERSION = 1;

/** A kind of answers, and the version of the runtime that it is part of. */
export interface AnswerKind {
	readonly version: typeof HANDLERS_VERSION;
	/** One answer, or items. */
	readonly form: "unary" | "streaming";
}

/** The handler returns one answer. */
export const servedUnary: AnswerKind = {
	version: HANDLERS_VERSION,
	form: "unary",
};

/** The handler returns an async iterable of items. */
export const servedStreaming: AnswerKind = {
	version: HANDLERS_VERSION,
	form: "streaming",
};

/** A value, or a promise of it. */
export type Awaitable<Value> = Value | PromiseLike<Value>;

/** A class of errors. */
type FailureClass = abstract new (...values: never[]) => Error;

/** A method that a handler implements: the client's declaration of it, and what only a handler needs. */
export interface HandledMethod<Call> extends Method<Call> {
	/** How the handler answers. */
	readonly answers: AnswerKind;
	/** Reads the arguments. Absent when they take no bytes. */
	readonly decodeArguments?: (reader: Reader) => ArgumentsOf<Call>;
	/** The errors that are answers: instances of this class. Absent where there are none. */
	readonly failure?: FailureClass;
	/** Writes the answer, an error that is one, or an item of the stream. Absent when the only value is `undefined`. */
	readonly encodeAnswer?: (writer: Writer, answer: AnswerOf<Call>) => void;
}

/**
 * A service that `serve` takes: its methods by name. `Client` is the interface of its clients, and `Handler` what a handler implements.
 * It is also a service that `createClient` takes.
 */
export type HandledService<Client, Handler> = {
	readonly [Name in keyof Client]: Name extends keyof Handler
		? HandledMethod<Client[Name]>
		: Method<Client[Name]>;
};

/** What implements a service: the interface that was generated for it. */
export type HandlerOf<Service> =
	Service extends HandledService<infer _, infer Handler> ? Handler : never;

/** A handled method of unknown types, as the runtime uses it. */
export interface AnyHandledMethod extends AnyMethod {
	readonly answers?: AnswerKind;
	readonly failure?: FailureClass;
	readonly decodeArguments?: (reader: Reader) => unknown[];
	readonly encodeAnswer?: (writer: Writer, answer: never) => void;
}

/** A function of a handler, of unknown types. */
export type AnyFunction = (...values: [...unknown[], ServedCall]) => unknown;

type ArgumentsOf<Call> = Call extends (...values: infer Values) => unknown
	? Values
	: never;

type AnswerOf<Call> = Call extends (...values: never[]) => infer Answer
	? Answer extends Promise<infer Value>
		? Value
		: Answer extends AsyncIterable<infer Item>
			? Item
			: never
	: unknown;
