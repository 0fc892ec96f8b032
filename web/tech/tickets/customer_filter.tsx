import { X } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";

/** Says whose tickets the list shows. A click shows those of all customers. */
export function CustomerFilter({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { store } = useApp();
  const [name, setName] = useState("");
  useEffect(() => {
    // The filter counts without the name.
    store.person(id).then((person) => setName(person.name ?? ""), () => undefined);
  }, [id]);
  return (
    <Button icon={X} label={texts.tickets.noCustomerFilter(name)} hint={texts.tickets.noCustomerFilter(name)} onClick={onRemove}>
      {texts.tickets.customerFilter(name)}
    </Button>
  );
}
