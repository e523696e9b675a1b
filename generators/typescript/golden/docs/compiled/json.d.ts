import { json } from "./rapace/codegen.js";
import type { Doc, DocEnum, DocNewtype, DocPlain, Found, Genre, Volume } from "./types.js";
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
/** The JSON form of {@link Found}, for types that contain it. */
export declare const foundForm: json.Form<Found>;
/** Returns the JSON form of a {@link Found}. Throws a JsonError for what is none. */
export declare function foundToJson(value: Found): json.JsonValue;
/** Returns the {@link Found} of a JSON form. Throws a JsonError for what is none. */
export declare function foundFromJson(data: unknown): Found;
/** The JSON form of {@link Genre}, for types that contain it. */
export declare const genreForm: json.Form<Genre>;
/** Returns the JSON form of a {@link Genre}. Throws a JsonError for what is none. */
export declare function genreToJson(value: Genre): json.JsonValue;
/** Returns the {@link Genre} of a JSON form. Throws a JsonError for what is none. */
export declare function genreFromJson(data: unknown): Genre;
/** The JSON form of {@link Volume}, for types that contain it. */
export declare const volumeForm: json.Form<Volume>;
/** Returns the JSON form of a {@link Volume}. Throws a JsonError for what is none. */
export declare function volumeToJson(value: Volume): json.JsonValue;
/** Returns the {@link Volume} of a JSON form. Throws a JsonError for what is none. */
export declare function volumeFromJson(data: unknown): Volume;
/** The JSON forms of arguments and answers, by the names of methods on the wire: for logs and gateways. */
export declare const methodForms: {
	readonly [method: string]: json.MethodForm;
};
