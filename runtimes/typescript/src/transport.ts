import type { MakeIntake } from "./intake.js";

/** What carries a session's bytes: a socket, or something else that keeps their order. */
export interface Transport {
	/** The peer, for error messages: `tcp://127.0.0.1:9000`. */
	readonly peer: string;
	/** How frames come out of what it receives: `byteStream`, or `messages`. */
	readonly intake: MakeIntake;
	/**
	 * True when the kernel may hold an acknowledgement back and the peer's kernel may wait for it (TCP): a peer that
	 * writes frames in parts is then sent a small frame after each part, on which the acknowledgement rides.
	 */
	readonly delaysAcknowledgements: boolean;
	/** True when nothing goes through any more, although `ended` is told only later. */
	readonly ending?: boolean;
	/** How many bytes were handed over and are not sent yet. */
	readonly unsentBytes: number;
	/** Hands over one whole frame, its length before it. It is sent with one write, in order. Never throws: a failure ends the transport. */
	send(frame: Uint8Array): void;
	/** Begins to receive. Called once. */
	start(events: TransportEvents): void;
	/** Stops to receive, or goes on. What cannot be paused has no such function: then streams have only their limit. */
	pause?(stop: boolean): void;
	/** Somebody waits for `sent`: for transports that have to ask. */
	awaitSent?(): void;
	/** Closes at once; what is not sent is lost. Idempotent. Resolves when nothing of the transport is left. */
	close(): Promise<void>;
}

/** What a transport tells. */
export interface TransportEvents {
	/** Bytes arrived, or a message. They are the receiver's: nothing is written to them any more. */
	received(bytes: Uint8Array): void;
	/** Bytes that were handed over are sent: `unsentBytes` is less than it was. */
	sent(): void;
	/** The transport ended: by the peer, by an error, or by a ProtocolError that it found itself. Called once at most. */
	ended(cause?: unknown): void;
}
