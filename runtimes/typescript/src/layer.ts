/** What a wire and a layer know of each other. */

/** What carries frames between a wire and its peer: a socket, or something else that keeps their order. */
export interface Layer {
	/** The peer, for error messages: `tcp://127.0.0.1:9000`. */
	readonly peer: string;
	/** How received bytes become frames: `byteStream`, or `messages`. */
	readonly intake: MakeIntake;
	/**
	 * True when the kernel may delay acknowledgements and the peer's kernel may wait for them (TCP). A peer that writes frames in
	 * parts is then sent a small frame after each part, which carries the acknowledgement.
	 */
	readonly delaysAcknowledgements?: boolean;
	/** True when nothing can be sent any more, before `ended` is called. */
	readonly ending?: boolean;
	/** How many bytes were handed over and are not sent yet. */
	readonly unsentBytes: number;
	/** Sends one whole frame, including its length, in order. Never throws: a failure ends the layer. */
	send(frame: Uint8Array): void;
	/** Begins to receive. Called once. */
	start(events: LayerEvents): void;
	/** Stops receiving, or continues. Absent when receiving cannot be paused: then streams have only their limit. */
	pause?(stop: boolean): void;
	/** Asks for `sent` to be called, for layers that do not learn of it by themselves. */
	awaitSent?(): void;
	/** Closes at once; what is not sent is lost. May be called again. Resolves when everything of the layer is closed. */
	close(): Promise<void>;
}

/** What a layer reports. */
export interface LayerEvents {
	/** Bytes arrived, or a message. They belong to the receiver: nothing is written to them any more. */
	received(bytes: Uint8Array): void;
	/** Bytes that were handed over are sent: `unsentBytes` is less than it was. */
	sent(): void;
	/** The layer ended: by the peer, by an error, or by a ProtocolError that it found itself. Called at most once. */
	ended(cause?: unknown): void;
}

/** What the intake of a layer needs of a session. */
export interface FrameReceiver {
	/** The longest frame, in bytes. */
	readonly maxFrameBytes: number;
	/** Why the session has ended; undefined while it lives. */
	readonly error: Error | undefined;
	/** How many calls are in flight. */
	readonly inFlight: number;
	/**
	 * Takes a frame, which lies in `memory` from `start`, without its length, to `end`.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(memory: Uint8Array, start?: number, end?: number): void;
	/** Makes a control frame of one with an empty header. */
	control(frame: Uint8Array, verb: number): Uint8Array;
}

/** Takes what a layer receives. */
export interface Intake {
	/**
	 * Takes what has arrived. The calls concerned receive it before this returns.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(bytes: Uint8Array): void;
	/** The connection is over. */
	stop?(): void;
}

/** How the bytes of a layer become frames: `messages` or `byteStream`. */
export type MakeIntake = (session: FrameReceiver, layer: Layer) => Intake;
