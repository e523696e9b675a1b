/** What the suite learns of errors. */

import {
	type AnyRapaceError,
	isRapaceError,
} from "../generated/dist/rapace/node.js";

/** An error of the runtime's, as the contract has it. */
export function describe(error: unknown): { kind: string; message?: string } {
	if (!isRapaceError(error)) {
		throw error;
	}
	if (error.kind === "status" && error.code === "Cancelled" && !error.remote) {
		return { kind: "cancelled" };
	}
	if (error.kind === "connection" && isRapaceError(error.cause)) {
		// Why it was lost: the peer broke the protocol.
		return { kind: error.cause.kind, message: error.message };
	}
	return { kind: error.kind, message: error.message, ...details(error) };
}

function details(error: AnyRapaceError): object {
	switch (error.kind) {
		case "status":
			return {
				message: error.detail,
				code: error.number,
				remote: error.remote,
			};
		case "decode":
			return { offset: error.offset, path: error.path };
		case "encode":
			return { path: error.path };
		default:
			return {};
	}
}
