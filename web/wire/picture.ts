// The picture of a person in a notification: the letters and the colour that every page shows for the person (spec 5.5).
import { colourOf, initials } from "../ui/person/initials.ts";

const SIZE = 128;
// The light values of --person-0 to --person-5 and their text (ui/tokens.css): a notification is not part of the page.
const COLOURS = [
  ["#dfe3fd", "#3140a8"], ["#d6f0e6", "#13603f"], ["#fce3d2", "#8a3d0c"], ["#f6dcee", "#87256c"], ["#d8ecf8", "#135379"], ["#ece2fb", "#5b31a0"],
] as const;
export const CHAT_ICON = "/icons/icon-192.png";

/** The address of the picture; the chat icon without a person, and where the browser cannot draw one. */
export async function pictureOf(personId: string, name: string): Promise<string> {
  const canvas = personId && "OffscreenCanvas" in globalThis ? new OffscreenCanvas(SIZE, SIZE) : null;
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return CHAT_ICON;
  const [ground, letters] = COLOURS[colourOf(personId)]!;
  context.fillStyle = ground;
  context.beginPath();
  context.arc(SIZE / 2, SIZE / 2, SIZE / 2, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = letters;
  context.font = `600 ${SIZE * 0.4}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(initials(name), SIZE / 2, SIZE / 2);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
}
