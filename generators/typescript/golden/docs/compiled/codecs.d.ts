import { type Reader, type Writer } from "./rapace/codegen.js";
import type { Doc, DocEnum } from "./types.js";
export declare function encodeDoc(w: Writer, v: Doc): void;
export declare function decodeDoc(r: Reader): Doc;
export declare function encodeDocEnum(w: Writer, v: DocEnum): void;
export declare function decodeDocEnum(r: Reader): DocEnum;
