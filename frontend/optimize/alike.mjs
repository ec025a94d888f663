// An order in which what is alike is side by side. Brotli then has less to say: where it copies from is near,
// and what it has learnt of the bytes before fits those that follow.

/** How many entries in a row are compared as one. */
const RUN = 3;

/**
 * The indices of `lists`, whose entries are numbers: first 0, then always the one most like the one before.
 */
export function orderByLikeness(lists) {
  const runs = lists.map(countRuns);
  const holders = new Map();
  runs.forEach((counts, index) => {
    for (const run of counts.keys()) {
      if (!holders.has(run)) holders.set(run, []);
      holders.get(run).push(index);
    }
  });
  const sizes = lists.map((list) => Math.max(list.length - RUN + 1, 1));
  const rest = new Set(lists.keys());
  const order = [];
  let next = 0;
  while (rest.size > 0) {
    rest.delete(next);
    order.push(next);
    next = mostLike(next) ?? rest.values().next().value;
  }
  return order;

  function mostLike(one) {
    const shared = new Map();
    for (const [run, count] of runs[one]) {
      for (const other of holders.get(run)) {
        if (!rest.has(other)) continue;
        shared.set(other, (shared.get(other) ?? 0) + Math.min(count, runs[other].get(run)));
      }
    }
    let [best, likeness] = [undefined, 0];
    for (const [other, count] of shared) {
      const ofBoth = count / (sizes[one] + sizes[other] - count);
      if (ofBoth > likeness) [best, likeness] = [other, ofBoth];
    }
    return best;
  }
}

/** How often each run of entries is in a list; a run is known by its hash. */
function countRuns(list) {
  const counts = new Map();
  for (let end = RUN; end <= list.length; end++) {
    const run = hash(list.slice(end - RUN, end));
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** FNV-1a, of 32 bits. */
export function hash(numbers) {
  return numbers.reduce((hash, number) => Math.imul(hash ^ number, 0x01000193), 0x811c9dc5) >>> 0;
}
