// The locks by which the tabs of a browser agree on who leads: each space of each person has one.

/** The locks that a page sees, and what they call the page itself; null where there are none. */
export const locksOf = (page) =>
  page.evaluate(async () => {
    if (!navigator.locks) return null;
    const own = crypto.randomUUID();
    const all = await navigator.locks.request(own, () => navigator.locks.query());
    return { ...all, clientId: all.held.find(({ name }) => name === own).clientId };
  });

/** Whether this very page stands in line behind the one that leads in a space. */
export async function isInLine(page, space) {
  const locks = await locksOf(page);
  const isOwn = ({ clientId, name }) => clientId === locks.clientId && name.endsWith(` ${space} `);
  return !!locks?.pending.some(isOwn);
}
