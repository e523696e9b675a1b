/** A program that hosts the test's service where it may have few open files. It prints its address, and what it logs. */

import { createHost, listen } from "../src/node.js";
import { echoing } from "./served.js";

const print = (line: string) => console.log(line);
const host = createHost(echoing(), { logger: { warn: print, error: print } });
const { address } = await listen(host, "tcp://127.0.0.1:0");
print(address);
