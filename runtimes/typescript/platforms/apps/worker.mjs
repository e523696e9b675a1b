/** A Cloudflare Worker: calls over the address that it is given. */

import { connect } from "bookshop/web";
import { outcomes } from "./calls.mjs";

export default {
	async fetch(_request, { ADDRESS }) {
		return Response.json(await outcomes(connect, [ADDRESS]));
	},
};
