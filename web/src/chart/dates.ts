/** Dates of the steps before a forecast: the API keeps those of the forecast alone. */

const MONTHS: Record<string, number> = { M: 1, "2M": 2, Q: 3, "6M": 6, Y: 12 };
const HOURS: Record<string, number> = { "5min": 1 / 12, "10min": 1 / 6, "15min": 1 / 4, "30min": 1 / 2, H: 1, D: 24, W: 168, "2W": 336, "4W": 672 };

/** The date `steps` before the first of the forecast; null for a frequency that has none, or counts working days. */
export function before(first: string | undefined, frequency: string | null | undefined, steps: number): string | null {
  if (!first || !frequency) return null;
  const date = new Date(first);
  if (Number.isNaN(date.getTime())) return null;
  const [months, hours] = [MONTHS[frequency], HOURS[frequency]];
  if (hours) date.setTime(date.getTime() - steps * hours * 3_600_000);
  else if (months) date.setUTCMonth(date.getUTCMonth() - steps * months);
  else return null;
  return date.toISOString();
}
