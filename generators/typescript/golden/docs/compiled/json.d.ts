import { json } from "./rapace/codegen.js";
import type { Doc, DocEnum, DocNewtype, DocPlain } from "./types.js";
/** The JSON form of {@link Doc}, for types that contain it. */
export declare const docForm: json.Form<Doc>;
/** Returns the JSON form of a {@link Doc}. Throws a JsonError for what is none. */
export declare function docToJson(value: Doc): json.JsonValue;
/** Returns the {@link Doc} of a JSON form. Throws a JsonError for what is none. */
export declare function docFromJson(data: unknown): Doc;
/** The JSON form of {@link DocEnum}, for types that contain it. */
export declare const docEnumForm: json.Form<DocEnum>;
/** Returns the JSON form of a {@link DocEnum}. Throws a JsonError for what is none. */
export declare function docEnumToJson(value: DocEnum): json.JsonValue;
/** Returns the {@link DocEnum} of a JSON form. Throws a JsonError for what is none. */
export declare function docEnumFromJson(data: unknown): DocEnum;
/** The JSON form of {@link DocNewtype}, for types that contain it. */
export declare const docNewtypeForm: json.Form<DocNewtype>;
/** Returns the JSON form of a {@link DocNewtype}. Throws a JsonError for what is none. */
export declare function docNewtypeToJson(value: DocNewtype): json.JsonValue;
/** Returns the {@link DocNewtype} of a JSON form. Throws a JsonError for what is none. */
export declare function docNewtypeFromJson(data: unknown): DocNewtype;
/** The JSON form of {@link DocPlain}, for types that contain it. */
export declare const docPlainForm: json.Form<DocPlain>;
/** Returns the JSON form of a {@link DocPlain}. Throws a JsonError for what is none. */
export declare function docPlainToJson(value: DocPlain): json.JsonValue;
/** Returns the {@link DocPlain} of a JSON form. Throws a JsonError for what is none. */
export declare function docPlainFromJson(data: unknown): DocPlain;
/** The JSON forms of arguments and answers, by the names of methods on the wire: for logs and gateways. */
export declare const methodForms: {
	readonly [method: string]: json.MethodForm;
};
