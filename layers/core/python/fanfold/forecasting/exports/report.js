"use strict";
(() => {
  const table = document.querySelector(".list table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const output = document.querySelector(".search output");
  const nothing = document.querySelector(".nothing");
  const letters = { ł: "l", ø: "o", đ: "d", ß: "ss", æ: "ae", œ: "oe", ı: "i" };
  const plain = (text) =>
    text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().replace(/[łøđßæœı]/g, (letter) => letters[letter]);
  const names = new Map(rows.map((row) => [row, plain(row.textContent)]));
  const cards = [...document.querySelectorAll(".cards article")];
  const titles = new Map(cards.map((card) => [card, plain(card.querySelector("header").textContent)]));

  const find = (text) => {
    const words = plain(text).split(/\s+/).filter(Boolean);
    const fits = (content) => words.every((word) => content.includes(word));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(names.get(row));
      shown += row.hidden ? 0 : 1;
    }
    for (const card of cards) card.hidden = !fits(titles.get(card));
    output.textContent = shown.toLocaleString(document.documentElement.lang);
    nothing.hidden = shown > 0;
  };

  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
  };
  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    return typeof one === "number" && typeof other === "number" ? one - other : order.compare(one, other);
  };
  const sort = (head) => {
    const way = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1;
    rows.sort((a, b) => sign * compare(value(a, head.cellIndex), value(b, head.cellIndex)));
    body.append(...rows);
  };

  const input = document.querySelector(".search input");
  input.addEventListener("input", () => find(input.value));
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sort(button.parentElement));
  }
  addEventListener("beforeprint", () => document.querySelectorAll(".numbers").forEach((one) => { one.open = true; }));
  find("");
})();
