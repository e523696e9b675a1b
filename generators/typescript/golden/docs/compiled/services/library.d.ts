import { type CallOptions, type Method, type Service } from "../rapace/codegen.js";
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
export interface LibraryClient {
	/**
	* Finds at most `atMost` volumes, each a {@link Volume}; {@link LibraryClient.findOne | findOne} finds one. Like {@link LibraryClient.findOne | finding one},
	* it may find a {@link FoundNotHere}.
	*/
	findAll(atMost: number, options?: CallOptions): Promise<Volume[]>;
	/**
	* Finds the volume of {@link Volume.pageCount} pages, or {@link FoundNotHere} with its {@link FoundNotHere.shelfMark}.
	*
	* @deprecated use {@link LibraryClient.findAll | findAll} or `findAll`
	*/
	findOne(pageCount: number, options?: CallOptions): Promise<Found>;
}
/** See {@link LibraryClient.findAll}. */
export declare const findAll: Method<LibraryClient["findAll"]>;
/**
* See {@link LibraryClient.findOne}.
*
* @deprecated use {@link LibraryClient.findAll | findAll} or `findAll`
*/
export declare const findOne: Method<LibraryClient["findOne"]>;
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
export declare const Library: Service<LibraryClient>;
