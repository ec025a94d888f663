// An outage: the browser has no network and the server is down, or something else answers at the
// server's address.

import { once } from "node:events";
import { createServer } from "node:http";

/** A document of the app that is stored on the device and runs no script. */
export const INERT_PAGE = "/device.js";

/** Cuts the browser's network and stops the server. */
export async function startOutage(world, person) {
  await person.context.setOffline(true);
  await world.server.stop();
}

export async function endOutage(world, person) {
  await world.server.start();
  await person.context.setOffline(false);
}

/** Opens a page without a server, in a tab of its own: a tab that believes that the network is back
 * navigates to the page it was asked for. */
export const openOffline = (person, path) => person.openInNewTab(path, { waitUntil: "commit" });

/** All the text that a page shows. */
export const bodyText = (person) => person.page.locator("body").innerText();

/** The link to a space in the list of spaces. */
export const spaceLink = (person, name) =>
  person.page.getByRole("navigation", { name: "My spaces" }).getByRole("link", { name, exact: true });

/** Starts something at the server's address that is not the server. */
export async function impersonateServer(world, answer) {
  const other = createServer(answer).unref().listen(world.server.port, "127.0.0.1");
  await once(other, "listening");
  return async () => {
    other.closeAllConnections();
    other.close();
    await once(other, "close");
  };
}
