/** The frame around every page: where one is, who one is, in which language and light. */

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { forget, KEY_REFUSED } from "./api/http";
import { Help } from "./help/panel";
import { LANGUAGES, type Language, load, type Words, WordsContext } from "./i18n";
import { BatchesPage } from "./pages/batches";
import { OverviewPage } from "./pages/overview";
import { SignIn } from "./pages/sign-in";
import { Skeleton } from "./parts/loaded";
import { Trouble } from "./parts/trouble";
import { href, type Route, useRoute } from "./route";
import { key, signOut } from "./session";
import { applyTheme, THEMES, type Theme, theme } from "./theme";
import { ZONE_CHANGED } from "./zone";

type Shown = ComponentType<{ route: Route }>;
/** The first look brings the first two pages; the others come when somebody goes there. */
const PAGES = {
  overview: () => OverviewPage,
  batches: () => BatchesPage,
  forecasts: () => import("./pages/forecasts").then((module) => module.ForecastsPage),
  writing: () => import("./pages/writing").then((module) => module.WritingPage),
  journal: () => import("./pages/journal").then((module) => module.JournalPage),
  money: () => import("./pages/money").then((module) => module.MoneyPage),
  settings: () => import("./pages/settings").then((module) => module.SettingsPage),
} as const satisfies Record<string, () => Shown | Promise<Shown>>;
type Name = keyof typeof PAGES;

export function App(given: { words: Words; failure: Error | null }) {
  const [words, setWords] = useState(given.words);
  const [signedIn, setSignedIn] = useState(key() !== null);
  const [refused, setRefused] = useState(false);
  const route = useRoute();
  const speak = async (language: Language) => setWords(await load(language));
  const leave = () => {
    signOut();
    forget();
    setSignedIn(false);
    setRefused(false);
  };
  const entered = () => {
    setSignedIn(true);
    setRefused(false);
  };
  useEffect(() => {
    const refuse = () => {
      leave();
      setRefused(true);
    };
    addEventListener(KEY_REFUSED, refuse);
    return () => removeEventListener(KEY_REFUSED, refuse);
  }, []);
  useEffect(() => {
    const changed = () => void speak(words.language);
    addEventListener(ZONE_CHANGED, changed);
    return () => removeEventListener(ZONE_CHANGED, changed);
  }, [words.language]);
  return (
    <WordsContext.Provider value={words}>
      <Frame route={route} words={words} speak={speak} leave={signedIn ? leave : null}>
        {signedIn ? <Page route={route} /> : <SignIn refused={refused} failure={given.failure} done={entered} />}
      </Frame>
    </WordsContext.Provider>
  );
}

function Page({ route }: { route: Route }) {
  const name = named(route);
  const [loaded, setLoaded] = useState<{ name: Name; Shown?: Shown; error?: Error } | null>(null);
  useEffect(() => {
    let left = false;
    Promise.resolve(PAGES[name]()).then(
      (Shown) => left || setLoaded({ name, Shown }),
      (error: Error) => left || setLoaded({ name, error }),
    );
    return () => {
      left = true;
    };
  }, [name]);
  if (loaded?.name !== name) return <Skeleton />;
  return loaded.Shown ? <loaded.Shown route={route} /> : <Trouble error={loaded.error ?? new Error(name)} />;
}

function named(route: Route): Name {
  const first = route.path[0] ?? "";
  return first in PAGES ? (first as Name) : "overview";
}

interface FrameProps {
  route: Route;
  words: Words;
  speak: (language: Language) => void;
  leave: (() => void) | null;
  children: ComponentChildren;
}

function Frame({ route, words, speak, leave, children }: FrameProps) {
  const { t } = words;
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          Fanfold
        </a>
        {leave && (
          <nav aria-label={t("nav.pages")}>
            {(Object.keys(PAGES) as Name[]).map((name) => (
              <a key={name} href={href([name])} aria-current={named(route) === name ? "page" : undefined}>
                {words.word("nav", name)}
              </a>
            ))}
          </nav>
        )}
        <Preferences words={words} speak={speak} leave={leave} />
      </header>
      <main>{children}</main>
    </>
  );
}

function Preferences({ words, speak, leave }: Pick<FrameProps, "words" | "speak" | "leave">) {
  const { t } = words;
  const [light, setLight] = useState(theme());
  const lit = (chosen: Theme) => {
    applyTheme(chosen);
    setLight(chosen);
  };
  return (
    <div class="preferences">
      <select aria-label={t("nav.language")} value={words.language} onChange={(event) => speak(event.currentTarget.value as Language)}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <select aria-label={t("nav.theme")} value={light} onChange={(event) => lit(event.currentTarget.value as Theme)}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {words.word("theme", each)}
          </option>
        ))}
      </select>
      {leave && <Help />}
      {leave && (
        <button type="button" class="quiet" onClick={leave}>
          {t("nav.sign-out")}
        </button>
      )}
    </div>
  );
}
