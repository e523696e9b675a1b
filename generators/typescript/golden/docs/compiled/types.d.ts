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
export interface Doc {
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
	a: number;
	/** " */
	b: number;
	/** \ */
	c: number;
	/**
	*   leading
	*     and deeper
	*/
	d: number;
}
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
export type DocEnum = DocEnumA | DocEnumB | DocEnumC;
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
export interface DocEnumA {
	kind: "A";
}
/** ends with " */
export interface DocEnumB {
	kind: "B";
	value: number;
}
/** C. */
export interface DocEnumC {
	kind: "C";
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
	c: number;
}
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
export type DocNewtype = number;
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
export type DocPlain = "A" | "B";
/** What {@link LibraryClient.findOne} returns: {@link FoundHere | a volume} or `FoundNotHere`. */
export type Found = FoundHere | FoundNotHere;
export interface FoundHere {
	kind: "Here";
	value: Volume;
}
/** The opposite of {@link FoundHere}. */
export interface FoundNotHere {
	kind: "NotHere";
	/** Where a {@link Volume} would be. */
	shelfMark: string;
}
/** What a {@link Volume} is: `"Poetry"` or `"ShortProse"`. */
export type Genre = "Poetry" | "ShortProse";
/** What the {@link Library} has. Its `pageCount` is at most `Volume::MAX_PAGES`. */
export interface Volume {
	/** See {@link LibraryClient.findOne} and {@link Volume.genre | genre}. */
	pageCount: number;
	/** One of {@link Genre}'s variants, such as `"Poetry"`. */
	genre: Genre;
}
