import { Button, Dialog } from "../../ui";
import { texts } from "../texts";
import { type Chosen, CustomerPick } from "./customer_pick";

const t = texts.customerFilter;
const NOBODY: Chosen = { id: "", name: "", companyId: "" };

export interface DialogProps {
  onChoose: (customer: Chosen) => void;
  onClose: () => void;
}

/** Finds the customer whose tickets the list shows. */
export function CustomerFilterDialog({ onChoose, onClose }: DialogProps) {
  return (
    <Dialog title={t.title} onClose={onClose} footer={<Button onClick={onClose}>{t.cancel}</Button>}>
      <CustomerPick
        label={texts.customer.find}
        chosen={NOBODY}
        onChoose={(customer) => {
          onClose();
          onChoose(customer);
        }}
      />
    </Dialog>
  );
}
