// Where an open menu is: beside its button, and inside the window. A part of its own, because no page shows a menu at its start.
import { autoUpdate, computePosition, flip, offset, shift, type Placement } from "@floating-ui/dom";

/** Keeps the menu at this side of its button, also when either changes its size or place. Returns what stops it. */
export function keepBeside(button: HTMLElement, menu: HTMLElement, placement: Placement): () => void {
  const position = async () => {
    const { x, y } = await computePosition(button, menu, {
      placement,
      strategy: "fixed",
      middleware: [offset(4), flip({ padding: 8 }), shift({ padding: 8 })],
    });
    Object.assign(menu.style, { left: `${x}px`, top: `${y}px`, opacity: "" });
  };
  return autoUpdate(button, menu, () => void position());
}
