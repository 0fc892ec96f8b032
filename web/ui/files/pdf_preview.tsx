import { ChevronLeft, ChevronRight } from "lucide-preact";
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from "pdfjs-dist";
import worker from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { useEffect, useRef, useState } from "preact/hooks";

import { alongText } from "../direction";
import { IconButton, Skeleton } from "../index";
import { Preview, type PreviewProps } from "./preview";
import { fileTexts as t } from "./texts";

GlobalWorkerOptions.workerSrc = worker;
// Device pixels of a page's longer side: sharp on a large screen, and small enough for a phone's memory.
const MOST_PIXELS = 2_400;

/** Draws the pages of a PDF on a canvas; the arrow keys turn them. The file's scripts, forms and links are left out, so nothing of it runs (spec 9.3). */
export function PdfPreview(props: PreviewProps) {
  const { url } = props;
  const [file, setFile] = useState<PDFDocumentProxy | "failed" | null>(null);
  const [page, setPage] = useState(1);
  useEffect(() => {
    const task = getDocument({ url, withCredentials: true, disableRange: true, disableStream: true, isEvalSupported: false, enableXfa: false, useSystemFonts: true });
    task.promise.then(setFile, () => setFile("failed"));
    return () => void task.destroy();
  }, [url]);

  const pages = file === null || file === "failed" ? 0 : file.numPages;
  const turn = (to: number) => to >= 1 && to <= pages && setPage(to);
  const pager = pages > 1 && (
    <div class="preview__pages">
      <IconButton icon={ChevronLeft} label={t.previous} disabled={page === 1} onClick={() => turn(page - 1)} />
      <span role="status">{t.page(page, pages)}</span>
      <IconButton icon={ChevronRight} label={t.next} disabled={page === pages} onClick={() => turn(page + 1)} />
    </div>
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const key = alongText(event.key);
    if (key === "ArrowLeft") turn(page - 1);
    else if (key === "ArrowRight") turn(page + 1);
  };
  return (
    <Preview {...props} failed={file === "failed"} pager={pager} onKeyDown={onKeyDown}>
      {file === null && <Skeleton label={t.loading} rows={4} />}
      {file !== null && file !== "failed" && <Sheet file={file} page={page} onFailed={() => setFile("failed")} />}
    </Preview>
  );
}

function Sheet({ file, page, onFailed }: { file: PDFDocumentProxy; page: number; onFailed: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    const draw = async (): Promise<void> => {
      const sheet = await file.getPage(page);
      const { width, height } = sheet.getViewport({ scale: 1 });
      if (gone || !canvas.current) return;
      const viewport = sheet.getViewport({ scale: Math.min(3, MOST_PIXELS / Math.max(width, height)) });
      // A canvas of its own for each drawing, because two must not draw on one.
      const drawn = document.createElement("canvas");
      [drawn.width, drawn.height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
      await sheet.render({ canvas: drawn, viewport }).promise;
      if (gone || !canvas.current) return;
      [canvas.current.width, canvas.current.height] = [drawn.width, drawn.height];
      canvas.current.getContext("2d")?.drawImage(drawn, 0, 0);
    };
    draw().catch(() => !gone && onFailed());
    return () => void (gone = true);
  }, [file, page]);
  return <canvas ref={canvas} class="preview__sheet" role="img" aria-label={t.page(page, file.numPages)} />;
}
