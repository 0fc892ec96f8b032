import { NotificationsPage } from "../../ui/notifications/page";
import { useDesk } from "../desk";

export function TechNotifications() {
  return <NotificationsPage store={useDesk().store} />;
}
