import Flashbar from '@cloudscape-design/components/flashbar';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

import { common } from '../texts/common';
import { answered, isLost, watch } from './connection';

const TRY_AGAIN_MS = 5_000;

export function useConnectionLost(): boolean {
  return useSyncExternalStore(watch, isLost);
}

/** Tries until the platform answers again, then reads what is shown anew. */
export function useHealing(): void {
  const lost = useConnectionLost();
  const client = useQueryClient();
  useEffect(() => {
    if (!lost) {
      return;
    }
    const tryAgain = () => {
      void fetch('/config.json', { cache: 'no-store' })
        .then((response) => {
          if (response.ok) {
            answered();
            return client.invalidateQueries();
          }
          return undefined;
        })
        .catch(() => undefined);
    };
    const timer = setInterval(tryAgain, TRY_AGAIN_MS);
    window.addEventListener('online', tryAgain);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', tryAgain);
    };
  }, [lost, client]);
}

export function ConnectionBanner() {
  const lost = useConnectionLost();
  return (
    <Flashbar
      items={
        lost
          ? [{ id: 'connection', type: 'warning', loading: true, content: common.connectionLost, ariaRole: 'alert' }]
          : []
      }
    />
  );
}
