/** Of a ticket's summary, in code points. */
export const MAX_SUMMARY = 200;
