/** A client of the workload's server on one connection. */
export interface Client {
	/** Sends the small record and awaits it back. */
	small(): Promise<unknown>;
	/** Sends a kibibyte and awaits it back. */
	blob(): Promise<unknown>;
	/** Ends the connection. */
	close(): Promise<void> | void;
}

/** A small record, as in the other cases. */
export const SMALL = {
	latitude: 12.5,
	longitude: -71.25,
	sensor: "a1b2c3d4",
	count: 1_000,
};

/** A kibibyte. */
export const BLOB: Uint8Array = Uint8Array.from(
	{ length: 1_024 },
	(_, i) => i * 7,
);

/** The address that the environment names. */
export function address(variable: string): string {
	const value = process.env[variable];
	if (value === undefined) {
		throw new Error(`${variable} is not set`);
	}
	return value;
}
