const HEADER_BYTES = 68;

/** A peer that answers each request with its own payload, or with the one that was put here for it. */
export class Mirror {
	readonly peer = "mirror";
	/** Frames come one by one, without their lengths: that needs nothing. */
	readonly intake = <Session,>(session: Session): Session => session;
	readonly delaysAcknowledgements = false;
	readonly unsentBytes = 0;
	/** The payload of the last request, in hexadecimal. */
	asked = "";
	/** What is answered instead, in hexadecimal. */
	answer: string | undefined;
	private received: (bytes: Uint8Array) => void = () => {};

	start(events: { received(bytes: Uint8Array): void }): void {
		this.received = (bytes) => events.received(bytes);
	}
	send(frame: Uint8Array): void {
		const request = Buffer.from(frame);
		const payload = request.subarray(HEADER_BYTES);
		this.asked = payload.toString("hex");
		const answer =
			this.answer === undefined ? payload : Buffer.from(this.answer, "hex");
		const reply = Buffer.alloc(HEADER_BYTES + answer.length);
		reply.writeUInt32LE(64 + answer.length, 0);
		reply.writeUInt32LE(request.readUInt32LE(12), 12);
		reply.writeUInt32LE(0x05, 36);
		answer.copy(reply, HEADER_BYTES);
		queueMicrotask(() => this.received(reply.subarray(4)));
	}
	close(): Promise<void> {
		return Promise.resolve();
	}
}
