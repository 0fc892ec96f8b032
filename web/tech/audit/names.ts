import { useBoards, useCompanies } from "../boards_and_companies";

const COMPANIES = new Set(["companies", "company_id"]);
const BOARDS = new Set(["boards", "default_board_id"]);

/** The value of a field with names instead of the ids of companies and boards. */
export type NameValue = (field: string, value: string) => string;

export function useNames(): NameValue {
  const companies = useCompanies();
  const boards = useBoards();
  return (field, value) => {
    const named = COMPANIES.has(field) ? companies : BOARDS.has(field) ? boards : [];
    return value
      .split(", ")
      .map((id) => named.find((one) => one.id === id)?.name ?? id)
      .join(", ");
  };
}
