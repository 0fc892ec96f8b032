import { Dialog } from "../../ui";
import { texts } from "../texts";
import "./help.css";

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={texts.help} onClose={onClose} size="s">
      <dl class="help">
        {texts.keys.map(([keys, what]) => (
          <div key={keys} class="help__row">
            <dt>
              {keys.split(" ").map((key) => (key === "..." ? " ... " : <kbd key={key}>{key}</kbd>))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
