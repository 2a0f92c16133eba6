/** A place to drop files on, which is also an ordinary file field. */

import { useState } from "preact/hooks";

interface DropProps {
  label: string;
  hint: string;
  accept: string;
  multiple?: boolean;
  given: (files: File[]) => void;
}

export function Drop({ label, hint, accept, multiple = false, given }: DropProps) {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => files?.length && given([...files]);
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  const hover = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <label class={over ? "drop over" : "drop"} onDragOver={hover} onDragLeave={() => setOver(false)} onDrop={dropped}>
      <strong>{label}</strong>
      <span class="muted">{hint}</span>
      <input type="file" accept={accept} multiple={multiple} onChange={(event) => take(event.currentTarget.files)} />
    </label>
  );
}
