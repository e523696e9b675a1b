import { type Awaitable, type HandledService, type ServedCall } from "../rapace/codegen.js";
import { type DocsClient } from "../services/docs.js";
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
export interface DocsHandler {
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
	method(a: Doc, call: ServedCall): Awaitable<DocEnum>;
	/** "quoted" */
	quoted(call: ServedCall): Awaitable<void>;
	/** ends with "a quote" */
	endsWithQuote(call: ServedCall): Awaitable<void>;
	/**
	* One line.
	*
	* \@param x looks like a tag
	* \@deprecated and this one too
	*/
	oneLine(call: ServedCall): Awaitable<void>;
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
	stream(call: ServedCall): AsyncIterable<Doc>;
	/**
	* Was used.
	*
	* @deprecated say "new" *\/ instead of `old` \
	*/
	old(call: ServedCall): Awaitable<void>;
}
/** The service, for `serve`. Its handlers are {@link DocsHandler}. */
export declare const Docs: HandledService<DocsClient, DocsHandler>;
