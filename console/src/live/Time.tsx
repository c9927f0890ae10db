import { duration, exactTime, relativeTime } from './times';
import { useNow } from './clock';

/** A time in words, with the exact one on hover and for screen readers. */
export function Time({ at }: { at: string }) {
  const time = new Date(at);
  // Seconds matter in the first minute only.
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(time)}>
      {relativeTime(time, new Date(now))}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Duration({ from, to }: { from: string; to?: string | null | undefined }) {
  return to ? <FixedDuration from={from} to={to} /> : <RunningDuration from={from} />;
}

function FixedDuration({ from, to }: { from: string; to: string }) {
  return (
    <span title={`${exactTime(new Date(from))} – ${exactTime(new Date(to))}`}>
      {duration(new Date(from), new Date(to))}
    </span>
  );
}

function RunningDuration({ from }: { from: string }) {
  const now = useNow();
  return <span title={exactTime(new Date(from))}>{duration(new Date(from), new Date(now))}</span>;
}
