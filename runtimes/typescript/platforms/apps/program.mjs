/** A program of Node: calls over the addresses that it is given. */

import { connect } from "bookshop/node";
import { outcomes } from "./calls.mjs";

void outcomes(connect, process.argv.slice(2)).then((found) =>
	process.stdout.write(JSON.stringify(found)),
);
