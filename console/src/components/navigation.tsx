import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { useCallback } from 'react';
import { useNavigate } from 'react-router';

interface Followed {
  preventDefault: () => void;
  detail: { href?: string | undefined; external?: boolean | undefined };
}

/** Follows links of Cloudscape's components without loading the page anew: `onFollow={follow}`. */
export function useFollow(): (event: Followed) => void {
  const navigate = useNavigate();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (href?.startsWith('/') && !external) {
        event.preventDefault();
        void navigate(href);
      }
    },
    [navigate],
  );
}

/** A link to another page of the console. */
export function PageLink(props: LinkProps & { href: string }) {
  const follow = useFollow();
  return <Link {...props} onFollow={follow} />;
}

/** A button that leads to another page of the console. */
export function PageButton(props: ButtonProps & { href: string }) {
  const follow = useFollow();
  return <Button {...props} onFollow={follow} />;
}
