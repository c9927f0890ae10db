import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Badge from '@cloudscape-design/components/badge';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { Suspense, useState } from 'react';
import { Outlet, useLocation } from 'react-router';

import { useWaitingForMe } from '../api/waiting';
import { useFollow } from '../components/navigation';
import { Notifications, NotificationsProvider } from '../components/notifications';
import { BreadcrumbsPlace, Loading } from '../components/page';
import { ConnectionBanner, useHealing } from '../live/ConnectionBanner';
import { signOut } from '../session/session';
import { usePerson } from '../session/SessionContext';
import { common, navigation } from '../texts/common';
import { chooseTheme, type Theme, useTheme } from './theme';

const THEMES: Theme[] = ['system', 'light', 'dark'];

function Top() {
  const person = usePerson();
  const theme = useTheme();
  const follow = useFollow();
  return (
    <TopNavigation
      identity={{
        href: '/pipelines',
        title: common.productName,
        onFollow: (event) => {
          follow({ preventDefault: () => event.preventDefault(), detail: { href: '/pipelines' } });
        },
      }}
      utilities={[
        {
          type: 'menu-dropdown',
          text: navigation.theme,
          iconName: 'settings',
          items: THEMES.map((id) => ({ itemType: 'checkbox', id, text: navigation.themes[id], checked: id === theme })),
          onItemClick: ({ detail }) => chooseTheme(detail.id as Theme),
        },
        {
          type: 'menu-dropdown',
          text: person.username,
          description: person.administrator ? navigation.administrator : navigation.teams(person.teams),
          iconName: 'user-profile',
          items: [{ id: 'sign-out', text: navigation.signOut }],
          onItemClick: () => void signOut(),
        },
      ]}
    />
  );
}

function Side() {
  const { pathname } = useLocation();
  const follow = useFollow();
  const waiting = useWaitingForMe().count;
  const pages = ['/pipelines', '/approvals', '/environments', '/redeployments'];
  return (
    <SideNavigation
      activeHref={pages.find((page) => pathname.startsWith(page)) ?? ''}
      onFollow={follow}
      items={[
        { type: 'link', text: navigation.pipelines, href: '/pipelines' },
        {
          type: 'link',
          text: navigation.approvals,
          href: '/approvals',
          info: waiting ? (
            <Badge color="blue">
              <span aria-label={navigation.waiting(waiting)}>{waiting}</span>
            </Badge>
          ) : undefined,
        },
        { type: 'link', text: navigation.environments, href: '/environments' },
        { type: 'link', text: navigation.redeployments, href: '/redeployments' },
      ]}
    />
  );
}

/** What surrounds every page of a person who is signed in. */
export function Layout() {
  useHealing();
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <NotificationsProvider>
      <div id="top">
        <Top />
      </div>
      <BreadcrumbsPlace value={place}>
        <AppLayoutToolbar
          headerSelector="#top"
          navigation={<Side />}
          breadcrumbs={<div ref={setPlace} />}
          notifications={
            <SpaceBetween size="xs">
              <ConnectionBanner />
              <Notifications />
            </SpaceBetween>
          }
          stickyNotifications
          toolsHide
          ariaLabels={{
            navigation: navigation.label,
            navigationToggle: navigation.open,
            navigationClose: navigation.close,
            notifications: navigation.notifications,
          }}
          content={
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          }
        />
      </BreadcrumbsPlace>
    </NotificationsProvider>
  );
}
