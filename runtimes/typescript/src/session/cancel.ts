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
