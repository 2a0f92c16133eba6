/** The states of jobs, in the groups in which people look for them. */

import type { Query } from "../../api/http";
import type { JobTotals, State } from "../../api/types";

export const GROUPS = {
  active: ["accepted", "planning", "running", "cancelling", "deleting"],
  waiting: ["draft", "paused"],
  completed: ["completed"],
  failed: ["failed"],
  cancelled: ["cancelled"],
} as const satisfies Record<string, readonly State[]>;
export type Group = keyof typeof GROUPS | "trouble";

/** Whether something can still change by itself. */
export function moves(state: State): boolean {
  return (GROUPS.active as readonly State[]).includes(state);
}

export function isOver(state: State): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}

/** How the API is asked for the jobs of a group; those that ended with failures are in the group of troubles. */
export function queryOf(group: string): Query {
  return group === "trouble" ? { has_failures: "true" } : { state: statesOf(group).join(",") };
}

/** How many jobs are in the group. */
export function countOf(totals: JobTotals, group: string): number {
  if (group === "") return totals.counted;
  if (group === "trouble") return totals.with_failures;
  return statesOf(group).reduce((sum, state) => sum + (totals.by_state[state] ?? 0), 0);
}

function statesOf(group: string): readonly State[] {
  return (GROUPS as Record<string, readonly State[]>)[group] ?? [];
}
