import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, body, idempotencyKey } from '../../api/client';
import { keys } from '../../api/queries';

/** Between two checks: every one of them is in the audit trail. */
export const CHECK_AGAIN_SECONDS = 15;
const MOST_CHECKS = 120;

export interface Verification {
  /** Whether it goes on until the environment is ready. */
  watching: boolean;
  checking: boolean;
  /** Until the next check. */
  secondsLeft: number;
  error: Error | null;
  /** Whether it gave up. */
  ended: boolean;
  once: () => void;
  watch: () => void;
  stop: () => void;
}

/** Checks an environment once, or again and again until it is ready. */
export function useVerification(environmentId: string, onReady: () => void): Verification {
  const client = useQueryClient();
  const [watching, setWatching] = useState(false);
  const [secondsLeft, setSecondsLeft] = useState(0);
  const [checks, setChecks] = useState(0);

  const check = useMutation({
    mutationFn: () =>
      body(
        api.POST('/environments/{environmentId}/verification', {
          params: { path: { environmentId }, header: { 'Idempotency-Key': idempotencyKey() } },
        }),
      ),
    onSuccess: (environment) => {
      client.setQueryData(keys.environment(environmentId), environment);
      void client.invalidateQueries({ queryKey: keys.environments });
      if (environment.status === 'READY') {
        setWatching(false);
        onReady();
      }
    },
    onSettled: () => {
      setChecks((count) => count + 1);
      setSecondsLeft(CHECK_AGAIN_SECONDS);
    },
  });
  const { mutate, isPending } = check;
  const ended = checks >= MOST_CHECKS;

  useEffect(() => {
    if (!watching || isPending || ended) {
      return;
    }
    const timer = setTimeout(() => {
      // Nobody waits for it while the page is hidden.
      if (document.visibilityState === 'hidden') {
        setSecondsLeft(1);
      } else if (secondsLeft <= 1) {
        mutate();
      } else {
        setSecondsLeft(secondsLeft - 1);
      }
    }, 1000);
    return () => clearTimeout(timer);
  }, [watching, isPending, ended, secondsLeft, mutate]);

  return {
    watching: watching && !ended,
    checking: isPending,
    secondsLeft,
    error: check.error,
    ended: watching && ended,
    once: () => mutate(),
    watch: () => {
      setChecks(0);
      setWatching(true);
      mutate();
    },
    stop: () => setWatching(false),
  };
}
