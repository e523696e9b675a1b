import type { Shop } from "./useShop.js";

const WORDS: Record<Shop["state"], string> = {
	connecting: "Connecting to",
	connected: "Connected to",
	disconnected: "Connection lost; trying again to reach",
	unreachable: "Cannot reach",
};

/** Says how the connection is. */
export function Status({
	address,
	state,
}: {
	address: string;
	state: Shop["state"];
}) {
	return (
		<p role="status" className={state}>
			{WORDS[state]} {address}
		</p>
	);
}
