/** The vectors of an answer of an endpoint of embeddings. */

/** None where it has none; each as numbers, also where they came as little-endian floats in base64. */
export function vectors(response: unknown): number[][] {
  if (typeof response !== "object" || response === null) return [];
  const { data, embedding } = response as { data?: unknown; embedding?: { values?: unknown } };
  if (!Array.isArray(data)) return [numbers(embedding?.values)].filter((each) => each.length > 0);
  return data.map((each: { embedding?: unknown }) => numbers(each?.embedding)).filter((each) => each.length > 0);
}

function numbers(found: unknown): number[] {
  if (Array.isArray(found)) return found.map(Number);
  if (typeof found !== "string") return [];
  const bytes = Uint8Array.from(atob(found), (character) => character.charCodeAt(0));
  return [...new Float32Array(bytes.buffer)];
}
