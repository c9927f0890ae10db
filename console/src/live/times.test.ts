import { describe, expect, it } from 'vitest';

import { duration, relativeTime } from './times';

const now = new Date('2026-11-30T12:00:00Z');
const ago = (seconds: number) => relativeTime(new Date(now.getTime() - seconds * 1000), now);

describe('relativeTime', () => {
  it.each([
    [0, 'just now'],
    [-3, 'just now'],
    [30, '30 seconds ago'],
    [59, '59 seconds ago'],
    [60, '1 minute ago'],
    [3 * 3600 + 1800, '3 hours ago'],
    [24 * 3600, 'yesterday'],
    [-2 * 3600, 'in 2 hours'],
    [400 * 24 * 3600, 'last year'],
  ])('says of %d seconds: %s', (seconds, text) => {
    expect(ago(seconds)).toBe(text);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [4200, '1 h 10 min'],
    // The clocks of two machines differ.
    [-5, '0 s'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(duration(now, new Date(now.getTime() + seconds * 1000))).toBe(text);
  });
});
