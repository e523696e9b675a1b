/** How a session gets what a transport receives. */

import { HEADER_BYTES, PING } from "./frame.js";
import { FrameParser } from "./parser.js";
import type { Session } from "./session.js";
import type { Transport } from "./transport.js";

/** How long the acknowledgement of whole frames may wait for more of them, in milliseconds: kernels wait some 40. */
const ACKNOWLEDGE_MS = 1;

/** Takes what a transport receives. */
export interface Intake {
	/**
	 * Takes what has arrived; the calls concerned hear of it before this returns.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(bytes: Uint8Array): void;
	/** The connection is over. */
	stop?(): void;
}

/** How the bytes of a transport become frames: {@link messages} or {@link byteStream}. */
export type MakeIntake = (session: Session, transport: Transport) => Intake;

/** What arrives is one frame each time, without its length. */
export const messages: MakeIntake = (session) => session;

/** What arrives is any part of a stream of frames, each with its length before it. */
export const byteStream: MakeIntake = (session, transport) =>
	new ByteStream(session, transport);

class ByteStream implements Intake {
	private readonly session: Session;
	private readonly transport: Transport;
	private readonly parser: FrameParser;
	/** Runs when the acknowledgement of whole frames is to leave soon. */
	private acknowledging: ReturnType<typeof setTimeout> | undefined;

	constructor(session: Session, transport: Transport) {
		this.session = session;
		this.transport = transport;
		this.parser = new FrameParser(session.maxFrameBytes, (memory, start, end) =>
			session.receive(memory, start, end),
		);
	}

	receive(bytes: Uint8Array): void {
		if (this.session.error !== undefined) {
			return;
		}
		this.parser.push(bytes);
		if (!this.transport.delaysAcknowledgements) {
			return;
		}
		if (this.parser.waiting) {
			this.acknowledge();
		} else if (this.awaitsParts) {
			// Soon, and once for all that arrives until then: plain rapace reads what it is sent during a stream only after
			// it, one frame after another.
			this.acknowledging ??= setTimeout(() => {
				this.acknowledging = undefined;
				if (this.awaitsParts) {
					this.acknowledge();
				}
			}, ACKNOWLEDGE_MS);
		}
	}

	stop(): void {
		clearTimeout(this.acknowledging);
	}

	/** True when a call awaits more of a peer that writes frames in parts. */
	private get awaitsParts(): boolean {
		return this.parser.inParts && this.session.inFlight > 0;
	}

	/**
	 * Makes the acknowledgement of what has arrived leave at once: a control frame without content, which peers skip, and on
	 * which it rides. A peer that writes frames in parts without TCP_NODELAY waits for it with the rest of a frame, and with
	 * the next one when no request follows the one before.
	 */
	private acknowledge(): void {
		// What still waits to be sent carries it as well.
		if (this.transport.unsentBytes === 0) {
			this.transport.send(
				this.session.control(new Uint8Array(HEADER_BYTES), PING),
			);
		}
	}
}
