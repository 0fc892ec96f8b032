import { NotificationsPage } from "../../ui/notifications/page";
import { useApp } from "../app_state";

export function TechNotifications() {
  return <NotificationsPage store={useApp().store} />;
}
