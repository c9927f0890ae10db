import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Spinner from '@cloudscape-design/components/spinner';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { createPortal } from 'react-dom';

import { common, navigation } from '../texts/common';
import { useFollow } from './navigation';

export interface Crumb {
  text: string;
  href: string;
}

/** Where the layout shows breadcrumbs. */
export const BreadcrumbsPlace = createContext<HTMLElement | null>(null);

function Breadcrumbs({ items }: { items: Crumb[] }) {
  const place = useContext(BreadcrumbsPlace);
  const follow = useFollow();
  return place
    ? createPortal(<BreadcrumbGroup items={items} onFollow={follow} ariaLabel={navigation.breadcrumbs} />, place)
    : null;
}

/** A page: its title for the browser, its breadcrumbs (the last one is the page itself), its header and its content. */
export function Page({
  title,
  breadcrumbs,
  header,
  children,
}: {
  title: string;
  breadcrumbs: Crumb[];
  header?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} – ${common.productName}`;
  }, [title]);
  return (
    <>
      <Breadcrumbs items={breadcrumbs} />
      {header ? <ContentLayout header={header}>{children}</ContentLayout> : children}
    </>
  );
}

/** While a page has nothing to show yet. */
export function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" /> <Box variant="span">{common.loading}</Box>
    </Box>
  );
}
