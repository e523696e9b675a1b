import { type Awaitable, type HandledService, type ServedCall } from "../rapace/codegen.js";
import { type LibraryClient } from "../services/library.js";
import type { Found, Volume } from "../types.js";
/**
* Finds each {@link Volume}, as `findAll` does. See {@link Volume.pageCount}, `"Poetry"`,
* {@link Genre | the genre}, `std::vec::Vec`, `Missing`, [Missing], [rapace][home] and [its docs](https://docs.rs/rapace).
*
* [home]: https://example.com/rapace
*
* ```rust
* let all = library.find_all(3).await;
* # kept
* ```
*
* ```json
* # not Rust
* {"page_count": 1}
* ```
*/
export interface LibraryHandler {
	/**
	* Finds at most `atMost` volumes, each a {@link Volume}; {@link LibraryClient.findOne | findOne} finds one. Like {@link LibraryClient.findOne | finding one},
	* it may find a {@link FoundNotHere}.
	*/
	findAll(atMost: number, call: ServedCall): Awaitable<Volume[]>;
	/**
	* Finds the volume of {@link Volume.pageCount} pages, or {@link FoundNotHere} with its {@link FoundNotHere.shelfMark}.
	*
	* @deprecated use {@link LibraryClient.findAll | findAll} or `findAll`
	*/
	findOne(pageCount: number, call: ServedCall): Awaitable<Found>;
}
/** The service, for `serve`. Its handlers are {@link LibraryHandler}. */
export declare const Library: HandledService<LibraryClient, LibraryHandler>;
