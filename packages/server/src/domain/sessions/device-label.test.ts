import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { deviceLabel } from './device-label.ts';

describe('what people recognise a device by', () => {
  test.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    ['curl/8.5.0', 'Unknown device'],
    [null, 'Unknown device'],
    ['', 'Unknown device'],
    ['constructor', 'Unknown device'],
    ['<script>alert(1)</script>', 'Unknown device'],
  ])('%j', (userAgent, label) => {
    expect(deviceLabel(userAgent)).toBe(label);
  });

  test('any text has a label, and never an exception', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(deviceLabel(text)).not.toBe('');
      }),
    );
  });
});
