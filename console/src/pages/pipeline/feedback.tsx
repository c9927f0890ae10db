import Button from '@cloudscape-design/components/button';

import { PageLink } from '../../components/navigation';
import { ProblemAlert } from '../../components/ProblemAlert';
import { common } from '../../texts/common';

/** That something was done, with the way to it. */
export function Told({ text, href, link }: { text: string; href: string; link: string }) {
  return (
    <>
      {text} <PageLink href={href}>{link}</PageLink>
    </>
  );
}

/** Why a request failed, until the person has read it. */
export function Failed({ request }: { request: { error: Error | null; reset: () => void } }) {
  return <ProblemAlert error={request.error} action={<Button onClick={request.reset}>{common.close}</Button>} />;
}
