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
addEventListener("hashchange", () => (reads = []));

export function did(call: Call): void {
  if (call.method !== "GET") changes = [call, ...changes].slice(0, MOST_CHANGES);
  else if (!reads.some((each) => each.path === call.path)) reads = [call, ...reads].slice(0, MOST_READS);
}

/** Changes first, then what the place where one is has read. */
export function lately(): Call[] {
  return [...changes, ...reads];
}

export function forgetCalls(): void {
  changes = [];
  reads = [];
}
