import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { isRouteErrorResponse, useRouteError } from 'react-router';

import { PageButton } from '../components/navigation';
import { Page } from '../components/page';
import { ProblemAlert } from '../components/ProblemAlert';
import { common } from '../texts/common';

export function NotFoundPage() {
  return (
    <Page title={common.notFoundTitle} breadcrumbs={[{ text: common.notFoundTitle, href: location.pathname }]}>
      <Box textAlign="center" padding="xxl">
        <SpaceBetween size="m">
          <Box variant="h1">{common.notFoundTitle}</Box>
          <Box>{common.notFound}</Box>
          <PageButton href="/pipelines">{common.toPipelines}</PageButton>
        </SpaceBetween>
      </Box>
    </Page>
  );
}

/** What a page that failed shows instead. */
export function ErrorPage() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) {
    return <NotFoundPage />;
  }
  const notLoaded = error instanceof TypeError && /import|module/i.test(error.message);
  return (
    <Box padding="xxl">
      <ProblemAlert
        error={notLoaded ? new Error(common.newVersion) : error}
        action={<Button onClick={() => location.reload()}>{common.reload}</Button>}
      />
    </Box>
  );
}
