import { useEffect, useRef, useState } from "preact/hooks";

import "./files.css";

export interface FileDrop {
  /** Files are dragged over the element. */
  over: boolean;
  /** For the element. */
  handlers: Record<"onDragEnter" | "onDragOver" | "onDragLeave" | "onDrop", (event: DragEvent) => void> & { onPaste: (event: ClipboardEvent) => void };
}

/**
 * Makes an element take files by drag and drop and by paste. A file that is dropped beside it goes nowhere: the browser would leave the page
 * for the file.
 */
export function useFileDrop(onFiles: (files: File[]) => void): FileDrop {
  const [over, setOver] = useState(false);
  // The elements within it fire enter and leave too.
  const depth = useRef(0);
  useEffect(() => {
    window.addEventListener("dragover", refused);
    window.addEventListener("drop", refused);
    return () => {
      window.removeEventListener("dragover", refused);
      window.removeEventListener("drop", refused);
    };
  }, []);
  const entered = (by: 1 | -1) => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  const taken = (event: DragEvent, take: () => void) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    take();
  };
  const onDrop = (event: DragEvent) =>
    taken(event, () => {
      depth.current = 0;
      setOver(false);
      onFiles([...event.dataTransfer!.files]);
    });
  const onPaste = (event: ClipboardEvent) => {
    const clipboard = event.clipboardData;
    // Office programs put a picture of the text beside the text.
    if (!clipboard?.files.length || clipboard.types.includes("text/plain")) return;
    event.preventDefault();
    onFiles([...clipboard.files]);
  };
  return {
    over,
    handlers: { onDragEnter: (event) => taken(event, () => entered(1)), onDragOver: (event) => taken(event, () => undefined), onDragLeave: (event) => taken(event, () => entered(-1)), onDrop, onPaste },
  };
}

function refused(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}
