/** Our generated handler, as it comes. */

import { Workload } from "#rapace/handlers.js";
import { createHost, listen, serve } from "#rapace/rapace/node.js";
import { announce, served } from "./announce.js";

export async function rapace(): Promise<void> {
	const host = createHost(
		serve(Workload, {
			small: echo,
			order: echo,
			batch: echo,
			ints: echo,
			floats: echo,
			strings: echo,
			blob: echo,
		}),
	);
	const { address } = await listen(host, "tcp://127.0.0.1:0");
	announce(address);
}

async function echo<Value>(value: Value): Promise<Value> {
	served.calls++;
	return value;
}
