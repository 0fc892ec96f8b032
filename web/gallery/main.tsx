import { render } from "preact";

import { chooseTheme, startTheme, theme, type Theme } from "../ui";
import { Chats } from "./chats";
import "./gallery.css";
import { Pieces } from "./pieces";

// Shows the components in all their states, for development: `npm run dev`, then /gallery/. The build leaves it out.
function Gallery() {
  return (
    <main class="gallery">
      <header class="gallery__head">
        <h1>Gallery</h1>
        <select aria-label="Theme" value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
          <option>system</option>
          <option>light</option>
          <option>dark</option>
        </select>
      </header>
      <Pieces />
      <Chats />
    </main>
  );
}

startTheme();
render(<Gallery />, document.getElementById("app")!);
