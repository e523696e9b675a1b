/** `api.json`, as much of it as the testee needs. */

/** A type: a scalar's name, or a container with what it holds. */
export type TypeRef =
	| string
	| { option: TypeRef }
	| { list: TypeRef }
	| { set: TypeRef }
	| { array: { item: TypeRef; len: number } }
	| { map: { key: TypeRef; value: TypeRef } }
	| { tuple: TypeRef[] }
	| { named: string };

/** Fields of a struct or a variant. */
export interface Fields {
	style: "unit" | "tuple" | "struct";
	fields?: { name: string; type: TypeRef }[];
}

/** A struct or an enum. */
export type TypeDef = { name: string } & (
	| ({ kind: "struct" } & Fields)
	| { kind: "enum"; variants: ({ name: string } & Fields)[] }
);

/** The description. */
export interface Api {
	services: {
		name: string;
		methods: {
			name: string;
			wire_name: string;
			arguments: { type: TypeRef }[];
			response: TypeRef;
		}[];
	}[];
	types: TypeDef[];
}
