/** The time zone that moments are shown in: the browser's, until somebody chooses. */

const NAME = "fanfold.zone";

/** The event by which the page hears that another one is wanted. */
export const ZONE_CHANGED = "fanfold-zone-changed";

export function zones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((each) => each !== "UTC")];
}

/** Its name; undefined is the browser's. */
export function zone(): string | undefined {
  const kept = localStorage.getItem(NAME);
  return kept && zones().includes(kept) ? kept : undefined;
}

export function keepZone(chosen: string): void {
  if (chosen) localStorage.setItem(NAME, chosen);
  else localStorage.removeItem(NAME);
  dispatchEvent(new Event(ZONE_CHANGED));
}

/** The moment at which clocks in the zone show `local`, as a field of date and time gives it. */
export function moment(local: string): string {
  const shown = Date.parse(`${local}Z`);
  const about = shown - ahead(shown);
  return new Date(shown - ahead(about)).toISOString();
}

/** Milliseconds that the zone's clocks are ahead of UTC. */
function ahead(at: number): number {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone(), hourCycle: "h23", ...options }).formatToParts(at);
  const [year = 0, month = 1, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((name) => Number(parts.find((each) => each.type === name)?.value));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
