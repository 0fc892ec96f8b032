import { inLanguage } from "../../languages/catalogue.ts";

// The texts of a customer's details, part of TECH's catalogue. They load with the details.
export const customerTexts = inLanguage("customer", {
  loading: "Loading the customer",
  failed: "The customer could not be loaded",
  seeAll: "See all",
  hidden: "You have no access to this customer",
  noPhone: "No phone number",
  noEmail: "No email address",
  time: (time: string) => `Local time ${time}`,
  noZone: "Time zone unknown",
  ahead: (hours: string) => `${hours} h ahead`,
  behind: (hours: string) => `${hours} h behind`,
  tickets: "Open tickets",
  otherTickets: "Other open tickets",
  ticket: (number: number, summary: string, status: string) => `Show ticket #${number} ${summary}, ${status}`,
  ticketsLoading: "Loading the customer's tickets",
  ticketsFailed: "The customer's tickets could not be loaded",
  noTickets: "None",
  allTickets: "See all of the customer's tickets",
  chats: "Last chats",
  chat: (title: string, status: string) => `Show chat: ${title}, ${status}`,
  chatsLoading: "Loading the customer's chats",
  chatsFailed: "The customer's chats could not be loaded",
  noChats: "None",
  noneOfLatest: "None among the latest chats",
  allChats: "See all of the customer's chats",
} as const);
