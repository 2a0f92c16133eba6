/** The page's texts and figures in the language of whoever looks. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { zone } from "../zone";
import en from "./en.json";

export type Key = keyof typeof en;
type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<Key, string | Plural>;
export type Values = Record<string, string | number>;

/** Each language by its own name. */
export const LANGUAGES = { en: "English", it: "Italiano", es: "Español", fr: "Français", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

const NAME = "fanfold.language";
/** Below this, parts of a second tell something. */
const FINE_SECONDS = 10;
const LOADERS: Record<Language, () => Promise<{ default: unknown }>> = {
  en: async () => ({ default: en }),
  it: () => import("./it.json"),
  es: () => import("./es.json"),
  fr: () => import("./fr.json"),
  zh: () => import("./zh.json"),
};

export class Words {
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly zone = zone();

  constructor(
    readonly language: Language,
    private readonly texts: Catalogue,
  ) {
    this.plurals = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
  }

  /** The text, with values in its gaps; `n` chooses among plural forms. */
  t = (key: Key, values: Values = {}): string => {
    const found = this.texts[key];
    const text = typeof found === "string" ? found : (found[this.plurals.select(Number(values.n))] ?? found.other ?? key);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => this.shown(values[name] ?? ""));
  };

  /** A word for what the API calls so; its own word where the page has none. */
  word = (group: string, name: string, values: Values = {}): string => {
    const key = `${group}.${name}`;
    return key in this.texts ? this.t(key as Key, values) : name;
  };

  number = (value: number, digits = 0): string =>
    digits ? new Intl.NumberFormat(this.language, { maximumFractionDigits: digits }).format(value) : this.numbers.format(value);

  /** So many digits that count, whatever the size. */
  digits = (value: number, count = 4): string =>
    new Intl.NumberFormat(this.language, { maximumSignificantDigits: count }).format(value);

  /** A share of one; rounded down, so that only all is 100 %. */
  percent = (share: number): string =>
    new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 1, roundingMode: "floor" } as Intl.NumberFormatOptions).format(share);

  /** Dollars; small sums keep the digits that tell them apart. */
  money = (dollars: number): string => {
    const small = Math.abs(dollars) < 1 && dollars !== 0;
    const digits = small ? { minimumFractionDigits: 2, maximumFractionDigits: 4 } : { maximumFractionDigits: 2 };
    const format = new Intl.NumberFormat(this.language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...digits });
    return small && Math.abs(dollars) < 0.0001 ? `< ${format.format(0.0001)}` : format.format(dollars);
  };

  date = (iso: string): string =>
    new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short", timeZone: this.zone }).format(new Date(iso));

  /** A date as exact as its frequency: of a yearly series the year. */
  period = (iso: string, frequency: string | null): string => {
    return new Intl.DateTimeFormat(this.language, { ...exactness(frequency ?? ""), timeZone: "UTC" }).format(new Date(iso));
  };

  /** An hour as the journal counts them: of UTC, without its minutes. */
  hour = (hour: string): string => this.date(`${hour}:00:00Z`);

  time = (iso: string): string => new Intl.DateTimeFormat(this.language, { timeStyle: "medium", timeZone: this.zone }).format(new Date(iso));

  bytes = (size: number): string =>
    size < 1_000_000 ? `${this.number(size / 1000, 1)} kB` : `${this.number(size / 1_000_000, 1)} MB`;

  /** Seconds as people say them, in one unit or two. */
  duration = (seconds: number): string => {
    if (seconds < FINE_SECONDS) return this.unit(Number(Math.max(0, seconds).toPrecision(2)), "second");
    const whole = Math.round(seconds);
    const parts: [number, string][] = [[Math.floor(whole / 86_400), "day"], [Math.floor(whole / 3600) % 24, "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
    const first = parts.findIndex(([count]) => count > 0);
    const kept = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([count], at) => at === 0 || count > 0);
    return kept.map(([count, unit]) => this.unit(count, unit)).join(" ");
  };

  private unit(count: number, unit: string): string {
    return new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "short" }).format(count);
  }

  private shown(value: string | number): string {
    return typeof value === "number" ? this.number(value, 2) : value;
  }
}

function exactness(frequency: string): Intl.DateTimeFormatOptions {
  if (frequency === "Y") return { year: "numeric" };
  if (/[MQ]$/.test(frequency)) return { year: "numeric", month: "short" };
  if (/H|min/.test(frequency)) return { dateStyle: "short", timeStyle: "short" };
  return { dateStyle: "medium" };
}

export const WordsContext = createContext(new Words("en", en));

export function useWords(): Words {
  return useContext(WordsContext);
}

/** The language that was chosen here, or else the browser's, or else English. */
export function preferred(): Language {
  const wanted = [localStorage.getItem(NAME) ?? "", ...navigator.languages].map((each) => each.slice(0, 2));
  return wanted.find((each): each is Language => each in LANGUAGES) ?? "en";
}

export async function load(language: Language): Promise<Words> {
  localStorage.setItem(NAME, language);
  document.documentElement.lang = language;
  return new Words(language, (await LOADERS[language]()).default as Catalogue);
}
