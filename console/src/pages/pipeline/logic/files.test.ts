import { describe, expect, it } from 'vitest';
import { crumbsOf, formatSize, linesOf, parentOf } from './files';

describe('a path', () => {
  it('leads from the root down', () => {
    expect(crumbsOf('')).toEqual([]);
    expect(crumbsOf('ddk_app/stack.py')).toEqual([
      { name: 'ddk_app', path: 'ddk_app' },
      { name: 'stack.py', path: 'ddk_app/stack.py' },
    ]);
    expect(parentOf('a/b/c')).toBe('a/b');
    expect(parentOf('a')).toBe('');
  });
});

describe('a text', () => {
  it('has as many lines as an editor shows', () => {
    expect(linesOf('')).toEqual([]);
    expect(linesOf('one')).toEqual(['one']);
    expect(linesOf('one\n')).toEqual(['one']);
    expect(linesOf('one\r\n\r\ntwo\n')).toEqual(['one', '', 'two']);
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [20_480, '20 KiB'],
    [1_048_576, '1.0 MiB'],
  ])('of %i bytes is %s', (bytes, expected) => {
    expect(formatSize(bytes)).toBe(expected);
  });
});
