import fc from 'fast-check';

/** Any text at all, lone surrogates and control characters included. (fast-check's `binary` unit takes a second to make.) */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.nat(0xff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.string(),
);
