// The Web Locks by which the tabs of a browser elect a leader: one lock per person and space.

/** The locks that a page sees, and the page's own client id; null if the browser has no Web Locks. */
export const locksOf = (page) =>
  page.evaluate(async () => {
    if (!navigator.locks) return null;
    const own = crypto.randomUUID();
    const all = await navigator.locks.request(own, () => navigator.locks.query());
    return { ...all, clientId: all.held.find(({ name }) => name === own).clientId };
  });

/** Whether this page waits for the lock of the leader of a space. */
export async function isInLine(page, space) {
  const locks = await locksOf(page);
  const isOwn = ({ clientId, name }) => clientId === locks.clientId && name.endsWith(` ${space} `);
  return !!locks?.pending.some(isOwn);
}
