/**
 * The error family: one base class and six kinds, which differ in `kind` and `code`.
 *
 * One program may contain two copies of this runtime, or two realms, where `instanceof` fails: use {@link isRapaceError}.
 */

/** Names of status codes by their numbers on the wire (rapace 0.5.0, `ErrorCode`), which are not gRPC's: those from 0 on. */
const LOW = [
	"Ok",
	"Cancelled",
	"DeadlineExceeded",
	"InvalidArgument",
	"NotFound",
	"AlreadyExists",
	"PermissionDenied",
	"ResourceExhausted",
	"FailedPrecondition",
	"Aborted",
	"OutOfRange",
	"Unimplemented",
	"Internal",
	"Unavailable",
	"DataLoss",
] as const;

/** Those from 100 on. */
const HIGH = [
	"PeerDied",
	"SessionClosed",
	"ValidationFailed",
	"StaleGeneration",
] as const;

/** Where {@link HIGH} begins. */
const FIRST_HIGH = 100;

/** Name of a status code that the protocol knows. */
export type KnownCode = (typeof LOW)[number] | (typeof HIGH)[number];

/** A status code: its name, or `Code(250)` for a number that the protocol does not know. */
export type Code = KnownCode | `Code(${number})`;

/** The codes as values: `Code.NotFound` is `"NotFound"`. */
export const Code: { readonly [Name in KnownCode]: Name } =
	/* @__PURE__ */ Object.fromEntries(
		/* @__PURE__ */ [...LOW, ...HIGH].map((name) => [name, name]),
	) as { readonly [Name in KnownCode]: Name };

/** The code for a number from the wire. Unknown numbers are kept. */
export function codeOf(number: number): Code {
	return LOW[number] ?? HIGH[number - FIRST_HIGH] ?? `Code(${number})`;
}

/** The number of a code on the wire. */
function numberOf(code: Code): number {
	const low = (LOW as readonly Code[]).indexOf(code);
	const high = (HIGH as readonly Code[]).indexOf(code);
	if (low >= 0) {
		return low;
	}
	return high >= 0 ? FIRST_HIGH + high : Number(code.slice("Code(".length, -1));
}

/** Marks errors of this family, also those of another copy of the runtime. */
const BRAND = "rapace.error";

/** The base class of all errors of the family. */
export abstract class RapaceError extends Error {
	/** The kind of the error. */
	abstract readonly kind:
		| "status"
		| "connection"
		| "protocol"
		| "decode"
		| "encode"
		| "json"
		| "result";
	/** The status code of the protocol. */
	readonly code: Code;
	/** The number of the code on the wire. */
	readonly number: number;
	/**
	 * The method that was called, `Catalog.find`. It is undefined when the error belongs to no call, and empty for a status that this side
	 * made of something else, such as connecting.
	 */
	readonly method: string | undefined;

	/** See the subclasses: this class is abstract. */
	constructor(code: Code, message: string, method?: string, cause?: unknown) {
		super(
			method ? `${method}: ${message}` : message,
			cause === undefined ? undefined : { cause },
		);
		this.code = code;
		this.number = numberOf(code);
		this.method = method;
		Object.defineProperty(this, Symbol.for(BRAND), { value: true });
	}
}

/** A call ended with a status: of the peer, or of this side, for example a deadline or a cancellation. */
export class StatusError extends RapaceError {
	override readonly name = "StatusError";
	readonly kind = "status";
	/** True when the peer sent the status, false when this side made it. */
	readonly remote: boolean;
	/** The message without the name of the method. When `remote`, it is the peer's message in one line of at most 1,024 bytes. */
	readonly detail: string;

	/** A status of `method`. A handler throws `new StatusError(Code.NotFound, "no book")`, and its caller receives it. */
	constructor(
		code: Code,
		detail: string,
		remote = false,
		method?: string,
		cause?: unknown,
	) {
		super(code, detail, method, cause);
		this.remote = remote;
		this.detail = detail;
	}
}

