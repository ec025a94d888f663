// Reads the binary format of WASM: numbers, strings, lists and sections, and where an instruction ends.

export const SECTION = {
  custom: 0, type: 1, import: 2, function: 3, export: 7, start: 8, element: 9, code: 10, data: 11,
};
/** What an import or an export is. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };

/** The instruction that ends an expression. */
export const END = 0x0b;

const decoder = new TextDecoder();

export class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.start = at;
    this.at = at;
    this.end = end;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }

  part() {
    const size = this.number();
    const part = new Reader(this.bytes, this.at, this.at + size);
    this.at = part.end;
    return part;
  }

  text() {
    const { at, end } = this.part();
    return decoder.decode(this.bytes.subarray(at, end));
  }

  /** What `read` returns for each element of a list. */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }

  /** The bytes that `read` passes over. */
  over(read) {
    const from = this.at;
    read(this);
    return this.bytes.subarray(from, this.at);
  }
}

/** Each section of a file: its id, and a reader of what is in it. */
export function sections(bytes) {
  const [file, found] = [new Reader(bytes, 8), []];
  while (file.at < file.end) found.push({ id: file.byte(), section: file.part() });
  return found;
}

/** Passes over what an import says of itself behind its names, and returns its kind. */
export function skipDescription(reader) {
  const kind = reader.byte();
  if (kind === KIND.function) reader.number();
  else if (kind === KIND.global) reader.at += 2;
  else {
    if (kind !== KIND.memory) reader.byte();
    if (kind === KIND.tag) reader.number();
    else {
      const hasMaximum = reader.byte() & 1;
      for (let i = 0; i <= hasMaximum; i++) reader.number();
    }
  }
  return kind;
}

const numbers = (count) => (reader) => {
  for (let i = 0; i < count; i++) reader.number();
};
const jumps = (reader) => {
  reader.list(() => reader.number());
  reader.number();
};

/** Whether an instruction names a function: `call`, `return_call` or `ref.func`. */
export const namesFunction = (opcode) => [0x10, 0x12, 0xd2].includes(opcode);

/** Whether an instruction names a local: `local.get`, `local.set` or `local.tee`. */
export const namesLocal = (opcode) => opcode >= 0x20 && opcode <= 0x22;

/** Whether an instruction loads or stores, so an alignment follows its opcode. */
export const accessesMemory = (opcode) => opcode >= 0x28 && opcode <= 0x3e;

/** What follows each opcode; nothing, where it is not listed. The numbers are those of WASM's specification. */
const OPERANDS = new Map();
const follows = (read, from, to = from) => {
  for (let opcode = from; opcode <= to; opcode++) OPERANDS.set(opcode, read);
};
follows(numbers(1), 0x02, 0x04); // block, loop, if
follows(numbers(1), 0x0c, 0x0d); // br, br_if
follows(jumps, 0x0e);
follows(numbers(1), 0x10); // call
follows(numbers(2), 0x11); // call_indirect
follows(numbers(1), 0x12); // return_call
follows(numbers(2), 0x13); // return_call_indirect
follows((reader) => reader.list(() => reader.byte()), 0x1c); // select
follows(numbers(1), 0x20, 0x26); // local, global, table
follows(numbers(2), 0x28, 0x3e); // load, store
follows(numbers(1), 0x3f, 0x42); // memory.size, memory.grow, i32.const, i64.const
follows((reader) => (reader.at += 4), 0x43); // f32.const
follows((reader) => (reader.at += 8), 0x44); // f64.const
follows(numbers(1), 0xd0); // ref.null
follows(numbers(1), 0xd2); // ref.func
const OPERANDS_OF_0XFC = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];
follows((reader) => numbers(OPERANDS_OF_0XFC[reader.number()])(reader), 0xfc);

/** Passes over an instruction, and returns its opcode. */
export function skipInstruction(reader) {
  const opcode = reader.byte();
  OPERANDS.get(opcode)?.(reader);
  return opcode;
}
