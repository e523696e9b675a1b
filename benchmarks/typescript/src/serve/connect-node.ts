/** Connect's server with protobuf-es, over HTTP/2 without TLS. It speaks gRPC too. */

import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";

import { connectNodeAdapter } from "@connectrpc/connect-node";

import { Workload } from "../../generated/protobuf-es/workload_pb.js";
import { announce, served } from "./announce.js";

export function connectNode(): void {
	const handler = connectNodeAdapter({
		routes(router) {
			router.service(Workload, { sendSmall: echo, sendBlob: echo });
		},
	});
	const server = createServer(handler);
	server.listen(0, "127.0.0.1", () => {
		announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	});
}

function echo<Message>(message: Message): Message {
	served.calls++;
	return message;
}