/** There is no connection. The code is always `Unavailable`. */
export class ConnectionError extends RapaceError {
	override readonly name = "ConnectionError";
	readonly kind = "connection";
	/** The reason: the connection could not be made, it was lost, or this side has closed it. */
	readonly reason: "unreachable" | "lost" | "closed";

	/** No connection, for this reason. */
	constructor(
		reason: ConnectionError["reason"],
		message: string,
		method?: string,
		cause?: unknown,
	) {
		super("Unavailable", message, method, cause);
		this.reason = reason;
	}
}

/** Returns the same error for a call that it ended. */
export function ofMethod(
	{ reason, message, cause }: ConnectionError,
	method: string,
): ConnectionError {
	return new ConnectionError(reason, message, method, cause);
}

/** The peer broke the protocol. The connection is closed; calls in flight fail with `Unavailable`, and this is their `cause`. */
export class ProtocolError extends RapaceError {
	override readonly name = "ProtocolError";
	readonly kind = "protocol";

	/** A violation that the message describes, with the numbers concerned. */
	constructor(message: string) {
		super("Internal", message);
	}
}

/** The payload of an answer is not a value of its type. The connection stays open. */
export class DecodeError extends RapaceError {
	override readonly name = "DecodeError";
	readonly kind = "decode";
	/** Offset in the payload, in bytes, of the value that could not be read. */
	readonly offset: number;
	/** The path of the value in the answer: `items[3].title`; empty for the answer itself. */
	readonly path: string;

	/** What is wrong at `offset` in `path`. */
	constructor(what: string, offset: number, path: string, method?: string) {
		const where = path === "" ? "" : `${path}: `;
		super("Internal", `${where}${what} (at byte ${offset})`, method);
		this.offset = offset;
		this.path = path;
	}
}

/** An argument is not a value of its type. Nothing was sent. */
export class EncodeError extends RapaceError {
	override readonly name = "EncodeError";
	readonly kind = "encode";
	/** The path of the value in the arguments: `order.lines[0].quantity`. */
	readonly path: string;

	/** What is wrong with the value at `path`. */
	constructor(what: string, path: string, method?: string) {
		super("InvalidArgument", path === "" ? what : `${path}: ${what}`, method);
		this.path = path;
	}
}

/** A value and its JSON form do not fit their type. */
export class JsonError extends RapaceError {
	override readonly name = "JsonError";
	readonly kind = "json";
	/** The path of the value: `lines[0].isbn`; empty for the value itself. */
	readonly path: string;

	/** What is wrong with the value at `path`. */
	constructor(what: string, path: string) {
		super("InvalidArgument", path === "" ? what : `${path}: ${what}`);
		this.path = path;
	}
}

/** A call failed with an error that its method declares: a `ResultError`. */
export interface DeclaredError<Failure> extends RapaceError {
	readonly kind: "result";
	/** The error, as the handler gave it. */
	readonly error: Failure;
}

/** Every error that this runtime throws. They differ in `kind`. */
export type AnyRapaceError =
	| StatusError
	| ConnectionError
	| ProtocolError
	| DecodeError
	| EncodeError
	| JsonError
	| DeclaredError<unknown>;

/** True for an error of this family, also when another copy of the runtime made it. */
export function isRapaceError(error: unknown): error is AnyRapaceError {
	return Reflect.get(Object(error), Symbol.for(BRAND)) === true;
}

/** True for an error of this kind of the family, also when another copy of the runtime made it. */
export function isOfKind<Kind extends AnyRapaceError["kind"]>(
	error: unknown,
	kind: Kind,
): error is Extract<AnyRapaceError, { readonly kind: Kind }> {
	return isRapaceError(error) && error.kind === kind;
}

/**
 * Reports whether a handler throws an error for its caller: the handler has made it, or another peer has sent it. Other status errors
 * arose on this side in what the handler did, such as a call or connecting, and may say what is not for its caller.
 */
export function isForCaller(error: unknown): error is StatusError {
	return (
		isOfKind(error, "status") && (error.remote || error.method === undefined)
	);
}
