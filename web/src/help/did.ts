/** The calls that this tab made lately, for whoever wants to make them from elsewhere. Kept in the tab's memory alone. */

export interface Call {
  method: string;
  path: string;
  body: unknown;
}

const MOST_CHANGES = 3;
const MOST_READS = 6;
let changes: Call[] = [];
let reads: Call[] = [];
/** Whether they were made elsewhere: a place that reads nothing keeps those of the one before. */
let elsewhere = false;
addEventListener("hashchange", () => (elsewhere = true));

export function did(call: Call): void {
  if (call.method === "GET") read(call);
  else changes = [call, ...changes].slice(0, MOST_CHANGES);
}

function read(call: Call): void {
  if (elsewhere) reads = [];
  elsewhere = false;
  if (!reads.some((each) => each.path === call.path)) reads = [call, ...reads].slice(0, MOST_READS);
}

/** Changes first, then what the place where one is has read. */
export function lately(): Call[] {
  return [...changes, ...reads];
}

export function forgetCalls(): void {
  changes = [];
  reads = [];
}
