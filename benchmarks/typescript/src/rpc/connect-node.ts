/** Connect's client with its gRPC transport and protobuf-es. */

import { deepStrictEqual, ok } from "node:assert/strict";

import { equals } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
	createGrpcTransport,
	Http2SessionManager,
} from "@connectrpc/connect-node";

import {
	SmallSchema,
	Workload,
} from "../../generated/protobuf-es/workload_pb.js";
import { address, BLOB, type Client, SMALL } from "./client.js";

export async function connectNode(): Promise<Client> {
	const baseUrl = address("BENCH_GRPC");
	const sessionManager = new Http2SessionManager(baseUrl);
	const grpc = createClient(
		Workload,
		createGrpcTransport({ baseUrl, sessionManager }),
	);
	const small = () => grpc.sendSmall(SMALL);
	const blob = () => grpc.sendBlob({ value: BLOB });
	const answer = await small();
	ok(equals(SmallSchema, answer, { ...answer, ...SMALL }));
	deepStrictEqual(Uint8Array.from((await blob()).value), BLOB);
	return { small, blob, close: () => sessionManager.abort() };
}
