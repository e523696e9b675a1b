import type { CallOptions } from "./call.js";
import type { SingleConnection } from "./connection.js";
import type { Reader } from "./postcard/reader.js";
import type { Writer } from "./postcard/writer.js";
import type { Form } from "./session.js";

/** Version of what generated code and runtime know of one another. Generated code states the one that it was made for. */
export const CODEGEN_VERSION = 3;

/** A kind of calls, `unary` or `serverStreaming`, with what it takes to make one. */
export interface Kind {
	/** What goes over the channel. */
	readonly form: Form;
	/** Makes a call. The values are the arguments; what follows them is ignored. */
	call(
		connection: SingleConnection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): unknown;
}

/** A method whose types do not matter: what the runtime works with. */
export interface AnyMethod {
	readonly codegen: number;
	readonly kind: Kind;
	readonly name: string;
	readonly id: number;
	readonly arity: number;
	readonly idempotent?: true;
	readonly encode: (writer: Writer, ...values: never[]) => void;
	readonly decode: (reader: Reader) => unknown;
}

/**
 * One method, as generated code declares it: plain data, with the functions that only this method needs, so that a
 * bundler leaves out what is not called.
 *
 * `Call` is the type of the client's function for it: arguments, then `options?: CallOptions`.
 */
export interface Method<Call> {
	/** The version of the runtime that the declaration is made for. */
	readonly codegen: typeof CODEGEN_VERSION;
	/** How the method answers. */
	readonly kind: Kind;
	/** Name on the wire: `Catalog.find`. */
	readonly name: string;
	/** The number in request frames. */
	readonly id: number;
	/** How many arguments there are. */
	readonly arity: number;
	/** There when the call may be made twice: one whose connection was lost is then made again, where that was asked for. */
	readonly idempotent?: true;
	/** Writes the arguments. */
	readonly encode: (writer: Writer, ...values: ArgumentsOf<Call>) => void;
	/** Reads the answer, or an item of the stream. */
	readonly decode: (reader: Reader) => AnswerOf<Call>;
	/** Never there: it only ties the declaration to the type of its call. */
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
