import { useRef } from 'react';

import { idempotencyKey } from '../api/client';

/**
 * The key of a request, made anew whenever its body changes: a second click and a retry are answered like the first one, and a
 * corrected request is a new one.
 */
export function useIdempotencyKey(): (body: unknown) => string {
  const last = useRef<{ body: string; key: string }>(undefined);
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) {
      last.current = { body: text, key: idempotencyKey() };
    }
    return last.current.key;
  };
}
