import type { DeclaredError } from "./errors.js";
import type { CallOptions } from "./options.js";
import type { Reader } from "./postcard/reader.js";
import type { Writer } from "./postcard/writer.js";
import type { Form } from "./session/exchange.js";
import type { Wire } from "./wire.js";

/**
 * Version of the interface between generated code and runtime. Each kind of methods states it, and generated code that imports a
 * published runtime has it in the path: `rapace/codegen6`.
 */
export const CODEGEN_VERSION = 6;

/** A kind of methods, `unary` or `serverStreaming`, and how to call one. */
export interface Kind {
	/** The version of the runtime that the kind is part of. */
	readonly codegen: typeof CODEGEN_VERSION;
	/** What the channel of a call carries. */
	readonly form: Form;
	/** Makes a call on a wire. The first values are the arguments; the others are ignored. */
	call(
		wire: Wire,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): unknown;
}

/** A method of unknown types, as the runtime uses it. */
export interface AnyMethod {
	readonly kind: Kind;
	readonly name: string;
	readonly id: number;
	readonly arity: number;
	readonly idempotent?: true;
	readonly encode?: (writer: Writer, ...values: never[]) => void;
	readonly decode?: (reader: Reader) => unknown;
}

/**
 * One method, as generated code declares it: plain data, with the functions that only this method needs. A bundler leaves out
 * the methods that a program does not use.
 *
 * `Call` is the type of the client's function for it: arguments, then `options?: CallOptions`.
 */
export interface Method<Call> {
	/** How the method answers. */
	readonly kind: Kind;
	/** The name on the wire: `Catalog.find`. */
	readonly name: string;
	/** The number in request frames. */
	readonly id: number;
	/** The number of arguments. */
	readonly arity: number;
	/** Present when a call may be made twice. It is then made again when its connection was lost and has come back. */
	readonly idempotent?: true;
	/** Writes the arguments. Absent when they take no bytes. */
	readonly encode?: (writer: Writer, ...values: ArgumentsOf<Call>) => void;
	/** Reads the answer, an error that is thrown, or an item of the stream. Absent when the only value is `undefined`. */
	readonly decode?: (reader: Reader) => AnswerOf<Call> | DeclaredError<unknown>;
	/** Never present: it only ties the declaration to the type of its call. */
	readonly call?: Call;
}

/** A service: its methods by name. `Client` is the interface of its clients. */
export type Service<Client> = {
	readonly [Name in keyof Client]: Method<Client[Name]>;
};

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
