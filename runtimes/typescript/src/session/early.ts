import { DESCRIPTOR_BYTES } from "../descriptor.js";
import { MAX_EARLY_BYTES } from "../limits.js";

/** What arrives for tunnels that are not open yet: a peer may write before the call that names the channel has returned. */
export class EarlyData {
	/** Copies of payloads with their flags, in order. */
	frames: [channel: number, flags: number, payload: Uint8Array][] = [];
	/** The size of {@link frames}, payloads and descriptors. */
	size = 0;

	/** Keeps a frame for a tunnel that may be opened on its channel. Returns how many older ones were dropped for it. */
	keep(channel: number, flags: number, payload: Uint8Array): number {
		let dropped = 0;
		this.frames.push([channel, flags, payload]);
		this.size += payload.length + DESCRIPTOR_BYTES;
		while (this.size > MAX_EARLY_BYTES) {
			const oldest = this.frames.shift();
			this.size -= (oldest?.[2].length ?? 0) + DESCRIPTOR_BYTES;
			dropped++;
		}
		return dropped;
	}
}

/** Takes out what was kept for a channel, in order. A function, so that bundlers leave it out with tunnels. */
export function takeEarly(
	data: EarlyData,
	channel: number,
): [flags: number, payload: Uint8Array][] {
	const taken: [number, Uint8Array][] = [];
	data.frames = data.frames.filter(([of, flags, payload]) => {
		if (of === channel) {
			data.size -= payload.length + DESCRIPTOR_BYTES;
			taken.push([flags, payload]);
		}
		return of !== channel;
	});
	return taken;
}
