/** How the bytes that a layer receives become frames of a session. */

import { HEADER_BYTES, PING } from "./descriptor.js";
import type { FrameReceiver, Intake, Layer, MakeIntake } from "./layer.js";
import { FrameParser } from "./parser.js";

/** How long the acknowledgement of whole frames waits for more of them, in milliseconds: kernels wait some 40. */
const ACKNOWLEDGE_MS = 1;

/** For layers of messages: each is one frame, without its length. */
export const messages: MakeIntake = (session) => session;

/** For layers of bytes: a stream of frames, each preceded by its length, which arrives in any parts. */
export const byteStream: MakeIntake = (session, layer) =>
	new ByteStream(session, layer);

class ByteStream implements Intake {
	private readonly session: FrameReceiver;
	private readonly layer: Layer;
	private readonly parser: FrameParser;
	/** Runs while the acknowledgement of whole frames waits. */
	private acknowledging: ReturnType<typeof setTimeout> | undefined;

	constructor(session: FrameReceiver, layer: Layer) {
		this.session = session;
		this.layer = layer;
		this.parser = new FrameParser(session.maxFrameBytes, (memory, start, end) =>
			session.receive(memory, start, end),
		);
	}

	receive(bytes: Uint8Array): void {
		if (this.session.error !== undefined) {
			return;
		}
		this.parser.push(bytes);
		if (!this.layer.delaysAcknowledgements) {
			return;
		}
		if (this.parser.waiting) {
			this.acknowledge();
		} else if (this.awaitsParts) {
			// One acknowledgement for everything that arrives until then: during a stream plain rapace reads nothing, and after it
			// one frame at a time.
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

	/** True when a call waits for a peer that writes frames in parts. */
	private get awaitsParts(): boolean {
		return this.parser.inParts && this.session.inFlight > 0;
	}

	/**
	 * Sends the acknowledgement of what has arrived at once, with a control frame without content, which peers skip. A peer that
	 * writes frames in parts without TCP_NODELAY waits for it before it sends the rest of a frame, and before it sends the next
	 * frame when no request follows.
	 */
	private acknowledge(): void {
		// Bytes that wait to be sent carry it too.
		if (this.layer.unsentBytes === 0) {
			this.layer.send(this.session.control(new Uint8Array(HEADER_BYTES), PING));
		}
	}
}
