import type { ComponentChildren } from "preact";

/** A table of things that one can look at or act on: its heads, and a row each. */
export function ListTable({ heads, children }: { heads: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="scroll">
      <table class="jobs">
        <thead>
          <tr>{heads}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
