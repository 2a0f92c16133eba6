/** The style profile: what a session learnt, for its owner to read and to change. */

import { patch } from "../../api/http";
import { usePolled } from "../../api/poll";
import type { ProfileView } from "../../api/types";
import { useWords } from "../../i18n";
import { Facts } from "../../parts/facts";
import { Fields, type FieldRow } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";

const LISTS = ["devices", "avoid"];

export function Profile({ path }: { path: string }) {
  const { t, word } = useWords();
  const polled = usePolled<ProfileView>(`${path}/profile`, {}, () => null);
  return (
    <section class="card">
      <h2>{t("writing.profile")}</h2>
      <Loaded polled={polled}>
        {(profile) => (
          <>
            {profile.edited && <p class="muted">{t("writing.profile-edited")}</p>}
            <Facts rows={Object.entries(profile.style).map(([name, value]) => [word("style", name), Array.isArray(value) ? value.join("; ") : String(value)])} />
            <p class="text">{profile.summary}</p>
            <Edit key={profile.version} profile={profile} path={path} refresh={polled.refresh} />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** What is left empty here is empty in the profile. */
function Edit({ profile, path, refresh }: { profile: ProfileView; path: string; refresh: () => void }) {
  const { t, word } = useWords();
  const styles = Object.entries(profile.style) as [string, string | string[]][];
  const rows: FieldRow[] = [
    ...styles.map(([name, value]) => ({
      name,
      label: LISTS.includes(name) ? t("writing.a-line-each", { what: word("style", name) }) : word("style", name),
      lines: 2,
      value: Array.isArray(value) ? value.join("\n") : value,
    })),
    { name: "summary", label: t("writing.summary"), lines: 6, value: profile.summary },
  ];
  const change = async ({ summary = "", ...given }: Record<string, string>) => {
    const style = Object.fromEntries(styles.map(([name]) => [name, LISTS.includes(name) ? lines(given[name] ?? "") : (given[name] ?? "")]));
    await patch(`${path}/profile`, { style, summary });
    refresh();
  };
  return (
    <details>
      <summary>{t("writing.edit-profile")}</summary>
      <Fields rows={rows} label={t("writing.keep-profile")} send={change} />
    </details>
  );
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
