/** Places of values on a chart, and the round values that its lines stand at. */

export interface Scale {
  (value: number): number;
}

export function linear(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** About `count` round values between the two. */
export function ticks(low: number, high: number, count = 5): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

/** A line through the points that have a value; a gap where one has none. */
export function path(points: [number, number | null][], x: Scale, y: Scale): string {
  let pen = "M";
  return points
    .map(([at, value]) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const drawn = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return drawn;
    })
    .join("");
}
