import { type CallOptions, type Method, type Service } from "../rapace/codegen.js";
import type { Doc, DocEnum } from "../types.js";
/**
* Ends a comment: *\/ and /* opens one.
* Quotes: """ and ''' and ` and " and ' end.
*
* Backslashes: \ \n \u0041 C:\new\table \
* Braces: {x} {{y}} {% if %} {# no #} $ ${z} %s %d
* Tags: <script> <\/script> & &amp; \@deprecated \@param {x}
*
*     indented code
*
* - a list
*   - nested
*
* # A heading
*
* ```rust
* let a = "b"; // comment
* ```
* Unicode: é 中 😀 \u{202e} rtl \u{200b} zero-width
* A very long line that goes on and on, so that every formatter that wraps at eighty or at a hundred columns has something to think about when it comes here.
* //go:build ignore
* #!/bin/sh
*  # type: ignore
*  // \@ts\-ignore
* Ends with a backslash \
*/
export interface DocsClient {
	/**
	* Ends a comment: *\/ and /* opens one.
	* Quotes: """ and ''' and ` and " and ' end.
	*
	* Backslashes: \ \n \u0041 C:\new\table \
	* Braces: {x} {{y}} {% if %} {# no #} $ ${z} %s %d
	* Tags: <script> <\/script> & &amp; \@deprecated \@param {x}
	*
	*     indented code
	*
	* - a list
	*   - nested
	*
	* # A heading
	*
	* ```rust
	* let a = "b"; // comment
	* ```
	* Unicode: é 中 😀 \u{202e} rtl \u{200b} zero-width
	* A very long line that goes on and on, so that every formatter that wraps at eighty or at a hundred columns has something to think about when it comes here.
	* //go:build ignore
	* #!/bin/sh
	*  # type: ignore
	*  // \@ts\-ignore
	* Ends with a backslash \
	*/
	method(a: Doc, options?: CallOptions): Promise<DocEnum>;
	/** "quoted" */
	quoted(options?: CallOptions): Promise<void>;
	/** Calls {@link DocsClient.quoted} without waiting for an answer. Resolves when the request has been sent. */
	notifyQuoted(options?: CallOptions): Promise<void>;
	/** ends with "a quote" */
	endsWithQuote(options?: CallOptions): Promise<void>;
	/** Calls {@link DocsClient.endsWithQuote} without waiting for an answer. Resolves when the request has been sent. */
	notifyEndsWithQuote(options?: CallOptions): Promise<void>;
	/**
	* One line.
	*
	* \@param x looks like a tag
	* \@deprecated and this one too
	*/
	oneLine(options?: CallOptions): Promise<void>;
	/** Calls {@link DocsClient.oneLine} without waiting for an answer. Resolves when the request has been sent. */
	notifyOneLine(options?: CallOptions): Promise<void>;
	/**
	* Ends a comment: *\/ and /* opens one.
	* Quotes: """ and ''' and ` and " and ' end.
	*
	* Backslashes: \ \n \u0041 C:\new\table \
	* Braces: {x} {{y}} {% if %} {# no #} $ ${z} %s %d
	* Tags: <script> <\/script> & &amp; \@deprecated \@param {x}
	*
	*     indented code
	*
	* - a list
	*   - nested
	*
	* # A heading
	*
	* ```rust
	* let a = "b"; // comment
	* ```
	* Unicode: é 中 😀 \u{202e} rtl \u{200b} zero-width
	* A very long line that goes on and on, so that every formatter that wraps at eighty or at a hundred columns has something to think about when it comes here.
	* //go:build ignore
	* #!/bin/sh
	*  # type: ignore
	*  // \@ts\-ignore
	* Ends with a backslash \
	*/
	stream(options?: CallOptions): AsyncIterable<Doc>;
	/**
	* Was used.
	*
	* @deprecated say "new" *\/ instead of `old` \
	*/
	old(options?: CallOptions): Promise<void>;
	/**
	* Calls {@link DocsClient.old} without waiting for an answer. Resolves when the request has been sent.
	*
	* @deprecated say "new" *\/ instead of `old` \
	*/
	notifyOld(options?: CallOptions): Promise<void>;
}
/** See {@link DocsClient.method}. */
export declare const method: Method<DocsClient["method"]>;
/** See {@link DocsClient.quoted}. */
export declare const quoted: Method<DocsClient["quoted"]>;
/** See {@link DocsClient.notifyQuoted}. */
export declare const notifyQuoted: Method<DocsClient["notifyQuoted"]>;
/** See {@link DocsClient.endsWithQuote}. */
export declare const endsWithQuote: Method<DocsClient["endsWithQuote"]>;
/** See {@link DocsClient.notifyEndsWithQuote}. */
export declare const notifyEndsWithQuote: Method<DocsClient["notifyEndsWithQuote"]>;
/** See {@link DocsClient.oneLine}. */
export declare const oneLine: Method<DocsClient["oneLine"]>;
/** See {@link DocsClient.notifyOneLine}. */
export declare const notifyOneLine: Method<DocsClient["notifyOneLine"]>;
/** See {@link DocsClient.stream}. */
export declare const stream: Method<DocsClient["stream"]>;
/**
* See {@link DocsClient.old}.
*
* @deprecated say "new" *\/ instead of `old` \
*/
export declare const old: Method<DocsClient["old"]>;
/**
* See {@link DocsClient.notifyOld}.
*
* @deprecated say "new" *\/ instead of `old` \
*/
export declare const notifyOld: Method<DocsClient["notifyOld"]>;
/**
* Ends a comment: *\/ and /* opens one.
* Quotes: """ and ''' and ` and " and ' end.
*
* Backslashes: \ \n \u0041 C:\new\table \
* Braces: {x} {{y}} {% if %} {# no #} $ ${z} %s %d
* Tags: <script> <\/script> & &amp; \@deprecated \@param {x}
*
*     indented code
*
* - a list
*   - nested
*
* # A heading
*
* ```rust
* let a = "b"; // comment
* ```
* Unicode: é 中 😀 \u{202e} rtl \u{200b} zero-width
* A very long line that goes on and on, so that every formatter that wraps at eighty or at a hundred columns has something to think about when it comes here.
* //go:build ignore
* #!/bin/sh
*  # type: ignore
*  // \@ts\-ignore
* Ends with a backslash \
*/
export declare const Docs: Service<DocsClient>;
