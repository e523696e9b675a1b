/** A route of Next: calls over the addresses in the environment, when it is asked and not when it is built. */

import { connect } from "bookshop/node";
import { outcomes } from "../../../calls.mjs";

export const dynamic = "force-dynamic";

export async function GET() {
	const addresses = process.env.ADDRESSES.split(" ");
	return Response.json(await outcomes(connect, addresses));
}
