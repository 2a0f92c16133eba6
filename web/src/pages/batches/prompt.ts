/** What a request says, in whichever provider's shape it is. */

export interface Turn {
  role: string;
  text: string;
}
type Json = Record<string, unknown>;

/** The conversation that a request's body holds: system, messages, contents or input. */
export function turns(body: Json): Turn[] {
  const inner = (typeof body.body === "object" && body.body !== null ? body.body : body) as Json;
  const system = inner.system ?? inner.systemInstruction ?? inner.system_instruction ?? inner.instructions;
  const said = [inner.messages, inner.contents, inner.input].find((each) => each !== undefined && each !== null);
  const list = Array.isArray(said) ? said.map((turn) => spoken(turn)) : said === undefined ? [] : [{ role: "user", text: words(said) }];
  return system === undefined ? list : [{ role: "system", text: words(system) }, ...list];
}

function spoken(turn: unknown): Turn {
  if (typeof turn !== "object" || turn === null) return { role: "user", text: words(turn) };
  const { role, content, parts, text } = turn as Json;
  return { role: String(role ?? "user"), text: words(content ?? parts ?? text) };
}

/** The text of a content, of its parts one after the other; what is no text by its kind. */
export function words(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(words).join("\n");
  if (typeof content !== "object" || content === null) return content == null ? "" : String(content);
  const { text, parts, type } = content as Json;
  if (text !== undefined) return words(text);
  return parts === undefined ? `[${String(type ?? Object.keys(content).join(", "))}]` : words(parts);
}
