/** History, forecast and its intervals, as the past goes over into what may come. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../i18n";
import { linear, path, type Scale, ticks } from "./scale";

export interface Fan {
  name: string;
  history: (number | null)[];
  mean: number[];
  intervals: { level: number; low: number[]; high: number[] }[];
  /** The date of a step, counted from the first of the history. */
  label: (step: number) => string;
}

const HEIGHT = 320;
const MARGIN = { left: 56, right: 12, top: 10, bottom: 26 };

export function FanChart({ fan }: { fan: Fan }) {
  const { t, digits } = useWords();
  const [box, width] = useWidth();
  const [held, setHeld] = useState<number | null>(null);
  const steps = fan.history.length + fan.mean.length;
  const values = [...fan.history, ...fan.mean, ...fan.intervals.flatMap((each) => [...each.low, ...each.high])].filter((each): each is number => each !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = linear(0, Math.max(steps - 1, 1), MARGIN.left, width - MARGIN.right);
  const y = linear(low, high === low ? low + 1 : high, HEIGHT - MARGIN.bottom, MARGIN.top);
  const point = (event: PointerEvent) => {
    const across = event.offsetX - MARGIN.left;
    const step = Math.round((across / (width - MARGIN.left - MARGIN.right)) * (steps - 1));
    setHeld(step >= 0 && step < steps ? step : null);
  };
  return (
    <figure class="fan" ref={box}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label={t("chart.label", { name: fan.name })} onPointerMove={point} onPointerLeave={() => setHeld(null)}>
        {ticks(low, high).map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${MARGIN.left} ${y(tick)}H${width - MARGIN.right}`} />
            <text class="right" x={MARGIN.left - 8} y={y(tick) + 4}>
              {digits(tick, 3)}
            </text>
          </g>
        ))}
        <Times fan={fan} steps={steps} x={x} width={width} />
        <Shapes fan={fan} x={x} y={y} />
        {held !== null && <path class="held" d={`M${x(held)} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}`} />}
      </svg>
      <figcaption class="muted">{held === null ? <Legend fan={fan} /> : <Reading fan={fan} step={held} />}</figcaption>
    </figure>
  );
}

/** Bands begin at the last value, so that the fan opens where the past ends. */
function Shapes({ fan, x, y }: { fan: Fan; x: Scale; y: Scale }) {
  const past = fan.history.length;
  const last = fan.history.at(-1) ?? null;
  const joined = (values: number[]): [number, number | null][] => [
    ...(last === null ? [] : [[past - 1, last] as [number, number]]),
    ...values.map((value, at): [number, number] => [past + at, value]),
  ];
  const widest = [...fan.intervals].sort((a, b) => b.level - a.level);
  return (
    <>
      {widest.map((each) => (
        <path key={each.level} class="band" d={`${path(joined(each.high), x, y)}${path(joined(each.low).reverse(), x, y).replace("M", "L")}Z`} />
      ))}
      <path class="past" d={path(fan.history.map((value, at) => [at, value]), x, y)} />
      <path class="ahead" d={path(joined(fan.mean), x, y)} />
    </>
  );
}

function Times({ fan, steps, x, width }: { fan: Fan; steps: number; x: Scale; width: number }) {
  const count = Math.max(2, Math.floor(width / 160));
  const shown = Array.from({ length: count }, (_, at) => Math.round((at * (steps - 1)) / (count - 1)));
  return (
    <>
      {shown.map((step, at) => (
        <text key={step} class={at === 0 ? "" : at === count - 1 ? "right" : "middle"} x={x(step)} y={HEIGHT - 6}>
          {fan.label(step)}
        </text>
      ))}
    </>
  );
}

function Legend({ fan }: { fan: Fan }) {
  const { t } = useWords();
  const levels = fan.intervals.map((each) => `${each.level} %`).join(", ");
  return <>{t("chart.legend", { levels })}</>;
}

function Reading({ fan, step }: { fan: Fan; step: number }) {
  const { digits } = useWords();
  const ahead = step - fan.history.length;
  const value = ahead < 0 ? fan.history[step] : fan.mean[ahead];
  const bands = ahead < 0 ? [] : fan.intervals.map((each) => `${each.level} %: ${digits(each.low[ahead] ?? 0)} – ${digits(each.high[ahead] ?? 0)}`);
  return <>{[fan.label(step), value == null ? "–" : digits(value), ...bands].join(" · ")}</>;
}

function useWidth(): [{ current: HTMLElement | null }, number] {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(700);
  useEffect(() => {
    if (!box.current) return;
    const watcher = new ResizeObserver(([entry]) => entry && setWidth(Math.max(260, Math.floor(entry.contentRect.width))));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, width];
}
