/** What a program says to a compiler whose library has `await using`. */

import { type Connection, connect } from "bookshop/web";

export async function main(): Promise<void> {
	await using connection: Connection = await connect("ws://127.0.0.1:9000");
	const disposable: AsyncDisposable = connection;
	await disposable[Symbol.asyncDispose]();
}
