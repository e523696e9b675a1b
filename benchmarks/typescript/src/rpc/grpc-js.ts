/** grpc-js with protobuf.js, static code. */

import { deepStrictEqual } from "node:assert/strict";

import {
	credentials,
	Client as GrpcClient,
	type ServiceError,
} from "@grpc/grpc-js";

import { workload } from "#protobufjs";
import { address, BLOB, type Client, SMALL } from "./client.js";

export async function grpcJs(): Promise<Client> {
	const target = address("BENCH_GRPC").replace("http://", "");
	const grpc = new GrpcClient(target, credentials.createInsecure());
	const small = (): Promise<workload.Small> =>
		new Promise((resolve, reject) => {
			grpc.makeUnaryRequest(
				"/workload.Workload/SendSmall",
				(value: workload.Small) =>
					workload.Small.encode(value).finish() as Buffer,
				(bytes) => workload.Small.decode(bytes),
				workload.Small.fromObject(SMALL),
				settle(resolve, reject),
			);
		});
	const blob = (): Promise<workload.Blob> =>
		new Promise((resolve, reject) => {
			grpc.makeUnaryRequest(
				"/workload.Workload/SendBlob",
				(value: workload.Blob) =>
					workload.Blob.encode(value).finish() as Buffer,
				(bytes) => workload.Blob.decode(bytes),
				workload.Blob.fromObject({ value: BLOB }),
				settle(resolve, reject),
			);
		});
	deepStrictEqual(workload.Small.toObject(await small()), SMALL);
	deepStrictEqual(Uint8Array.from((await blob()).value), BLOB);
	return { small, blob, close: () => grpc.close() };
}

function settle<Value>(
	resolve: (value: Value) => void,
	reject: (error: unknown) => void,
) {
	return (error: ServiceError | null, value?: Value): void => {
		if (error !== null || value === undefined) {
			reject(error);
		} else {
			resolve(value);
		}
	};
}
