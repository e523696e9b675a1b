/** The commands: lines of JSON. */

import type { Options } from "./options.js";

/** A command: the field of its verb is there, and what that needs. */
export interface Command {
	id: number;
	connect?: string;
	serve?: string | true;
	answer?: number;
	value?: unknown;
	item?: number;
	end?: number;
	fail?: number;
	code?: number;
	raise?: number;
	message?: string;
	open_tunnel?: number;
	shutdown?: true;
	grace_ms?: number;
	options?: Options;
	close?: true;
	call?: string;
	stream?: string;
	notify?: string;
	open?: string;
	arguments?: unknown[];
	timeout_ms?: number;
	cancel?: number;
	next?: number;
	count?: number;
	break?: number;
	tunnel?: number;
	write?: number;
	bytes?: string | number;
	read?: number;
	finish?: number;
	drop?: number;
	pump?: number;
	many?: number;
	stats?: true;
	measure?: true;
}
