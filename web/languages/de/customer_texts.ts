import type { customerTexts } from "../../tech/customer/customer_texts.ts";
import type { Translated } from "../catalogue.ts";

export const customer: Translated<typeof customerTexts> = {
  loading: "Kunde wird geladen",
  failed: "Der Kunde konnte nicht geladen werden",
  seeAll: "Alle anzeigen",
  hidden: "Sie haben keinen Zugriff auf diesen Kunden",
  noPhone: "Keine Telefonnummer",
  noEmail: "Keine E-Mail-Adresse",
  time: (time) => `Ortszeit ${time}`,
  noZone: "Zeitzone unbekannt",
  ahead: (hours) => `${hours} Std. voraus`,
  behind: (hours) => `${hours} Std. zurück`,
  tickets: "Offene Tickets",
  otherTickets: "Weitere offene Tickets",
  ticket: (number, summary, status) => `Ticket #${number} ${summary} anzeigen, ${status}`,
  ticketsLoading: "Tickets des Kunden werden geladen",
  ticketsFailed: "Die Tickets des Kunden konnten nicht geladen werden",
  noTickets: "Keine",
  allTickets: "Alle Tickets des Kunden anzeigen",
  chats: "Letzte Chats",
  chat: (title, status) => `Chat anzeigen: ${title}, ${status}`,
  chatsLoading: "Chats des Kunden werden geladen",
  chatsFailed: "Die Chats des Kunden konnten nicht geladen werden",
  noChats: "Keine",
  noneOfLatest: "Keine unter den letzten Chats",
  allChats: "Alle Chats des Kunden anzeigen",
};
