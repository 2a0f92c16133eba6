// Makes src/api/types.ts of src/api/schema.json; the first line holds the schema's digest, by which a test sees it is current.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const text = readFileSync("src/api/schema.json", "utf8");
const digest = createHash("sha256").update(text).digest("hex");
const bannerComment = `// Made by \`make web-types\` of schema.json ${digest}; do not edit.`;
const options = { bannerComment, additionalProperties: false, unreachableDefinitions: true, format: false };
const made = await compile(JSON.parse(text), "Api", options);
const noise = / \* This interface was referenced by[^\n]*\n \* via the `definition`[^\n]*\n/g;
const plain = made.replace(noise, "").replace(/\/\*\*\n( \* ?\n)* \*\/\n/g, "").replace(/ \* ?\n \*\/\n/g, " */\n");
writeFileSync("src/api/types.ts", plain);
