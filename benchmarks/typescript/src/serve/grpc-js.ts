/** grpc-js with protobuf.js, static code. */

import {
	type MethodDefinition,
	Server,
	ServerCredentials,
	type ServerUnaryCall,
	type sendUnaryData,
} from "@grpc/grpc-js";

import { workload } from "#protobufjs";
import { announce, served } from "./announce.js";

interface Codec<Message> {
	encode(message: Message): { finish(): Uint8Array };
	decode(bytes: Uint8Array): Message;
}

export function grpcJs(): void {
	const server = new Server();
	server.addService(
		{
			sendSmall: method("SendSmall", workload.Small),
			sendBlob: method("SendBlob", workload.Blob),
		},
		{ sendSmall: echo, sendBlob: echo },
	);
	server.bindAsync(
		"127.0.0.1:0",
		ServerCredentials.createInsecure(),
		(error, port) => {
			if (error !== null) {
				throw error;
			}
			announce(`http://127.0.0.1:${port}`);
		},
	);
}

function echo<Message>(
	call: ServerUnaryCall<Message, Message>,
	callback: sendUnaryData<Message>,
): void {
	served.calls++;
	callback(null, call.request);
}

function method<Message>(
	name: string,
	codec: Codec<Message>,
): MethodDefinition<Message, Message> {
	const serialize = (message: Message) =>
		codec.encode(message).finish() as Buffer;
	const deserialize = (bytes: Buffer) => codec.decode(bytes);
	return {
		path: `/workload.Workload/${name}`,
		requestStream: false,
		responseStream: false,
		requestSerialize: serialize,
		requestDeserialize: deserialize,
		responseSerialize: serialize,
		responseDeserialize: deserialize,
	};
}
