/** Our generated client: against our host, or against what plain rapace serves. */

import { deepStrictEqual } from "node:assert/strict";

import { Workload } from "#rapace/index.js";
import { connect, createClient } from "#rapace/rapace/node.js";
import { address, BLOB, type Client, SMALL } from "./client.js";

export async function rapace(variable: string): Promise<Client> {
	const connection = await connect(address(variable));
	const workload = createClient(Workload, connection);
	deepStrictEqual(await workload.small(SMALL), SMALL);
	deepStrictEqual(await workload.blob(BLOB), BLOB);
	return {
		small: () => workload.small(SMALL),
		blob: () => workload.blob(BLOB),
		close: () => connection.close(),
	};
}
