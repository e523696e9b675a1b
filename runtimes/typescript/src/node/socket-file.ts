import { link, lstat, stat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { pid } from "node:process";

import { StatusError } from "../errors.js";

/** The longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_PATH = 103;

/** The file of a Unix socket that is listened on. */
export interface SocketFile {
	/** Where to listen: a name of this process. Node removes what has this name when it closes, whosever it is by then. */
	readonly path: string;
	/** Gives the socket its own name. */
	publish(): Promise<void>;
	/** Removes what a failure has left. */
	abandon(): Promise<void>;
	/** Removes the socket, unless another has taken its name. */
	remove(): Promise<void>;
}

let count = 0;

/**
 * Prepares to listen on a Unix socket at `path`.
 *
 * @throws StatusError AlreadyExists when somebody listens there, FailedPrecondition for a file that is no socket.
 */
export async function claim(path: string): Promise<SocketFile> {
	await checkFree(path);
	const own = `${path}.${pid}.${++count}`;
	if (Buffer.byteLength(own) > LONGEST_PATH) {
		const what = `the path ${path} is too long for a Unix socket: ${LONGEST_PATH - 12} bytes are safe`;
		throw new StatusError("InvalidArgument", what, false, "");
	}
	await unlink(own).catch(() => {});
	let inode: bigint | undefined;
	return {
		path: own,
		async publish() {
			({ ino: inode } = await stat(own, { bigint: true }));
			try {
				await link(own, path);
			} catch (error) {
				if ((error as { code?: string }).code !== "EEXIST") {
					throw error;
				}
				// A stale one; or a live one that appeared in this moment.
				await checkFree(path);
				await unlink(path);
				await link(own, path);
			}
			await unlink(own);
		},
		async abandon() {
			await unlink(own).catch(() => {});
		},
		async remove() {
			try {
				const { ino } = await lstat(path, { bigint: true });
				if (ino === inode) {
					await unlink(path);
				}
			} catch {
				// It is gone already.
			}
		},
	};
}

/**
 * Checks that nothing is at `path`, or a socket on which nobody listens.
 *
 * @throws StatusError as {@link claim} does.
 */
async function checkFree(path: string): Promise<void> {
	let found: Awaited<ReturnType<typeof lstat>>;
	try {
		found = await lstat(path);
	} catch {
		return;
	}
	if (!found.isSocket()) {
		const what = `cannot listen at unix://${path}: the file is no socket, and is kept`;
		throw new StatusError("FailedPrecondition", what, false, "");
	}
	if (await isLive(path)) {
		const what = `cannot listen at unix://${path}: address in use`;
		throw new StatusError("AlreadyExists", what, false, "");
	}
}

/** Reports whether somebody listens on a Unix socket. */
function isLive(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(path);
		socket.once("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", ({ code }: { code?: string }) => {
			socket.destroy();
			// Whatever else it is, somebody may listen.
			resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
		});
	});
}
