import type { Writer } from "../postcard/writer.js";
import type { CancelReason } from "./exchange.js";

const CANCEL_REASONS: readonly CancelReason[] = [
	"ClientCancel",
	"DeadlineExceeded",
	"ResourceExhausted",
];

/** Position of `CancelChannel` among the variants of `ControlPayload` (rapace-core 0.5.0). */
const CANCEL_CHANNEL_VARIANT = 2;

/** Writes the payload of the control frame that cancels a call. */
export function encodeCancel(
	w: Writer,
	channel: number,
	reason: CancelReason,
): void {
	w.variant(CANCEL_CHANNEL_VARIANT);
	w.u32(channel, "");
	w.variant(CANCEL_REASONS.indexOf(reason));
}

/** The longest varint of a `u32`, in bytes. */
const LONGEST_VARINT = 5;

/**
 * Reads the payload of the control frame that cancels a call, which lies in `memory` from `start` to `end`. Returns the channel;
 * nothing when the payload is malformed.
 */
export function cancelledChannel(
	memory: Uint8Array,
	start: number,
	end: number,
): number | undefined {
	if (memory[start] !== CANCEL_CHANNEL_VARIANT) {
		return undefined;
	}
	let channel = 0;
	let at = start + 1;
	for (let digits = 1; ; digits++) {
		const byte = at < end ? (memory[at++] as number) : undefined;
		if (byte === undefined || digits > LONGEST_VARINT) {
			return undefined;
		}
		channel += (byte & 0x7f) * 2 ** (7 * (digits - 1));
		if (byte < 0x80) {
			break;
		}
	}
	// Whatever the reason is, it is a byte.
	return at + 1 === end && channel < 2 ** 32 ? channel : undefined;
}
