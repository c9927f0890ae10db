import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'react-router';

import { common, navigation } from '../texts/common';

interface Notice {
  type: 'success' | 'info' | 'warning';
  content: ReactNode;
}

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  notify: (notice: Notice) => void;
  /** Ends messages when another page is opened: they are for the page that they lead to, not for those after it. */
  leave: () => void;
}

/** Who gives a message and goes to another page does both within this time. */
const LEADS_TO_PAGE_MS = 2000;

const NoticesContext = createContext<Notices | null>(null);

/** Messages at the top that outlive the page that gave them, such as "created". Problems stay at what they belong to. */
export function NotificationsProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const given = useRef(0);
  const leave = useCallback(() => {
    if (Date.now() - given.current > LEADS_TO_PAGE_MS) {
      setItems([]);
    }
  }, []);
  const notify = useCallback(({ type, content }: Notice) => {
    const id = crypto.randomUUID();
    const dismiss = () => setItems((present) => present.filter((item) => item.id !== id));
    given.current = Date.now();
    // The newest only: older ones were about what the person has done before.
    setItems([{ id, type, content, dismissible: true, dismissLabel: common.dismiss, onDismiss: dismiss }]);
  }, []);
  const value = useMemo(() => ({ items, notify, leave }), [items, notify, leave]);
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>;
}

function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (!notices) {
    throw new Error('there is no place for notifications');
  }
  return notices;
}

export function useNotify(): Notices['notify'] {
  return useNotices().notify;
}

export function Notifications() {
  const { items, leave } = useNotices();
  const { pathname } = useLocation();
  useEffect(leave, [pathname, leave]);
  return <Flashbar items={items} i18nStrings={{ ariaLabel: navigation.notifications }} />;
}
