import '@cloudscape-design/global-styles/index.css';
import './app/console.css';

import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';

import { startTheme } from './app/theme';
import { loadConfig } from './config';
import { routes } from './routes';
import { makeQueryClient } from './session/queryClient';
import { startSession } from './session/session';
import { signing } from './texts/common';

async function start(root: HTMLElement): Promise<void> {
  startTheme();
  startSession(await loadConfig());
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en" messages={[messages]}>
        <QueryClientProvider client={makeQueryClient()}>
          <RouterProvider router={createBrowserRouter(routes)} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) {
  start(root).catch((error: unknown) => {
    root.textContent = `${signing.startFailed}: ${error instanceof Error ? error.message : String(error)}`;
  });
}
