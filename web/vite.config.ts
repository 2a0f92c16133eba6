import { defineConfig } from "vite";

// What the first look needs is one file: each further one is another request before anybody sees something.
const FIRST = /node_modules\/preact|src\/(?!oidc|help\/said|i18n\/(it|es|fr|zh)|pages\/(forecasts|writing|journal|money|settings))/;

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    // Nothing inline: the page's policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "index", test: FIRST }] } } },
  },
});
