/** The states of jobs, in the groups in which people look for them. */

import type { State } from "../../api/types";

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

/** Whether the job belongs to the group; those that ended with failures are in the group of troubles too. */
export function belongs(job: { state: State; progress: { failed?: number } }, group: string): boolean {
  if (group === "") return true;
  if (group === "trouble") return job.state === "failed" || (job.progress.failed ?? 0) > 0;
  return ((GROUPS as Record<string, readonly State[]>)[group] ?? []).includes(job.state);
}
