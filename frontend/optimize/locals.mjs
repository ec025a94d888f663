// Other numbers for the locals of functions: each gets the one that was usual before in places like those where it
// is used. Brotli then has more to repeat. Parameters keep theirs, and locals of one type stand together.

/** A place is what an instruction does, with so many before it and behind it. */
const [BEFORE, BEHIND] = [2, 1];
/** What is usual in a place counts less if the place was seen less often than this. */
const OFTEN = 3;

/**
 * The functions with other numbers, in the order in which they are written. Each has a number of `parameters`, the
 * `types` of its locals, and `instructions`, which are of a `kind` and may name a `local`.
 */
export function numberLocals(functions) {
  const places = new Map();
  return functions.map((given) => {
    const types = given.types.toSorted((a, b) => b - a);
    const uses = usesIn(given.instructions, places);
    const numbers = choose(given, types, uses);
    for (const { local, place } of uses) {
      place.seen++;
      add(place.numbers, numbers[local], 1);
    }
    const instructions = given.instructions.map((instruction) =>
      instruction.local === undefined ? instruction : { ...instruction, local: numbers[instruction.local] },
    );
    return { ...given, types, instructions };
  });
}

function usesIn(instructions, places) {
  const uses = [];
  instructions.forEach(({ local }, at) => {
    if (local === undefined) return;
    const key = instructions.slice(Math.max(at - BEFORE, 0), at + BEHIND + 1).map(({ kind }) => kind).join();
    if (!places.has(key)) places.set(key, { seen: 0, numbers: new Map() });
    uses.push({ local, place: places.get(key) });
  });
  return uses;
}

/** The new number of each parameter and local: those that are most usual are given first. */
function choose({ parameters, types: typesBefore }, types, uses) {
  const fits = (local, number) => types[number - parameters] === typesBefore[local - parameters];
  const votes = typesBefore.map(() => new Map());
  for (const { local, place } of uses) {
    if (local < parameters) continue;
    for (const [number, count] of place.numbers) {
      if (number >= parameters && fits(local, number)) {
        add(votes[local - parameters], number, count / (place.seen + OFTEN));
      }
    }
  }
  const numbers = Array.from({ length: parameters }, (_, parameter) => parameter);
  const free = new Set(types.map((_, index) => parameters + index));
  const wishes = votes.flatMap((of, index) => [...of].map(([number, vote]) => ({ index, number, vote })));
  for (const { index, number } of wishes.sort((a, b) => b.vote - a.vote)) {
    if (numbers[parameters + index] === undefined && free.delete(number)) numbers[parameters + index] = number;
  }
  typesBefore.forEach((_, index) => {
    const local = parameters + index;
    if (numbers[local] !== undefined) return;
    numbers[local] = [...free].find((number) => fits(local, number));
    free.delete(numbers[local]);
  });
  return numbers;
}

const add = (counts, key, count) => counts.set(key, (counts.get(key) ?? 0) + count);
