import { LazyDialog, lazy } from "../../ui";
import type { CallbackFormProps } from "./callback_form";

const FORM = lazy<CallbackFormProps>(() => import("./callback_form").then((part) => part.CallbackForm));

/** The dialog that asks for a call-back, loaded when it is needed. */
export function CallbackDialog(props: CallbackFormProps) {
  return <LazyDialog of={FORM} props={props} />;
}
